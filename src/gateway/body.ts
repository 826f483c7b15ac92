/**
 * Bodies of requests: small ones, and JSON of a known shape.
 *
 * @module
 */

import { bodyLimit } from "hono/body-limit";
import type { z } from "zod";
import { GatewayError } from "../errors.ts";
import { BODY_SIZE_MAX } from "../limits.ts";
import type { AppContext } from "./context.ts";

/** Bodies are read whole, so they are small. */
export const smallBody = bodyLimit({
  maxSize: BODY_SIZE_MAX,
  onError: () => {
    throw new GatewayError("too_large");
  },
});

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
