/**
 * Light or dark: the system's choice until a person makes their own, which this browser remembers.
 *
 * Canvases cannot use CSS variables, so the colours that figures need are read from them here.
 */
const KEY = "deblend-theme";
const dark = matchMedia("(prefers-color-scheme: dark)");

export type Theme = "light" | "dark";

const remembered = (): Theme | undefined => {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === "light" || kept === "dark" ? kept : undefined;
  } catch {
    // Some browsers forbid storage: then every visit starts with the system's choice.
    return undefined;
  }
};

const before = remembered();
let chosen = $state<Theme | undefined>(before);
let system = $state<Theme>(dark.matches ? "dark" : "light");
dark.addEventListener("change", ({ matches }) => {
  system = matches ? "dark" : "light";
});
if (before !== undefined) document.documentElement.dataset.theme = before;

export const currentTheme = (): Theme => chosen ?? system;

export function chooseTheme(theme: Theme): void {
  chosen = theme;
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // As above: it lasts for this visit.
  }
}

export interface Colours {
  readonly paper: string;
  readonly sunken: string;
  readonly line: string;
  readonly ink: string;
  readonly inkSoft: string;
  readonly p0: string;
  readonly p1: string;
  /** The colour of alpha: p0's at 0, p1's at 1. */
  at(alpha: number): string;
}

const byTheme = new Map<Theme, Colours>();

/** The figures' colours in the current theme, from the tokens in styles/tokens.css. */
export function colours(): Colours {
  // Reading the theme here makes whoever draws with the colours draw again when it changes.
  const theme = currentTheme();
  const known = byTheme.get(theme);
  if (known !== undefined) return known;
  const read = readColours();
  byTheme.set(theme, read);
  return read;
}

function readColours(): Colours {
  const probe = document.createElement("span");
  document.body.append(probe);
  const token = (name: string) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const [p0, p1] = [token("p0"), token("p1")];
  const [from, to] = [p0, p1].map((colour) => (colour.match(/[\d.]+/g) ?? []).map(Number));
  const read = {
    paper: token("paper"),
    sunken: token("sunken"),
    line: token("line"),
    ink: token("ink"),
    inkSoft: token("ink-soft"),
    p0,
    p1,
    at: (alpha: number) => {
      const mixed = [0, 1, 2].map((i) => Math.round((1 - alpha) * (from?.[i] ?? 0) + alpha * (to?.[i] ?? 0)));
      return `rgb(${mixed.join(" ")})`;
    },
  };
  probe.remove();
  return read;
}
