/**
 * The answer to a method that an address does not take.
 */
import type { Context } from "hono";
import type { Refusal } from "../../studioApi/index.ts";

/** @param allowed the methods that it takes, as the Allow header lists them */
export function notServed(allowed: string): (c: Context) => Response {
  return (c) =>
    c.json({ error: `The method ${c.req.method} is not served here.` } satisfies Refusal, 405, {
      Allow: allowed,
    });
}
