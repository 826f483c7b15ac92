/**
 * Who watches a camera, and from which picture on: a viewer starts at a key
 * frame and never gets a picture whose predecessors it has missed.
 *
 * ```text
 *              key frame comes
 *   waiting ───────────────────▶ live
 *     │  ▲                        ▲ │
 *     │  └────────────────────────┼─┘ a picture was lost
 *     ▼                           │
 *   catching_up ──────────────────┘ end of the cached group
 * ```
 *
 * @module
 */

import { CACHED_START_AGE_MS, KEY_FRAME_WAIT_MS } from "../../limits.ts";
import { monotonicSeconds } from "../memsink/libc.ts";
import type { CachedUnit, GroupCache } from "./group_cache.ts";
import type { KeyFrameRequests } from "./key_frame_requests.ts";
import { newSeat, type Seat } from "./seat.ts";
import type { ViewerPeer } from "./viewer_peer.ts";

/** What it is seated by. */
export interface AudienceParts {
  readonly group: GroupCache;
  readonly keyFrames: KeyFrameRequests;
  readonly canRequestKeyFrame: () => boolean;
}

/** The viewers of one camera. */
export class Audience {
  readonly #parts: AudienceParts;
  readonly #seats = new Map<ViewerPeer, Seat>();
  #unsentCount = 0;

  constructor(parts: AudienceParts) {
    this.#parts = parts;
  }

  get seats(): Iterable<Seat> {
    return this.#seats.values();
  }

  get size(): number {
    return this.#seats.size;
  }

  /** Somebody waits for a picture, or for the rest of the cached ones. */
  get isCatchingUp(): boolean {
    for (const { place } of this.#seats.values()) {
      if (place === "waiting" || place === "catching_up") return true;
    }
    return false;
  }

  /** A viewer who is up. */
  join(peer: ViewerPeer, nowMs: number): void {
    const seat = newSeat(peer);
    this.#seats.set(peer, seat);
    this.#start(seat, nowMs);
  }

  /** The viewer goes, wherever it stands. */
  leave(peer: ViewerPeer): void {
    this.#seats.delete(peer);
  }

  /** Stops or resumes a viewer's pictures. */
  pause(peer: ViewerPeer, paused: boolean): void {
    const seat = this.#seats.get(peer);
    if (seat === undefined || (seat.place === "paused") === paused) return;
    if (paused) seat.place = "paused";
    else this.#start(seat, performance.now());
  }

  /** Who gets the picture that has just come. */
  forPicture(isKeyFrame: boolean): Seat[] {
    const seats: Seat[] = [];
    for (const seat of this.#seats.values()) {
      if (seat.place === "paused") continue;
      if (isKeyFrame) seat.place = "live";
      if (seat.place === "live") seats.push(seat);
      else if (seat.place === "waiting" && seat.sentSeconds > -Infinity) {
        this.#unsentCount++;
      }
    }
    return seats;
  }

  /** A picture was lost for all: what follows builds on it. */
  interrupt(nowMs: number): void {
    this.#parts.group.clear();
    for (const seat of this.#seats.values()) {
      if (seat.place !== "paused") this.#wait(seat, nowMs);
    }
    this.#parts.keyFrames.want(nowMs);
  }

  /** A picture was lost for one. */
  lose(seat: Seat, nowMs: number): void {
    this.#unsentCount++;
    this.#wait(seat, nowMs);
    this.#parts.keyFrames.want(nowMs);
  }

  /** Pictures that viewers should have got and did not, since last asked. */
  takeUnsentCount(): number {
    const count = this.#unsentCount;
    this.#unsentCount = 0;
    return count;
  }

  /** The cached picture that a viewer is to get next, if it is to get one. */
  nextCached(seat: Seat, nowMs: number): CachedUnit | undefined {
    const { units } = this.#parts.group;
    if (seat.place === "waiting" && this.#mayCatchUp(seat, nowMs)) {
      seat.place = "catching_up";
      seat.cursor = 0;
    }
    if (seat.place !== "catching_up") return undefined;
    const unit = units[seat.cursor];
    if (unit !== undefined) {
      seat.cursor++;
    } else if (units.length > 0 && seat.cursor === units.length) {
      seat.place = "live";
    } else {
      // The group has outgrown its cache before its end was reached.
      this.lose(seat, nowMs);
    }
    return unit;
  }

  #start(seat: Seat, nowMs: number): void {
    seat.place = "waiting";
    seat.waitingSinceMs = nowMs;
    const [first] = this.#parts.group.units;
    const ageSeconds = monotonicSeconds() - (first?.grabSeconds ?? -Infinity);
    if (ageSeconds * 1000 <= CACHED_START_AGE_MS && this.#hasNews(seat)) {
      seat.place = "catching_up";
      seat.cursor = 0;
    } else this.#parts.keyFrames.want(nowMs);
  }

  #wait(seat: Seat, nowMs: number): void {
    if (seat.place !== "waiting") seat.waitingSinceMs = nowMs;
    seat.place = "waiting";
  }

  /** The sink cannot be asked for a key frame, or has not given one. */
  #mayCatchUp(seat: Seat, nowMs: number): boolean {
    const hasWaited = nowMs - seat.waitingSinceMs >= KEY_FRAME_WAIT_MS;
    return (hasWaited || !this.#parts.canRequestKeyFrame()) &&
      this.#hasNews(seat);
  }

  /** Whether the cached group begins after all that the viewer has got. */
  #hasNews({ sentSeconds }: Seat): boolean {
    const [first] = this.#parts.group.units;
    return first !== undefined && first.grabSeconds > sentSeconds;
  }
}
