/**
 * Takes turns: calls a function again and again, as soon as it asks for it.
 *
 * @module
 */

import { clearImmediate, setImmediate } from "node:timers";
import { DOZE_MICROS, DOZES_MAX } from "../../limits.ts";
import { doze } from "../memsink/libc.ts";

/** A loop that leaves room for everything else. */
export class Turns implements Disposable {
  readonly #turn: () => number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #immediate: ReturnType<typeof setImmediate> | undefined;

  #hasEnded = false;

  /** `turn` says after how many milliseconds it is to be called again. */
  constructor(turn: () => number) {
    this.#turn = turn;
  }

  /**
   * Takes a turn now. For a turn that is due at once it is better to doze: a
   * timer would be a millisecond or two late.
   */
  take(): void {
    if (this.#hasEnded) return;
    this.#cancel();
    let waitMs = this.#turn();
    for (let dozes = 0; waitMs === 0 && dozes < DOZES_MAX; dozes++) {
      doze(DOZE_MICROS);
      waitMs = this.#turn();
    }
    // A turn may have been the last.
    if (this.#hasEnded) return;
    const again = () => this.take();
    if (waitMs === 0) this.#immediate = setImmediate(again);
    else this.#timer = setTimeout(again, waitMs);
  }

  /** No more turns. */
  [Symbol.dispose](): void {
    this.#hasEnded = true;
    this.#cancel();
  }

  #cancel(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
  }
}
