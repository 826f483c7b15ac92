/** Waits between retries. */

import { RETRY_FIRST_MS, RETRY_MAX_MS } from "./bounds.ts";

/**
 * Exponential with full jitter: many viewers of one restarted server come
 * back spread out.
 */
export class Backoff {
  readonly #random: () => number;
  #boundMs = RETRY_FIRST_MS;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** The next wait. */
  nextMs(): number {
    const waitMs = this.#boundMs * this.#random();
    this.#boundMs = Math.min(this.#boundMs * 2, RETRY_MAX_MS);
    return waitMs;
  }

  reset(): void {
    this.#boundMs = RETRY_FIRST_MS;
  }
}
