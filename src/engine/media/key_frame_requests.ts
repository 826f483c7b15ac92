/**
 * Many viewers want a key frame at once, an encoder should make one: the
 * first wish is passed on at once, those that follow share the next request.
 *
 * @module
 */

import { KEY_FRAME_REQUEST_INTERVAL_MS } from "../../limits.ts";

/** Coalesces the wishes for one camera. */
export class KeyFrameRequests {
  readonly #request: () => void;
  #wanted = false;
  #allowedAtMs = -Infinity;

  constructor(request: () => void) {
    this.#request = request;
  }

  /** Somebody needs a key frame. */
  want(nowMs: number): void {
    this.#wanted = true;
    this.tick(nowMs);
  }

  /** Passes a waiting wish on as soon as the interval has passed. */
  tick(nowMs: number): void {
    if (!this.#wanted || nowMs < this.#allowedAtMs) return;
    this.#wanted = false;
    this.#allowedAtMs = nowMs + KEY_FRAME_REQUEST_INTERVAL_MS;
    this.#request();
  }

  /** A key frame has come: whoever waited has one. */
  satisfied(): void {
    this.#wanted = false;
  }
}
