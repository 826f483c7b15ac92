/**
 * What happens when memory runs short: nobody new is let in, then those who
 * see nothing make room. Better a few who wait than a process that is killed
 * with everybody in it.
 *
 * @module
 */

import { GatewayError } from "../errors.ts";
import {
  OVERLOAD_FULL_PART,
  OVERLOAD_REVIEW_INTERVAL_MS,
  OVERLOAD_SHED_MAX,
  OVERLOAD_SHED_PART,
} from "../limits.ts";
import type { Logger } from "../log.ts";

/** What {@linkcode Overload} goes by. */
export interface OverloadOptions {
  /** What the process may use, bytes. */
  readonly memoryMax: number;
  /** What it uses, bytes. */
  readonly memoryUsed?: () => number;
  readonly log: Logger;
}

/** A viewer who may have to make room. */
export interface Occupant extends Disposable {
  /** Whoever sees a picture is spared. */
  setViewing(active: boolean): void;
}

/** Watches the process's memory. */
export class Overload implements Disposable {
  readonly #options: OverloadOptions;
  readonly #timer: ReturnType<typeof setInterval>;
  /** Those who see nothing, the oldest first. */
  readonly #idle = new Set<() => void>();
  #isFull = false;

  constructor(options: OverloadOptions) {
    this.#options = options;
    this.#timer = setInterval(
      () => this.review(),
      OVERLOAD_REVIEW_INTERVAL_MS,
    );
  }

  /**
   * Lets one more in, who can be made to leave.
   *
   * @throws {GatewayError} `overloaded`.
   */
  admit(leave: () => void): Occupant {
    if (this.#isFull) {
      throw new GatewayError("overloaded", { context: { resource: "memory" } });
    }
    const end = () => leave();
    this.#idle.add(end);
    return {
      setViewing: (active) => {
        if (active) this.#idle.delete(end);
        else this.#idle.add(end);
      },
      [Symbol.dispose]: () => void this.#idle.delete(end),
    };
  }

  /** Looks once; the timer does each second. */
  review(): void {
    const { memoryMax, memoryUsed = residentSize, log } = this.#options;
    const part = memoryUsed() / memoryMax;
    const isFull = part >= OVERLOAD_FULL_PART;
    if (isFull !== this.#isFull) {
      const fields = { usedPercent: Math.round(part * 100) };
      if (isFull) log.warn("memory is short: no new viewers", fields);
      else log.info("memory suffices again", fields);
    }
    this.#isFull = isFull;
    if (part < OVERLOAD_SHED_PART) return;
    const leaving = [...this.#idle].slice(0, OVERLOAD_SHED_MAX);
    if (leaving.length === 0) return;
    log.warn("memory is short: viewers sent away", { count: leaving.length });
    for (const leave of leaving) {
      this.#idle.delete(leave);
      leave();
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

function residentSize(): number {
  return Deno.memoryUsage().rss;
}
