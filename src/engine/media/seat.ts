/**
 * A viewer's place in a camera's stream, and which header extension its
 * packets carry.
 *
 * @module
 */

import type { NtpTime } from "./clock.ts";
import { extensionBlock } from "./extensions.ts";
import type { CachedUnit } from "./group_cache.ts";
import type { ViewerPeer } from "./viewer_peer.ts";

/** Where a viewer stands in the stream. */
export interface Seat {
  readonly peer: ViewerPeer;
  /**
   * `waiting` for a key frame; `catching_up` on the cached group, from unit
   * `cursor` on; `live`; or `paused` by its own wish.
   */
  place: "waiting" | "catching_up" | "live" | "paused";
  cursor: number;
  waitingSinceMs: number;
  /** When the newest picture that it got was taken: time never goes back. */
  sentSeconds: number;
}

/** A viewer that has got nothing yet. */
export function newSeat(peer: ViewerPeer): Seat {
  return {
    peer,
    place: "waiting",
    cursor: 0,
    waitingSinceMs: 0,
    sentSeconds: -Infinity,
  };
}

/** The header extension of each group of viewers that negotiated alike. */
export function extensionGroups(
  seats: readonly Seat[],
  { noPlayoutDelay, captureNtp }: Pick<CachedUnit, "noPlayoutDelay"> & {
    readonly captureNtp: NtpTime;
  },
): Iterable<[Uint8Array, Seat[]]> {
  const groups = new Map<string, [Uint8Array, Seat[]]>();
  for (const seat of seats) {
    const { extensionIds, orientation } = seat.peer;
    const key = `${Object.entries(extensionIds)} ${orientation}`;
    const group = groups.get(key);
    if (group !== undefined) {
      group[1].push(seat);
      continue;
    }
    const values = { captureNtp, noPlayoutDelay, orientation };
    groups.set(key, [extensionBlock(extensionIds, values), [seat]]);
  }
  return groups.values();
}
