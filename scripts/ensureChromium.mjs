// The browser tests need Chromium: finds it, installs Debian's package where it can, or says in one line what to do.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const found = () =>
  [
    process.env.CHROMIUM_PATH,
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
  ].find((path) => path !== undefined && existsSync(path));
if (found() === undefined && process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) {
  process.stderr.write("Chromium is missing: installing Debian's package ...\n");
  const apt = (...args) =>
    spawnSync("apt-get", args, {
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
  apt("update");
  apt("install", "-y", "chromium");
}
if (found() === undefined) {
  process.stderr.write(
    "The browser tests need Chromium and none was found: install it (Debian: apt-get install chromium) or set CHROMIUM_PATH to one.\n",
  );
  process.exit(1);
}
