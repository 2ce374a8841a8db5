/**
 * The pages: a name in the address, a word in the menu, and code that loads when the page is opened.
 */
import type { Component } from "svelte";

export interface Page {
  readonly name: string;
  readonly title: string;
  load(): Promise<{ default: Component }>;
}

export const pages: readonly [Page, ...Page[]] = [
  { name: "playground", title: "Playground", load: () => import("../pages/playground/Playground.svelte") },
  { name: "generate", title: "Generate", load: () => import("../pages/generate/Generate.svelte") },
  { name: "train", title: "Train", load: () => import("../pages/train/Train.svelte") },
  { name: "paper", title: "Paper", load: () => import("../pages/paper/Paper.svelte") },
];
