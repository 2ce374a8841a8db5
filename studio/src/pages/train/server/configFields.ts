/**
 * The form of a new run, from the JSON Schema of its configuration: which fields there are, in which groups, and what is
 * written into them means.
 *
 * Nothing of the schema is said again here but which of its keys most people want to see first; a key that is in no group is
 * shown all the same.
 */

/** What is used of a key's JSON Schema. */
export interface Property {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Property[];
  readonly default?: unknown;
  readonly description?: string;
  readonly placeholder?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

export interface ConfigSchema {
  readonly properties: Readonly<Record<string, Property>>;
  readonly required?: readonly string[];
}

export interface ConfigField {
  readonly key: string;
  readonly label: string;
  readonly description: string;
  readonly kind: "text" | "number" | "choice" | "switch";
  readonly choices: readonly string[];
  /** What holds where nothing is given, in words; "" where something must be given. */
  readonly standard: string;
  readonly isRequired: boolean;
  readonly property: Property;
}

export interface FieldGroup {
  readonly title: string;
  readonly fields: readonly ConfigField[];
}

/** Shown at once. */
const FIRST = ["data", "size", "model", "steps", "batch", "learningRate", "seed", "device"];

/** Folded away, in groups. */
const FOLDED: Readonly<Record<string, readonly string[]>> = {
  Images: ["channels", "flip", "strict"],
  Learning: ["accumulate", "warmup", "schedule", "optimiser", "loss", "clip", "weightDecay"],
  Averages: ["ema", "emaWarmup", "beta1", "beta2", "epsilon"],
  Reports: ["logEvery", "sampleEvery", "sampleCount", "sampleSteps", "checkpointEvery", "keepCheckpoints"],
};
const REST = "Machine and others";

/** The fields that are shown at once, and the groups of the others. */
export function configFields(schema: ConfigSchema): {
  readonly first: readonly ConfigField[];
  readonly folded: readonly FieldGroup[];
} {
  const field = (key: string) => {
    const property = schema.properties[key];
    return property === undefined ? [] : [fieldOf(key, property, schema.required?.includes(key) ?? false)];
  };
  const placed = new Set([...FIRST, ...Object.values(FOLDED).flat()]);
  const groups = { ...FOLDED, [REST]: Object.keys(schema.properties).filter((key) => !placed.has(key)) };
  return {
    first: FIRST.flatMap(field),
    folded: Object.entries(groups)
      .map(([title, keys]) => ({ title, fields: keys.flatMap(field) }))
      .filter(({ fields }) => fields.length > 0),
  };
}

function fieldOf(key: string, property: Property, isRequired: boolean): ConfigField {
  const meanings = [property, ...(property.anyOf ?? [])];
  const choices = meanings.flatMap((meaning) => meaning.enum ?? []);
  const types = meanings.flatMap(({ type }) => type ?? []);
  const kind = types.includes("boolean")
    ? "switch"
    : choices.length > 0
      ? "choice"
      : types.includes("array") || types.includes("string")
        ? "text"
        : "number";
  const standard = property.default === undefined ? "" : [property.default].flat().map(String).join("x");
  const { description = "" } = property;
  return { key, label: inWords(key), description, kind, choices, standard, isRequired, property };
}

/** `learningRate` as "Learning rate". */
export function inWords(key: string): string {
  const words = key.replace(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`).replace(/(\d+)/g, " $1");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/**
 * The configuration that was filled in. What equals its default is left out, so that a network may bring defaults of its
 * own; what is no number stays a word, for the server's schema to refuse.
 */
export function filledIn(
  fields: readonly ConfigField[],
  texts: Readonly<Record<string, string | boolean>>,
): Record<string, unknown> {
  return Object.fromEntries(
    fields.flatMap(({ key, kind, property }) => {
      const given = texts[key];
      if (given === undefined || given === "" || given === (property.default ?? false)) return [];
      if (typeof given === "boolean" || kind === "choice") return [[key, given]];
      return [[key, meaningOf(given.trim(), property)]];
    }),
  );
}

function meaningOf(text: string, property: Property): unknown {
  const types = [property, ...(property.anyOf ?? [])].flatMap(({ type }) => type ?? []);
  if (types.includes("array") && /^\d+(?:[x,]\d+)+$/i.test(text)) return text.split(/[x,]/i).map(Number);
  const isNumber = text !== "" && Number.isFinite(Number(text));
  return isNumber && (types.includes("number") || types.includes("integer")) ? Number(text) : text;
}
