/**
 * The address as state: `#/page?name=value&...` says which page is shown and what a link to it reproduces.
 *
 * The part after `#` never reaches a server, so the studio works from any folder of any host.
 */
import { onDestroy } from "svelte";
import type { Field } from "./fields.ts";

let hash = $state(location.hash);
addEventListener("hashchange", () => {
  hash = location.hash;
});

/** The page's name, "" where the address names none. */
export const currentPage = (): string => /^#\/([^?]*)/.exec(hash)?.[1] ?? "";

const parametersOf = (text: string) => new URLSearchParams(text.split("?").slice(1).join("?"));

/** A value of the address as it stands. */
export const parameter = (name: string): string | null => parametersOf(hash).get(name);

/** Browsers refuse to be told a new address at every frame of an animation. */
const WRITE_AFTER_MS = 250;

type Fields = Readonly<Record<string, Field<unknown>>>;
type Values<F extends Fields> = { -readonly [Name in keyof F]: F[Name] extends Field<infer T> ? T : never };

/** A reactive property whose value is kept as it is, so that it can be sent to a worker. */
function cell(initial: unknown): PropertyDescriptor {
  let value = $state.raw(initial);
  return {
    enumerable: true,
    get: () => value,
    set: (next: unknown) => {
      value = next;
    },
  };
}

/**
 * State of a component that is kept in the address: read it and set it like any other.
 *
 * What has its fallback value is left out of the address; names that a component does not know are left alone.
 */
export function addressState<F extends Fields>(fields: F): Values<F> {
  const read = () => {
    const parameters = parametersOf(location.hash);
    return Object.fromEntries(
      Object.entries(fields).map(([name, field]) => {
        const text = parameters.get(name);
        return [name, (text === null ? undefined : field.read(text)) ?? field.fallback];
      }),
    ) as Values<F>;
  };
  const values = {} as Values<F>;
  for (const [name, value] of Object.entries(read())) Object.defineProperty(values, name, cell(value));
  const page = currentPage();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let written = location.hash;

  const write = () => {
    clearTimeout(timer);
    timer = undefined;
    // Whoever is on another page by now keeps that page's address.
    if (currentPage() !== page) return;
    const parameters = parametersOf(location.hash);
    for (const [name, field] of Object.entries(fields)) {
      const text = field.write(values[name]);
      if (text === field.write(field.fallback)) parameters.delete(name);
      else parameters.set(name, text);
    }
    const query = parameters.toString();
    written = `#/${page}${query === "" ? "" : `?${query}`}`;
    if (written === location.hash) return;
    history.replaceState(history.state, "", written);
    hash = written;
  };

  $effect(() => {
    for (const [name, field] of Object.entries(fields)) field.write(values[name]);
    timer ??= setTimeout(write, WRITE_AFTER_MS);
  });
  // A link that was followed, or the browser's back button.
  const onHashChange = () => {
    if (location.hash !== written && currentPage() === page) Object.assign(values, read());
  };
  addEventListener("hashchange", onHashChange);
  onDestroy(() => {
    removeEventListener("hashchange", onHashChange);
    if (timer !== undefined) write();
  });
  return values;
}
