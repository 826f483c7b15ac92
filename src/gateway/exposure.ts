/**
 * Whom a listening address lets in.
 *
 * @module
 */

import { isIP } from "node:net";
import type { Address } from "../config/config.ts";
import { isLoopback } from "./auth/addresses.ts";

/**
 * Whether others than this machine can reach it. A name counts as exposed:
 * what it resolves to is decided elsewhere; `localhost` alone is reserved for
 * loopback (RFC 6761 section 6.3).
 */
export function isExposed({ hostname }: Address): boolean {
  return isIP(hostname) === 0
    ? hostname !== "localhost"
    : !isLoopback(hostname);
}
