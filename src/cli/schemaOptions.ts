/**
 * The options of a command from a schema: names, descriptions, defaults and choices come from it and are said nowhere else.
 */
import { Option } from "commander";
import { z } from "zod";

/** What is used of a property's JSON Schema. */
interface Property {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Property[];
  readonly default?: unknown;
  readonly description?: string;
  /** How the help names the value. */
  readonly placeholder?: string;
}

const kebab = (key: string) => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

function propertiesOf(schema: z.ZodObject): [string, Property][] {
  const { properties = {} } = z.toJSONSchema(schema, { io: "input" });
  return Object.entries(properties as Record<string, Property>);
}

/** The flag of a key: `--learning-rate` for `learningRate`. */
export function flagOf(key: string): string {
  return `--${kebab(key)}`;
}

/**
 * One option for each key of the schema. Options that are not given have no value, so that whoever reads them can tell
 * what was asked for from what is a default; the help says the defaults all the same.
 */
export function schemaOptions(schema: z.ZodObject): Option[] {
  return propertiesOf(schema).map(([key, property]) => {
    const { description = "", placeholder = "VALUE" } = property;
    if (property.type === "boolean") {
      const flag = property.default === true ? `--no-${kebab(key)}` : flagOf(key);
      return new Option(flag, property.default === true ? `do not ${description}` : description);
    }
    const note =
      property.default === undefined ? "" : ` (default: ${[property.default].flat().map(String).join("x")})`;
    const option = new Option(
      `${flagOf(key)} <${property.enum ? "NAME" : placeholder}>`,
      `${description}${note}`,
    );
    return property.enum
      ? option.choices(property.enum)
      : option.argParser((text) => fromText(text, property));
  });
}

/** The values that commander found, for the schema's keys only; a flag that `--no-` turns off counts when it is off. */
export function givenOptions(
  schema: z.ZodObject,
  values: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(
    propertiesOf(schema)
      .map(([key, property]) => [key, values[key], property.default] as const)
      .filter(([, value, standard]) => value !== undefined && !(standard === true && value === true))
      .map(([key, value]) => [key, value]),
  );
}

/** What a word on the command line means for a property; what fits nothing stays a word, for the schema to refuse. */
function fromText(text: string, property: Property): unknown {
  const types = [property, ...(property.anyOf ?? [])].map(({ type }) => type);
  if (types.includes("array") && /^\d+(?:[x,]\d+)+$/i.test(text)) return text.split(/[x,]/i).map(Number);
  const isNumber = text.trim() !== "" && Number.isFinite(Number(text));
  return isNumber && (types.includes("number") || types.includes("integer")) ? Number(text) : text;
}
