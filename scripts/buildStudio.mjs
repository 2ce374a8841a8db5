// Builds studio/ to dist/studio with Vite, unless nothing that goes into it has changed since the last time.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const root = new URL("../", import.meta.url);
const stamp = new URL("dist/.studio", root);

/** What the site is made of: its own files, the library's, and the versions of everything else. */
function digest() {
  const hash = createHash("sha256").update(readFileSync(new URL("package-lock.json", root)));
  for (const folder of ["studio/", "src/"]) {
    const base = new URL(folder, root);
    const files = readdirSync(base, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    for (const path of files.map(({ parentPath, name }) => `${parentPath}/${name}`).sort()) {
      hash.update(path.slice(fileURLToPath(root).length)).update(readFileSync(path));
    }
  }
  return hash.digest("hex");
}

const current = digest();
const isBuilt = existsSync(new URL("dist/studio/index.html", root));
if (!isBuilt || !existsSync(stamp) || readFileSync(stamp, "utf8") !== current) {
  await build({ configFile: fileURLToPath(new URL("studio/vite.config.ts", root)), logLevel: "warn" });
  writeFileSync(stamp, current);
}
