/**
 * The address as state: `#/page?name=value&...` says which page is shown and what a link to it reproduces.
 *
 * The part after `#` never reaches a server, so the studio works from any folder of any host.
 */
import { onDestroy } from "svelte";
import type { Field } from "./fields.ts";

const pageOf = (text: string): string => /^#\/([^?]*)/.exec(text)?.[1] ?? "";
const queryOf = (text: string): string => text.split("?").slice(1).join("?");

let hash = $state(location.hash);
/** The last query of every page of this visit: who comes back to a page finds it as it was left. */
const queries = $state<Record<string, string>>({ [pageOf(location.hash)]: queryOf(location.hash) });
addEventListener("hashchange", () => {
  hash = location.hash;
  queries[pageOf(hash)] = queryOf(hash);
});

/** The page's name, "" where the address names none. */
export const currentPage = (): string => pageOf(hash);

/** Whether the address says more than which page it is. */
export const hasQuery = (): boolean => queryOf(hash) !== "";

/** Gives the page that is shown its name in the address, where that has none or another that no page has. */
export function namePage(name: string): void {
  if (currentPage() === name) return;
  hash = withQuery(name, queryOf(hash));
  queries[name] = queryOf(hash);
  history.replaceState(history.state, "", hash);
}

const withQuery = (page: string, query: string) => `#/${page}${query === "" ? "" : `?${query}`}`;

/** The address of a page as it was left, with some values changed. */
export function linkTo(page: string, changes: Readonly<Record<string, string>> = {}): string {
  const parameters = new URLSearchParams(queries[page]);
  for (const [name, value] of Object.entries(changes)) parameters.set(name, value);
  return withQuery(page, parameters.toString());
}

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
    const parameters = new URLSearchParams(queryOf(location.hash));
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
    // Of a link that was just followed, the event comes later than the new address: it must not be overwritten.
    const isLeaving = location.hash !== hash || currentPage() !== page;
    // A link within the page says itself what is to be seen.
    if (isLeaving && pageOf(location.hash) === page) return;
    const parameters = new URLSearchParams(isLeaving ? queries[page] : queryOf(hash));
    for (const [name, field] of Object.entries(fields)) {
      const text = field.write(values[name]);
      if (text === field.write(field.fallback)) parameters.delete(name);
      else parameters.set(name, text);
    }
    queries[page] = parameters.toString();
    if (isLeaving) return;
    written = withQuery(page, queries[page]);
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
