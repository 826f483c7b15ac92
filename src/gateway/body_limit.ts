/**
 * Bodies are read whole, so they are small.
 *
 * Hono's own `bodyLimit` passes a request without a length to `new Request()`,
 * which Deno refuses for what `@hono/node-server` hands out: every chunked body
 * would be a 500.
 *
 * @module
 */

import { GatewayError } from "../errors.ts";
import type { AppMiddleware } from "./context.ts";

/** Refuses larger bodies, as soon as that is known. */
export function limitBody(sizeMax: number): AppMiddleware {
  return async (c, next) => {
    const { body, headers, method, signal, url } = c.req.raw;
    const length = headers.get("content-length");
    if (Number(length ?? 0) > sizeMax) throw new GatewayError("too_large");
    if (body !== null && length === null) {
      const read = await readBytes(body, sizeMax);
      c.req.raw = new Request(url, { method, headers, signal, body: read });
    }
    await next();
  };
}

async function readBytes(
  body: ReadableStream<Uint8Array>,
  sizeMax: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(sizeMax);
  let size = 0;
  for await (const chunk of body) {
    if (size + chunk.length > sizeMax) throw new GatewayError("too_large");
    bytes.set(chunk, size);
    size += chunk.length;
  }
  return bytes.subarray(0, size);
}
