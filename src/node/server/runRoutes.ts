/**
 * The requests about runs (their list: src/studioApi/index.ts).
 */
import { readFile } from "node:fs/promises";
import { Hono } from "hono";
import { z } from "zod";
import { type RunDetail, resumeRequestSchema, startRequestSchema } from "../../studioApi/index.ts";
import { checkpointName } from "../../training/checkpoint.ts";
import { METRICS_FILE, readRunConfig, SAMPLES_FOLDER } from "../run.ts";
import type { DataPaths } from "./dataPaths.ts";
import { parseMetrics, toColumns } from "./metrics.ts";
import { notServed } from "./notServed.ts";
import { Refused } from "./refused.ts";
import { readRequest } from "./requestBody.ts";
import type { RunControl } from "./runControl.ts";
import type { RunFolders } from "./runFolders.ts";
import { checkpointSteps, sampleSteps } from "./runOnDisk.ts";
import type { RunWatch } from "./runWatch.ts";
import { sendFile } from "./sendFile.ts";

export interface RunRoutesOptions {
  readonly folders: RunFolders;
  readonly watch: RunWatch;
  readonly control: RunControl;
  readonly data: DataPaths;
}

/** More points than a screen is wide show no more. */
const MOST_POINTS = 10_000;

const metricsQuery = z.strictObject({
  /** Only steps after this one. */
  after: z.coerce.number().int().min(0).default(0),
  points: z.coerce.number().int().min(1).max(MOST_POINTS).default(MOST_POINTS),
});

export function runRoutes({ folders, watch, control, data }: RunRoutesOptions): Hono {
  const routes = new Hono();
  const detail = async (name: string): Promise<RunDetail> => {
    const summary = await watch.look(name);
    const folder = await folders.find(name);
    const [config, samples, checkpoints] = await Promise.all([
      // A run of another version is shown as far as it can be; the summary says what is wrong with it.
      summary.parameters === 0 ? undefined : readRunConfig(folder),
      sampleSteps(folder),
      checkpointSteps(folder),
    ]);
    return { ...summary, config, samples, checkpoints };
  };

  routes.get("/", async (c) => c.json(await watch.summaries()));

  routes.post("/", async (c) => {
    const { name, config } = await readRequest(c, startRequestSchema);
    const folder = await folders.place(name);
    await control.train(name, await data.check(config), { folder, resume: false, dataBelow: data.below });
    return c.json(await detail(name), 201);
  });

  routes.get("/:name", async (c) => c.json(await detail(c.req.param("name"))));

  routes.get("/:name/metrics", async (c) => {
    const query = metricsQuery.safeParse(c.req.query());
    if (!query.success) {
      throw new Refused(
        400,
        "The metrics are asked for with after (a step) and points (from 1 to 10000), whole numbers.",
      );
    }
    const lines = await readMetrics(folders, c.req.param("name"));
    const { after, points } = query.data;
    return c.json(
      toColumns(
        lines.filter(({ step }) => step > after),
        points,
      ),
    );
  });

  routes.get("/:name/samples/:file", async (c) => {
    const step = /^(\d{1,15})\.png$/.exec(c.req.param("file"))?.[1];
    if (step === undefined) throw new Refused(404, "A grid of samples is named by its step: STEP.png.");
    const file = `${checkpointName(Number(step))}.png`;
    return sendFile(c, await folders.file(c.req.param("name"), SAMPLES_FOLDER, file));
  });

  routes.post("/:name/stop", async (c) => {
    const name = c.req.param("name");
    await readRequest(c, z.strictObject({}));
    await folders.find(name);
    control.stop(name);
    return c.json(await detail(name), 202);
  });

  routes.post("/:name/resume", async (c) => {
    const name = c.req.param("name");
    const { changes } = await readRequest(c, resumeRequestSchema);
    const folder = await folders.find(name);
    // What the run has been trained on may be out of bounds too.
    const { data: before } = await readRunConfig(folder);
    const checked = await data.check({ data: before, ...changes });
    if (checked.data === before) delete checked.data;
    await control.train(name, checked, { folder, resume: true, dataBelow: data.below });
    return c.json(await detail(name));
  });

  // A known address with another method; what is not known at all goes on to the 404.
  routes.all("/", notServed("GET, HEAD, POST"));
  for (const path of ["/:name", "/:name/metrics", "/:name/samples/:file"]) {
    routes.all(path, notServed("GET, HEAD"));
  }
  for (const path of ["/:name/stop", "/:name/resume"]) routes.all(path, notServed("POST"));
  return routes;
}

async function readMetrics(folders: RunFolders, name: string) {
  await folders.find(name);
  const path = await folders.file(name, METRICS_FILE).catch(() => undefined);
  // A run that has just begun has none yet.
  return path === undefined ? [] : parseMetrics(await readFile(path, "utf8"));
}
