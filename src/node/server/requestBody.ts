/**
 * The JSON that a request carries, checked.
 */
import type { Context } from "hono";
import type { z } from "zod";
import { inWords } from "../../schemaWords.ts";
import { Refused } from "./refused.ts";

/** Bytes; a configuration with a network spelt out has about 2000. */
const LARGEST = 64 * 2 ** 10;

/**
 * @throws Refused (413) for more than anybody needs to send for anything but JSON, which also keeps forms of other pages out; (400) for what the
 *   schema refuses
 */
export async function readRequest<S extends z.ZodType>(c: Context, schema: S): Promise<z.output<S>> {
  if (!/^application\/json(?:;\s*charset=utf-8)?$/i.test(c.req.header("Content-Type") ?? "")) {
    throw new Refused(415, "A request carries JSON (Content-Type: application/json).");
  }
  const text = await readText(c);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Refused(400, "The request is no JSON.");
  }
  const result = schema.safeParse(value, { error: inWords });
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const key = issue?.path.join(".") ?? "";
  const about = key === "" ? "" : `${key}: `;
  throw new Refused(400, `The request cannot be used: ${about}${issue?.message ?? "it is malformed"}.`);
}

/** The body, counted while it comes: what a header says of its length need not be true, or be there. */
async function readText(c: Context): Promise<string> {
  const { body } = c.req.raw;
  if (body === null) return "";
  const decoder = new TextDecoder();
  let [text, bytes] = ["", 0];
  for await (const chunk of body as ReadableStream<Uint8Array> & AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > LARGEST) throw new Refused(413, `A request has at most ${LARGEST} bytes.`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
