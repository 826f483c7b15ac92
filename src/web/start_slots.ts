/** Spreads the first connections of a page of tiles. */

import { START_GAP_MS } from "./bounds.ts";

/** Hands out starting times: the first at once, each other a gap later. */
export class StartSlots {
  #nextMs = 0;

  /** How long to wait from now. */
  takeMs(nowMs: number): number {
    const slotMs = Math.max(nowMs, this.#nextMs);
    this.#nextMs = slotMs + START_GAP_MS;
    return slotMs - nowMs;
  }
}
