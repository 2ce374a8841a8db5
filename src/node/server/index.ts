/**
 * The studio's server. `serveStudio.ts` puts it together; a request passes `guard.ts`, then `app.ts` answers it with the page
 * (`site.ts`) or with what `runRoutes.ts` and `eventStream.ts` know from `runWatch.ts` and `runControl.ts`.
 */
export { type StudioOptions, type StudioServer, serveStudio } from "./serveStudio.ts";
