/**
 * Random numbers: one counter-based generator, streams addressed by what they are for.
 */
export { philox4x32 } from "./philox.ts";
export { fillNormal, fillUniform, type Purpose, permutation, type RandomKey } from "./stream.ts";
