/**
 * What a schema expected and did not find, in plain words: the one place that turns zod's issues into ours.
 */
import type { z } from "zod";

type Issue = z.core.$ZodRawIssue | z.core.$ZodIssue;

const KINDS: Readonly<Record<string, string>> = {
  ...{ int: "a whole number", number: "a number", string: "text", boolean: "true or false", null: "null" },
  ...{ array: "a list", tuple: "a list", object: "an object", record: "an object" },
};

/** Pass it to `safeParse` as `error`; a schema's own messages come first. */
export const inWords = (issue: Issue): string => `expected ${expectation(issue)}`;

function expectation(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      return KINDS[issue.expected] ?? issue.expected;
    case "invalid_value":
      return listed(issue.values.map(shown));
    case "invalid_union":
      return listed([...new Set(issue.errors.flatMap(([first]) => (first ? [expectation(first)] : [])))]);
    case "too_small":
    case "too_big":
      return bound(issue);
    default:
      return "something else";
  }
}

function bound(issue: Extract<Issue, { code: "too_small" | "too_big" }>): string {
  const isLeast = issue.code === "too_small";
  // The limits of whole numbers themselves say nothing to a person.
  if (isOfWholeNumbers(issue)) return `a ${isLeast ? "larger" : "smaller"} number`;
  const limit = isLeast ? issue.minimum : issue.maximum;
  const amount =
    issue.inclusive === false
      ? `${isLeast ? "more" : "less"} than ${limit}`
      : `at ${isLeast ? "least" : "most"} ${limit}`;
  if (issue.origin === "string") return isLeast ? "text that is not empty" : `${amount} letters`;
  return issue.origin === "array" ? `a list of ${amount}` : amount;
}

/** `a`, `a or b`, `a, b or c`. */
function listed(words: readonly string[]): string {
  const last = words.at(-1) ?? "something else";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} or ${last}`;
}

/** The issue to tell of: the first one, unless a limit of its own says more than that of whole numbers. */
export function tellingIssue({ issues }: z.ZodError): z.core.$ZodIssue | undefined {
  const [first, second] = issues;
  if (first === undefined || second === undefined || !isOfWholeNumbers(first)) return first;
  return second.path.join() === first.path.join() ? second : first;
}

const isOfWholeNumbers = (issue: Issue) =>
  (issue.code === "too_small" || issue.code === "too_big") && issue.origin === "int";

/** The value at a path inside another. */
export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, step) => (inner as Record<PropertyKey, unknown> | null | undefined)?.[step],
    value,
  );
}

/** A value as it is quoted in a sentence: JSON, where there is such. */
export function shown(value: unknown): string {
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  return JSON.stringify(value) ?? String(value);
}
