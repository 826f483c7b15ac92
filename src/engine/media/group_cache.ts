/**
 * The newest group of pictures: a key frame and what follows it, for viewers
 * who join while no key frame is to be had.
 *
 * @module
 */

import { GROUP_CACHE_SIZE_MAX } from "../../limits.ts";

/** An access unit as it was read, Annex B. */
export interface CachedUnit {
  readonly start: number;
  readonly end: number;
  readonly grabSeconds: number;
  /** The sender wants no playout delay. */
  readonly noPlayoutDelay: boolean;
}

/** What is told about an access unit that was kept. */
export type UnitFacts = Pick<CachedUnit, "grabSeconds" | "noPlayoutDelay">;

/** Keeps access units in one block of memory, made at the first. */
export class GroupCache {
  #memory: Uint8Array | undefined;
  #units: CachedUnit[] = [];
  #used = 0;
  #stagedSize = 0;

  /** The group, from its key frame on; empty: there is none. */
  get units(): readonly CachedUnit[] {
    return this.#units;
  }

  /** Bytes of an access unit of the group. */
  bytes({ start, end }: CachedUnit): Uint8Array {
    return this.#memory?.subarray(start, end) ?? new Uint8Array(0);
  }

  /**
   * Copies an access unit behind the group: packetizing is done in place and
   * spoils the original. `keep` or the next `stage` decide about it.
   */
  stage(unit: Uint8Array): void {
    const memory = this.#memory ??= new Uint8Array(GROUP_CACHE_SIZE_MAX);
    const fits = this.#used + unit.length <= memory.length;
    // A group that has outgrown the cache is of no use, but its successor is.
    if (!fits) this.clear();
    this.#stagedSize = unit.length;
    memory.set(unit, this.#used);
  }

  /** Makes what was staged the group's next access unit, or a new group. */
  keep(isKeyFrame: boolean, facts: UnitFacts): void {
    if (isKeyFrame) {
      this.#memory?.copyWithin(0, this.#used, this.#used + this.#stagedSize);
      this.clear();
    } else if (this.#units.length === 0) {
      return;
    }
    const start = this.#used;
    this.#used += this.#stagedSize;
    this.#units.push({ ...facts, start, end: this.#used });
  }

  /** Forgets the group: what comes next does not continue it. */
  clear(): void {
    this.#units = [];
    this.#used = 0;
  }
}
