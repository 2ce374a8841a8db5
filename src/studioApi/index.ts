/**
 * What the studio's page and its server say to each other: addresses, answers and messages. It is neither's own, so that
 * both can import it: no Node, no DOM.
 *
 * | request | answer |
 * | --- | --- |
 * | `GET /api/studio` | `StudioInfo`: says that a server is there |
 * | `GET /api/schema` | JSON Schema of a run's configuration |
 * | `GET /api/runs` | `RunSummary[]` |
 * | `POST /api/runs` `StartRequest` | 201 `RunDetail`, once the training has begun |
 * | `GET /api/runs/NAME` | `RunDetail` |
 * | `GET /api/runs/NAME/metrics?after=STEP&points=N` | `MetricColumns` |
 * | `GET /api/runs/NAME/samples/STEP.png` | the grid of samples drawn at a step |
 * | `POST /api/runs/NAME/stop` | 202 `RunDetail`; the state follows as a message |
 * | `POST /api/runs/NAME/resume` `ResumeRequest` | 200 `RunDetail`, once the training has begun |
 * | `GET /api/events` | server-sent events, each a `StudioMessage` as JSON |
 *
 * What is refused is answered with a status of 400 or above and a `Refusal`.
 */
export type { Refusal, ResumeRequest, StartRequest, StudioInfo } from "./requests.ts";
export { resumeRequestSchema, SERVED_MARK, startRequestSchema } from "./requests.ts";
export type {
  MetricColumns,
  RunDetail,
  RunState,
  RunSummary,
  StudioMessage,
  TrainingNews,
} from "./runs.ts";
