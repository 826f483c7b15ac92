/**
 * Which Janus is at the other end, and whether it should be updated.
 *
 * @module
 */

import { z } from "zod";
import type { JanusResponse } from "./message.ts";

/** The first version with the memory-safety fixes of PR-3636. */
const SAFE_VERSION = [1, 4, 1];

/** What the log says of a version before that. */
export const OLD_JANUS = "old: 1.4.1 closes holes in memory safety (PR-3636)";

const ServerInfo = z.object({
  janus: z.literal("server_info"),
  "version_string": z.string().regex(/^[\w.+-]{1,32}$/),
});

/** The version in an answer to `info`; nalgate's own engine says none. */
export function versionIn(response: JanusResponse): string | undefined {
  return ServerInfo.safeParse(response).data?.["version_string"];
}

/** Whether a version has known holes that a newer one closes. */
export function isOld(version: string): boolean {
  const parts = version.split(/[.-]/).map(Number);
  for (const [index, safe] of SAFE_VERSION.entries()) {
    const part = parts[index] ?? 0;
    if (part !== safe) return part < safe;
  }
  return false;
}
