/**
 * Requests to the ustreamer plugin, read from the `body` of a `message`.
 *
 * @module
 */

import { z } from "zod";
import { CAMERA_ID_LENGTH_MAX } from "../limits.ts";
import { PLUGIN_ERROR, type PluginRequest } from "./message.ts";

/** A body that is no request, as the plugin itself would say it. */
export interface PluginRefusal {
  readonly request: "refused";
  readonly code: number;
  readonly error: string;
}

/** Printable ASCII: the same text to every parser and every log. */
const Id = z.string().max(CAMERA_ID_LENGTH_MAX).regex(/^[\x20-\x7e]+$/);

const Params = z.object({
  orientation: z.literal([0, 90, 180, 270]).optional(),
  audio: z.boolean().optional(),
  mic: z.boolean().optional(),
});

/** Unknown fields are left out, so that newer pages work with older ends. */
const SCHEMAS = {
  watch: z.object({
    request: z.literal("watch"),
    id: Id.optional(),
    params: Params.optional(),
  }),
  start: z.object({ request: z.literal("start") }),
  stop: z.object({ request: z.literal("stop") }),
  features: z.object({ request: z.literal("features") }),
  key_required: z.object({ request: z.literal("key_required") }),
  status: z.object({ request: z.literal("status") }),
} as const satisfies Record<PluginRequest["request"], z.ZodType>;

/** Reads a plugin request; what is not one becomes the plugin's own error. */
export function parsePluginRequest(
  body: Readonly<Record<string, unknown>>,
): PluginRequest | PluginRefusal {
  const request = body.request;
  if (typeof request !== "string") {
    return refusal(PLUGIN_ERROR.badRequest, "Missing or invalid request");
  }
  if (!Object.hasOwn(SCHEMAS, request)) {
    return refusal(PLUGIN_ERROR.notImplemented, "Not implemented");
  }
  const schema = SCHEMAS[request as keyof typeof SCHEMAS];
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data as PluginRequest;
  const path = parsed.error.issues[0]?.path.join(".") ?? "";
  return refusal(PLUGIN_ERROR.badRequest, `Invalid value (${path})`);
}

function refusal(code: number, error: string): PluginRefusal {
  return { request: "refused", code, error };
}
