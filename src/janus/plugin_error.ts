/**
 * A plugin's own error, read from the `data` of its event.
 *
 * @module
 */

import { z } from "zod";

/** What a plugin did not want to do, and why. */
export interface PluginError {
  readonly code: number;
  readonly text: string;
  /** The camera's state, where that is why; see `status.ts`. */
  readonly reason: string | undefined;
}

/** As all of Janus's plugins say it; `reason` is ours. */
const Schema = z.object({
  "error_code": z.int(),
  error: z.string().optional(),
  reason: z.string().max(64).optional(),
});

/** Reads an error; `undefined` if the event is none. */
export function parsePluginError(data: unknown): PluginError | undefined {
  const { success, data: found } = Schema.safeParse(data);
  if (!success) return undefined;
  const { error_code: code, error: text = "", reason } = found;
  return { code, text, reason };
}
