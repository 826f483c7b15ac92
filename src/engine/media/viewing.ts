/**
 * A handle's `watch`, from the request on until its media has ended.
 *
 * @module
 */

import {
  CANDIDATES_MAX,
  HALF_OPEN_VIEWERS_MAX,
  VIEWERS_MAX,
} from "../../limits.ts";
import type { ToMedia } from "../channel/messages.ts";
import type { CameraStream } from "./camera_stream.ts";
import type { ViewerPeer } from "./viewer_peer.ts";

/** The request for it. */
export type Watch = Extract<ToMedia, { kind: "watch" }>;

/** One per Janus handle. */
export class Viewing {
  /** None: no frame has come yet. */
  peer: ViewerPeer | undefined;
  /** NACKed packets since the last look. */
  lost = 0;
  #early: string[] = [];

  constructor(
    readonly stream: CameraStream,
    readonly watch: Watch,
    readonly sinceMs: number,
  ) {}

  /** Takes one of the client's candidates; clients do not wait for us. */
  addCandidate(line: string): void {
    if (this.peer !== undefined) this.peer.addCandidate(line);
    else if (this.#early.length < CANDIDATES_MAX) this.#early.push(line);
  }

  /** Hands on the candidates that came before there was a peer. */
  addEarlyCandidates(): void {
    for (const line of this.#early) this.peer?.addCandidate(line);
    this.#early = [];
  }
}

/** Whether no further peer may be made. */
export function isFull(viewings: Iterable<Viewing>): boolean {
  let count = 0;
  let halfOpenCount = 0;
  for (const { peer } of viewings) {
    if (peer === undefined) continue;
    count++;
    if (!peer.isUp) halfOpenCount++;
  }
  return count >= VIEWERS_MAX || halfOpenCount >= HALF_OPEN_VIEWERS_MAX;
}
