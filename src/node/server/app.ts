/**
 * What the studio's server answers: the page, and the requests of src/studioApi.
 */
import { Hono } from "hono";
import { z } from "zod";
import { DeblendError } from "../../errors.ts";
import type { Refusal, StudioInfo } from "../../studioApi/index.ts";
import { ConfigError } from "../../training/config.ts";
import { runConfigSchema } from "../../training/index.ts";
import { streamEvents } from "./eventStream.ts";
import { notServed } from "./notServed.ts";
import { Refused } from "./refused.ts";
import { type RunRoutesOptions, runRoutes } from "./runRoutes.ts";
import type { Site } from "./site.ts";

export interface AppOptions extends RunRoutesOptions {
  readonly site: Site;
  readonly info: StudioInfo;
  /** Ends the event streams. */
  readonly closing: AbortSignal;
  /** Told of errors that should not happen. */
  readonly onProblem: (error: unknown) => void;
}

export function studioApp({ site, info, closing, onProblem, ...runs }: AppOptions): Hono {
  const app = new Hono();
  app.use("/api/*", async (c, next) => {
    await next();
    if (!c.res.headers.has("Cache-Control")) c.header("Cache-Control", "no-store");
  });
  app.get("/api/studio", (c) => c.json(info));
  app.get("/api/schema", (c) => c.json(z.toJSONSchema(runConfigSchema, { io: "input" })));
  app.get("/api/events", (c) =>
    // There is nothing to say about a stream without opening it.
    c.req.method === "HEAD" ? c.body(null) : streamEvents(c, runs.watch, closing),
  );
  for (const path of ["/api/studio", "/api/schema", "/api/events"]) app.all(path, notServed("GET, HEAD"));
  app.route("/api/runs", runRoutes(runs));
  app.all("/api/*", (c) => c.json({ error: "There is no such request." } satisfies Refusal, 404));
  app.get("*", (c) => site.send(c));
  app.all("*", notServed("GET, HEAD"));
  app.onError((thrown, c) => {
    if (thrown instanceof Refused) return c.json({ error: thrown.message } satisfies Refusal, thrown.status);
    if (thrown instanceof ConfigError) {
      return c.json({ error: thrown.message, key: thrown.key } satisfies Refusal, 422);
    }
    if (thrown instanceof DeblendError) return c.json({ error: thrown.message } satisfies Refusal, 422);
    onProblem(thrown);
    return c.json({ error: "This should not have happened; the server's terminal says more." }, 500);
  });
  return app;
}
