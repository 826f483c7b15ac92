/**
 * When to start a dead process again, and when not any more.
 *
 * @module
 */

import {
  REFUSED_STARTS_MAX,
  RESTART_DELAY_MAX_MS,
  RESTART_DELAY_MIN_MS,
  RESTART_HEALTHY_MS,
} from "../limits.ts";

/** Exit code of a server whose address is taken: EX_UNAVAILABLE, sysexits(3). */
export const ADDRESS_IN_USE = 69;

/**
 * Exit codes that say "not like this": bad usage, an address in use, a bad
 * configuration (EX_CONFIG).
 */
const REFUSALS: ReadonlySet<number> = new Set([2, ADDRESS_IN_USE, 78]);

/** One life of a process. */
export interface Life {
  readonly code: number;
  readonly wasReady: boolean;
  readonly lastedMs: number;
}

/** Waits that double from life to life, and start over after a healthy one. */
export class Backoff {
  #delayMs = RESTART_DELAY_MIN_MS;
  #refused = 0;

  /** How long to wait before the next life, or that there should be none. */
  next({ code, wasReady, lastedMs }: Life): number | "give up" {
    this.#refused = !wasReady && REFUSALS.has(code) ? this.#refused + 1 : 0;
    if (this.#refused >= REFUSED_STARTS_MAX) return "give up";
    if (wasReady && lastedMs >= RESTART_HEALTHY_MS) {
      this.#delayMs = RESTART_DELAY_MIN_MS;
    }
    const delayMs = this.#delayMs;
    this.#delayMs = Math.min(delayMs * 2, RESTART_DELAY_MAX_MS);
    return delayMs;
  }
}
