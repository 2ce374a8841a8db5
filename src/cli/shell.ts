/**
 * Words as a shell takes them, for commands that a person may copy.
 */

/** Quoted where it holds anything that a shell would read as more than itself. */
export function quoted(word: string): string {
  return /^[\w./:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** A command of ours for a person to copy, as they called this one: installed, or through `npm run` in a checkout. */
export function commandLine(...words: readonly string[]): string {
  const script = process.env.npm_lifecycle_event;
  const called = script === "deblend" || script === "demo" ? "npm run -s deblend --" : "deblend";
  return [called, ...words.map(quoted)].join(" ");
}
