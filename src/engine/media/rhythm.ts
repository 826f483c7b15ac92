/**
 * When a camera's next frame is likely to come: it is looked for more often
 * just then, and less often before.
 *
 * @module
 */

import {
  FRAME_EARLY_MS_MAX,
  FRAME_INTERVAL_MS_MAX,
  FRAME_LATE_MS_MAX,
} from "../../limits.ts";

/** How much of a new interval goes into the mean: settles within a second. */
const WEIGHT = 1 / 8;

/** The rhythm of one camera, learnt from when its frames were found. */
export class Rhythm {
  #lastMs = NaN;
  #intervalMs = NaN;

  /** A frame was found. */
  found(nowMs: number): void {
    const intervalMs = nowMs - this.#lastMs;
    this.#lastMs = nowMs;
    if (!(intervalMs <= FRAME_INTERVAL_MS_MAX)) this.#intervalMs = NaN;
    else if (Number.isNaN(this.#intervalMs)) this.#intervalMs = intervalMs;
    else this.#intervalMs += (intervalMs - this.#intervalMs) * WEIGHT;
  }

  /**
   * Milliseconds until the next frame can come any moment; 0: it can now;
   * undefined: there is no telling.
   */
  waitMs(nowMs: number): number | undefined {
    const dueMs = this.#lastMs + this.#intervalMs;
    if (!(nowMs <= dueMs + FRAME_LATE_MS_MAX)) return undefined;
    return Math.max(0, dueMs - FRAME_EARLY_MS_MAX - nowMs);
  }
}
