// Builds everything: the library and the command to dist/, the studio to dist/studio.
import "./buildLibrary.mjs";

await import("./buildStudio.mjs");
