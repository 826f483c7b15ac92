/**
 * Bodies of requests: small ones, and JSON of a known shape.
 *
 * @module
 */

import type { z } from "zod";
import { GatewayError } from "../errors.ts";
import { BODY_SIZE_MAX } from "../limits.ts";
import { limitBody } from "./body_limit.ts";
import type { AppContext } from "./context.ts";

/** A name and a password, a camera and a time. */
export const smallBody = limitBody(BODY_SIZE_MAX);

/** Only JSON: forms of other pages cannot send it without asking first. */
export async function parseBody<T>(
  c: AppContext,
  schema: z.ZodType<T>,
): Promise<T> {
  const type = c.req.header("content-type") ?? "";
  if (!/^application\/json(?:;|$)/i.test(type)) {
    throw new GatewayError("bad_request", { context: { check: "type" } });
  }
  const text = await c.req.text();
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new GatewayError("bad_request", { context: { check: "json" } });
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    throw new GatewayError("bad_request", { context: { check: "schema" } });
  }
  return parsed.data;
}
