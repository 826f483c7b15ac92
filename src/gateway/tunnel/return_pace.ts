/**
 * After an outage all viewers come back at once, and the media server would
 * make the keys of all of them before any had a picture. So they are let in
 * one after another.
 *
 * @module
 */

import { RETURN_GAP_MS, RETURN_SPREAD_MS } from "../../limits.ts";

/** The order in which viewers come back. All times on one clock. */
export class ReturnPace {
  readonly #gapMs: number;
  readonly #endMs: number;
  #nextMs: number;

  /** `count` viewers are expected, from `nowMs` on. */
  constructor({ count, nowMs }: { count: number; nowMs: number }) {
    // Many come faster: nobody should wait longer than all of a few do.
    this.#gapMs = Math.min(RETURN_GAP_MS, RETURN_SPREAD_MS / count);
    this.#endMs = nowMs + RETURN_SPREAD_MS;
    this.#nextMs = nowMs;
  }

  /** How long the next one has to wait. */
  takeMs(nowMs: number): number {
    if (nowMs >= this.#endMs) return 0;
    const slotMs = Math.max(nowMs, Math.min(this.#nextMs, this.#endMs));
    this.#nextMs = slotMs + this.#gapMs;
    return slotMs - nowMs;
  }
}
