/**
 * A token bucket: lets bursts pass and holds the average down.
 *
 * @module
 */

/** Computed when asked; needs no timer. */
export class TokenBucket {
  readonly #capacity: number;
  readonly #perSecond: number;
  #tokens: number;
  #filledAtMs: number;

  constructor(
    { burst, perSecond, nowMs }: {
      burst: number;
      perSecond: number;
      nowMs: number;
    },
  ) {
    this.#capacity = burst;
    this.#perSecond = perSecond;
    this.#tokens = burst;
    this.#filledAtMs = nowMs;
  }

  /** Takes tokens; false when there are not so many. */
  take(nowMs: number, count = 1): boolean {
    const elapsedMs = Math.max(0, nowMs - this.#filledAtMs);
    this.#filledAtMs = nowMs;
    this.#tokens = Math.min(
      this.#capacity,
      this.#tokens + elapsedMs * this.#perSecond / 1000,
    );
    if (this.#tokens < count) return false;
    this.#tokens -= count;
    return true;
  }
}
