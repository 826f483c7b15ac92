/**
 * The handles of one client's session.
 *
 * @module
 */

import { randomId } from "./random_id.ts";

/** One handle, as both sides know it. */
export interface Handle {
  /** The client's. */
  readonly id: number;
  readonly upstreamId: number;
  /** Candidates since the client's newest SDP, in it and by trickle. */
  candidates: number;
  /** Whether its PeerConnection is up. */
  isUp: boolean;
}

/** A few handles; a list is quicker than a map, and smaller. */
export class Handles {
  readonly #list: Handle[] = [];

  get size(): number {
    return this.#list.length;
  }

  get isAnyUp(): boolean {
    return this.#list.some(({ isUp }) => isUp);
  }

  add(upstreamId: number): Handle {
    const handle = { id: randomId(), upstreamId, candidates: 0, isUp: false };
    this.#list.push(handle);
    return handle;
  }

  ofClient(id: number): Handle | undefined {
    return this.#list.find((handle) => handle.id === id);
  }

  ofUpstream(id: number | undefined): Handle | undefined {
    return this.#list.find(({ upstreamId }) => upstreamId === id);
  }

  delete(handle: Handle): void {
    const index = this.#list.indexOf(handle);
    if (index !== -1) this.#list.splice(index, 1);
  }

  [Symbol.iterator](): Iterator<Handle> {
    return this.#list[Symbol.iterator]();
  }
}
