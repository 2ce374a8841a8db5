/**
 * What the server tells as it happens: all runs, and the news of each. The browser reconnects by itself, and every
 * connection begins with all runs.
 */
import type { RunSummary, StudioMessage, TrainingNews } from "../../../../../src/studioApi/index.ts";
import { EVENTS_URL } from "./client.ts";

export class Connection {
  /** By name; undefined until the server has told. */
  runs: readonly RunSummary[] | undefined = $state.raw();
  isOpen = $state(false);
  /** Counts connections: what was read before the newest may have missed something. */
  epoch = $state(0);
  /** The newest step of each run, which is ahead of its metrics. */
  steps: Readonly<Record<string, number>> = $state.raw({});
  /** What each run is about to do, in words. */
  notes: Readonly<Record<string, string>> = $state.raw({});

  readonly #source = new EventSource(EVENTS_URL);
  readonly #listeners = new Set<(name: string, news: TrainingNews) => void>();

  constructor() {
    this.#source.onmessage = ({ data }: MessageEvent<string>) =>
      this.#take(JSON.parse(data) as StudioMessage);
    this.#source.onerror = () => {
      this.isOpen = false;
    };
  }

  /** Calls `listener` with all news; returns what ends it. */
  onNews(listener: (name: string, news: TrainingNews) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#source.close();
  }

  #take(message: StudioMessage): void {
    switch (message.type) {
      case "runs":
        this.runs = message.runs;
        this.isOpen = true;
        this.epoch++;
        return;
      case "run": {
        const others = (this.runs ?? []).filter(({ name }) => name !== message.run.name);
        this.runs = [...others, message.run].sort((a, b) => (a.name < b.name ? -1 : 1));
        return;
      }
      case "gone":
        this.runs = this.runs?.filter(({ name }) => name !== message.name);
        return;
      case "news":
        this.#note(message.name, message.news);
        for (const listener of this.#listeners) listener(message.name, message.news);
    }
  }

  #note(name: string, news: TrainingNews): void {
    if ("step" in news) this.steps = { ...this.steps, [name]: news.step };
    const note = noteOf(news);
    if (note !== undefined && note !== (this.notes[name] ?? "")) this.notes = { ...this.notes, [name]: note };
  }
}

/** What there is to say until the next news; undefined where what was said still holds. */
function noteOf(news: TrainingNews): string | undefined {
  switch (news.type) {
    case "decoding":
      return `Decoding images: ${news.done.toLocaleString("en")} of ${news.total.toLocaleString("en")}.`;
    case "data": {
      const skipped = news.skipped > 0 ? ` ${news.skipped.toLocaleString("en")} could not be used.` : "";
      return [`${news.images.toLocaleString("en")} images.${skipped}`, ...news.notes].join(" ");
    }
    case "started":
      return `On ${news.device}.`;
    case "stopped":
    case "finished":
      return "";
    case "failed":
      return news.reason;
    case "note":
      return news.message;
    default:
      return undefined;
  }
}
