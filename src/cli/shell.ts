/**
 * Words as a shell takes them, for commands that a person may copy.
 */

/** Quoted where it holds anything that a shell would read as more than itself. */
export function quoted(word: string): string {
  return /^[\w./:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
