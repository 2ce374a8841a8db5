/**
 * `import excerpt from "excerpt:src/theory/blend.ts#blend"`: an exported declaration of the source, as it stands.
 *
 * The paper's page shows the code that computes its figures. It is cut out of the source when the page is built, so the two
 * cannot drift apart; a name that is not exported there fails the build.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import type { Plugin } from "vite";

/** A piece of code of one kind; `plain` is everything that has no colour of its own. */
export interface Token {
  readonly kind: "keyword" | "comment" | "string" | "number" | "plain";
  readonly text: string;
}

export interface Excerpt {
  readonly file: string;
  readonly name: string;
  /** Line of the file that the excerpt starts at, from 1. */
  readonly line: number;
  readonly tokens: readonly Token[];
}

const PREFIX = "excerpt:";

/** @param root folder that the files are named from */
export function excerpts(root: string): Plugin {
  return {
    name: "deblend-excerpts",
    resolveId: (id) => (id.startsWith(PREFIX) ? `\0${id}` : undefined),
    load(id) {
      if (!id.startsWith(`\0${PREFIX}`)) return;
      const [file = "", name = ""] = id.slice(PREFIX.length + 1).split("#");
      const path = join(root, file);
      this.addWatchFile(path);
      return `export default ${JSON.stringify(cut(readFileSync(path, "utf8"), file, name))};`;
    },
  };
}

/**
 * Cuts an exported declaration out of a source, with the comment that stands before it.
 *
 * @throws Error where the file exports nothing of that name
 */
export function cut(text: string, file: string, name: string): Excerpt {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found = source.statements.find((statement) => exportedNames(statement).includes(name));
  if (found === undefined)
    throw new Error(`${file} exports no ${name}: the studio's paper page shows it, so name another there.`);
  // A file's own docblock would be taken for its first declaration's: only the nearest comment counts.
  const comment = ts.getLeadingCommentRanges(text, found.pos)?.at(-1);
  const attached = comment !== undefined && text.slice(comment.end, found.getStart()).trim() === "";
  const gap = comment === undefined ? "" : text.slice(comment.end, found.getStart());
  const start = attached && !/\n\s*\n/.test(gap) ? comment.pos : found.getStart();
  return {
    file,
    name,
    line: source.getLineAndCharacterOfPosition(start).line + 1,
    tokens: tokenise(text.slice(start, found.end)),
  };
}

function exportedNames(statement: ts.Statement): string[] {
  const exported =
    ts.canHaveModifiers(statement) &&
    ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
  if (!exported) return [];
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  }
  const { name } = statement as ts.Statement & { readonly name?: ts.Node };
  return name === undefined ? [] : [name.getText()];
}

/** Cuts code into coloured pieces; together they are the code. */
function tokenise(code: string): Token[] {
  const scanner = ts.createScanner(ts.ScriptTarget.Latest, false, ts.LanguageVariant.Standard, code);
  const tokens: Token[] = [];
  for (let kind = scanner.scan(); kind !== ts.SyntaxKind.EndOfFileToken; kind = scanner.scan()) {
    const token: Token = { kind: kindOf(kind), text: scanner.getTokenText() };
    const last = tokens.at(-1);
    if (last?.kind === token.kind) tokens[tokens.length - 1] = { ...last, text: last.text + token.text };
    else tokens.push(token);
  }
  return tokens;
}

function kindOf(kind: ts.SyntaxKind): Token["kind"] {
  if (kind === ts.SyntaxKind.SingleLineCommentTrivia || kind === ts.SyntaxKind.MultiLineCommentTrivia)
    return "comment";
  if (kind === ts.SyntaxKind.StringLiteral || kind === ts.SyntaxKind.NoSubstitutionTemplateLiteral)
    return "string";
  if (kind === ts.SyntaxKind.NumericLiteral) return "number";
  const isKeyword = kind >= ts.SyntaxKind.FirstKeyword && kind <= ts.SyntaxKind.LastReservedWord;
  return isKeyword || kind === ts.SyntaxKind.AsyncKeyword || kind === ts.SyntaxKind.AwaitKeyword
    ? "keyword"
    : "plain";
}
