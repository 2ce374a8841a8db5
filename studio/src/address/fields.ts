/**
 * How a value is written into the address and read from it. What cannot be read counts as absent.
 */
export interface Field<T> {
  readonly fallback: T;
  read(text: string): T | undefined;
  write(value: unknown): string;
}

export function textField(fallback: string): Field<string> {
  return { fallback, read: (text) => text, write: String };
}

export function choiceField<const Choice extends string>(
  choices: readonly Choice[],
  fallback: NoInfer<Choice>,
): Field<Choice> {
  return { fallback, read: (text) => choices.find((choice) => choice === text), write: String };
}

/** A whole number from `low` to `high`. */
export function wholeField(fallback: number, low: number, high: number): Field<number> {
  return {
    fallback,
    read: (text) => {
      const value = Number(text);
      return Number.isInteger(value) && value >= low && value <= high ? value : undefined;
    },
    write: String,
  };
}

/** A number from `low` to `high`, kept to three decimals. */
export function numberField(fallback: number, low: number, high: number): Field<number> {
  return {
    fallback,
    read: (text) => {
      const value = Number(text);
      return Number.isFinite(value) && value >= low && value <= high ? value : undefined;
    },
    write: (value) => String(Math.round(Number(value) * 1000) / 1000),
  };
}

/** A point of the plane. */
export function pointField(
  fallback: readonly [number, number],
  reach: number,
): Field<readonly [number, number]> {
  return {
    fallback,
    read: (text) => {
      const [x = Number.NaN, y = Number.NaN] = text.split("~").map(Number);
      return Math.abs(x) <= reach && Math.abs(y) <= reach ? [x, y] : undefined;
    },
    write: (value) =>
      (value as readonly number[]).map((coordinate) => Math.round(coordinate * 1000) / 1000).join("~"),
  };
}
