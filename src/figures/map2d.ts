/**
 * The paper's figures in the plane: above, Algorithm 2 carries coloured points from p0 to p1 in T steps; below, Algorithm
 * 1's random paths from one point collapse onto Algorithm 2's path as T grows.
 */
import { algorithm2, type Density, drawCandidates, type Point, spreadOfPaths } from "../theory/index.ts";
import { type Context, colourOf, drawPanel, drawPath, drawPoints, INK, type Panel } from "./panel.ts";

export interface Map2dOptions {
  readonly p0: Density;
  readonly p1: Density;
  /** Values of T, a column each. */
  readonly steps: readonly number[];
  /** Points that are carried. */
  readonly points: number;
  readonly seed: number;
}

export interface Map2dResult {
  readonly starts: readonly Point[];
  readonly columns: readonly Map2dColumn[];
  /** Where Algorithm 2 goes from the point that the random paths start from, in many steps. */
  readonly limit: readonly Point[];
}

export interface Map2dColumn {
  readonly steps: number;
  /** Where Algorithm 2 carries each start. */
  readonly ends: readonly Point[];
  readonly paths: readonly (readonly Point[])[];
  /** Root mean square distance of the random paths' ends from their mean. */
  readonly spread: number;
}

const CANDIDATES = 256;
const PATHS = 40;
const LIMIT_STEPS = 1000;
/** What all random paths start from, or the point of p0 that is nearest to it. */
const START: Point = [-0.5, -0.45];

/** Computes everything that the figure shows. */
export function computeMap2d({ p0, p1, steps, points, seed }: Map2dOptions): Map2dResult {
  const starts = p0.sample(points, { seed, index: 2 ** 20 });
  const candidates = drawCandidates(p0, p1, CANDIDATES, { seed, index: 2 ** 21 });
  return {
    starts,
    limit: algorithm2(START, p0, p1, { steps: LIMIT_STEPS, candidates }),
    columns: steps.map((count) => {
      const { paths, spread } = spreadOfPaths(START, p0, p1, {
        steps: count,
        candidates: CANDIDATES / 4,
        key: { seed },
        count: PATHS,
      });
      const ends = starts.map(
        (start) => algorithm2(start, p0, p1, { steps: count, candidates }).at(-1) ?? start,
      );
      return { steps: count, ends, paths, spread };
    }),
  };
}

const SIDE = 380;
const GAP = 34;
const HEAD = 66;

/** Width and height of the figure in pixels. */
export function map2dSize({ steps }: Pick<Map2dOptions, "steps">): [number, number] {
  return [GAP + (steps.length + 1) * (SIDE + GAP), 2 * (SIDE + HEAD) + 2 * GAP];
}

/**
 * Draws the figure, `map2dSize` pixels wide and high, from the top left corner of the canvas.
 *
 * @param options those that `result` was computed with
 */
export function drawMap2d(context: Context, options: Map2dOptions, result: Map2dResult): void {
  const [width, height] = map2dSize(options);
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, width, height);
  const panel = (column: number, row: number): Panel => ({
    left: GAP + column * (SIDE + GAP),
    top: GAP + HEAD + row * (SIDE + HEAD),
    side: SIDE,
  });
  const { p0, p1 } = options;
  const colours = result.starts.map(colourOf);
  const plural = (steps: number) => `${steps} ${steps === 1 ? "step" : "steps"}`;

  drawPanel(context, panel(0, 0), p0.name, "p0, coloured by place");
  drawPoints(context, panel(0, 0), result.starts, colours, 3.2);
  drawPanel(context, panel(0, 1), "the limit", "Algorithm 2, from one point");
  const target = p1.sample(1500, { seed: options.seed, index: 2 ** 22 });
  const ground = (at: Panel) => {
    context.globalAlpha = 0.25;
    drawPoints(context, at, target, ["#9aa3ba"], 2);
    context.globalAlpha = 1;
  };
  const drawLimit = (at: Panel) => {
    drawPath(context, at, result.limit, { colour: INK, width: 3, opacity: 1 });
    drawPoints(context, at, result.limit.slice(0, 1), [INK], 6);
  };
  ground(panel(0, 1));
  drawLimit(panel(0, 1));

  result.columns.forEach(({ steps, ends, paths, spread }, i) => {
    const above = panel(i + 1, 0);
    drawPanel(context, above, `${p1.name}, T = ${steps}`, `Algorithm 2, ${plural(steps)}`);
    drawPoints(context, above, ends, colours, 3.2);
    const below = panel(i + 1, 1);
    drawPanel(
      context,
      below,
      `T = ${steps}`,
      `Algorithm 1, ${paths.length} paths, spread ${spread.toFixed(3)}`,
    );
    ground(below);
    const opacity = steps > 200 ? 0.16 : 0.4;
    for (const path of paths) drawPath(context, below, path, { colour: "#d9485f", width: 1.2, opacity });
    drawPoints(
      context,
      below,
      paths.map((path) => path.at(-1) ?? START),
      ["#b0213a"],
      3,
    );
    drawLimit(below);
  });
}
