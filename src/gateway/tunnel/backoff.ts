/**
 * How long to wait before dialling again.
 *
 * @module
 */

import {
  UPSTREAM_REDIAL_MAX_MS,
  UPSTREAM_REDIAL_MIN_MS,
} from "../../limits.ts";

/**
 * Full jitter: anything from nothing to a bound that doubles with each
 * attempt, so that many gateways do not come back in step.
 */
export function redialDelayMs(attempt: number, random = Math.random): number {
  const bound = UPSTREAM_REDIAL_MIN_MS * 2 ** Math.min(attempt, 30);
  return random() * Math.min(bound, UPSTREAM_REDIAL_MAX_MS);
}
