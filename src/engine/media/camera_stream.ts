/**
 * One camera: its sink's frames, cut into packets once, sent to all viewers.
 *
 * @module
 */

import type { CameraConfig } from "../../config/config.ts";
import type { CameraReport } from "../../janus/message.ts";
import type { CameraState } from "../../janus/status.ts";
import {
  BAD_ACCESS_UNITS_MAX,
  CACHED_START_AGE_MS,
  CATCH_UP_SIZE_MAX,
  KEY_FRAME_WAIT_MS,
} from "../../limits.ts";
import type { Logger } from "../../log.ts";
import { Packetizer } from "../h264/packetizer.ts";
import { monotonicSeconds } from "../memsink/libc.ts";
import type { SinkFrame } from "../memsink/poll.ts";
import { MemsinkReader } from "../memsink/reader.ts";
import { type Clock, ntpTime, rtpTimestamp } from "./clock.ts";
import { EXTENSION_BLOCK_SIZE_MAX, extensionBlock } from "./extensions.ts";
import { type CachedUnit, GroupCache, type UnitFacts } from "./group_cache.ts";
import { KeyFrameRequests } from "./key_frame_requests.ts";
import type { ViewerPeer } from "./viewer_peer.ts";

/** Where a viewer stands in the stream. */
interface Seat {
  readonly peer: ViewerPeer;
  /**
   * `waiting` for a key frame; `catching_up` on the cached group, from unit
   * `cursor` on; `live`.
   */
  place: "waiting" | "catching_up" | "live";
  cursor: number;
  waitingSinceMs: number;
}

const CLOCK: Clock = { monotonicSeconds, wallMs: Date.now };

/** A camera's stream. All of it runs in the media thread. */
export class CameraStream implements Disposable {
  readonly id: string;
  readonly #reader: MemsinkReader;
  readonly #packetizer: Packetizer;
  readonly #group = new GroupCache();
  readonly #seats = new Map<ViewerPeer, Seat>();
  readonly #keyFrames: KeyFrameRequests;
  readonly #log: Logger;
  #reported: CameraState | undefined;
  #refusedInRow = 0;
  #hasFrames = false;
  #lastGrabSeconds = 0;
  #frameCount = 0;
  #fps = 0;

  /** Opens a camera; its sink may come and go. */
  static async open(config: CameraConfig, log: Logger): Promise<CameraStream> {
    const packetizer = await Packetizer.create({
      packetSizeMax: config.packetSizeMax,
      extensionSizeMax: EXTENSION_BLOCK_SIZE_MAX,
    });
    return new CameraStream(config, { packetizer, log });
  }

  private constructor(
    config: CameraConfig,
    { packetizer, log }: { packetizer: Packetizer; log: Logger },
  ) {
    this.id = config.id ?? config.name;
    this.#packetizer = packetizer;
    this.#log = log;
    this.#reader = new MemsinkReader(config.sink ?? "");
    this.#keyFrames = new KeyFrameRequests(() =>
      this.#reader.requestKeyFrame()
    );
  }

  /** Why there is a picture, or none. */
  get state(): CameraState {
    const { state } = this.#reader;
    const isFlowing = state === "live" || state === "no_signal";
    if (isFlowing && this.#refusedInRow >= BAD_ACCESS_UNITS_MAX) {
      return "invalid_stream";
    }
    // Frames without parameter sets are nothing that could be offered.
    return isFlowing && !this.#hasFrames ? "sink_waiting" : state;
  }

  /** The live stream's, once viewers can be served. */
  get profileLevelId(): string | undefined {
    const { state } = this;
    return state === "live" || state === "no_signal"
      ? this.#packetizer.profileLevelId
      : undefined;
  }

  get viewerCount(): number {
    return this.#seats.size;
  }

  /** What `status` says. */
  get report(): CameraReport {
    const { width, height, profileLevelId } = this.#packetizer;
    return {
      id: this.id,
      state: this.state,
      ...(this.#reader.detail !== "" && { detail: this.#reader.detail }),
      ...(profileLevelId !== undefined && {
        width,
        height,
        "profile_level_id": profileLevelId,
      }),
      fps: this.#fps,
      viewers: this.#seats.size,
    };
  }

  /** Somebody will soon need a key frame: the wait overlaps the handshake. */
  wantKeyFrame(nowMs: number): void {
    this.#keyFrames.want(nowMs);
  }

  /** The viewer is up: it starts at the next key frame, or a fresh cached one. */
  join(peer: ViewerPeer, nowMs: number): void {
    const seat: Seat = {
      peer,
      place: "waiting",
      cursor: 0,
      waitingSinceMs: nowMs,
    };
    this.#seats.set(peer, seat);
    const [first] = this.#group.units;
    const ageSeconds = monotonicSeconds() - (first?.grabSeconds ?? -Infinity);
    if (ageSeconds * 1000 <= CACHED_START_AGE_MS) seat.place = "catching_up";
    else this.wantKeyFrame(nowMs);
  }

  /** The viewer goes, wherever it stands. */
  leave(peer: ViewerPeer): void {
    this.#seats.delete(peer);
  }

  /** One turn: a look at the sink, and what follows from it. */
  tick(nowMs: number): void {
    const { frame } = this.#packetizer;
    const poll = this.#reader.poll(frame, nowMs);
    if (poll.kind === "frame") this.#frame(poll, nowMs);
    this.#keyFrames.tick(nowMs);
    for (const seat of this.#seats.values()) {
      if (seat.place !== "live") this.#catchUp(seat, nowMs);
    }
    this.#tellState();
  }

  /** Once a second: sender reports and the frame rate. */
  second(): void {
    this.#fps = this.#frameCount;
    this.#frameCount = 0;
    if (this.#lastGrabSeconds === 0) return;
    const time = ntpTime(CLOCK, this.#lastGrabSeconds);
    const at = { rtpTimestamp: rtpTimestamp(this.#lastGrabSeconds) };
    for (const { peer, place } of this.#seats.values()) {
      if (place !== "waiting") peer.report(at, time);
    }
  }

  [Symbol.dispose](): void {
    this.#reader[Symbol.dispose]();
  }

  #frame(frame: SinkFrame, nowMs: number): void {
    const { grabSeconds, size, gop, stale } = frame;
    const packetizer = this.#packetizer;
    const facts: UnitFacts = { grabSeconds, noPlayoutDelay: gop === 0 };
    if (!stale) this.#group.stage(packetizer.frame.subarray(0, size));
    const packets = packetizer.begin(size, rtpTimestamp(grabSeconds));
    if (typeof packets === "string") return this.#refused(packets, nowMs);
    this.#refusedInRow = 0;
    // One that was found lying there tells its parameter sets, no more.
    if (stale || packets === 0) return;
    this.#hasFrames ||= packetizer.profileLevelId !== undefined;
    this.#frameCount++;
    this.#lastGrabSeconds = grabSeconds;
    const { isKeyFrame } = packetizer;
    this.#group.keep(isKeyFrame, facts);
    if (isKeyFrame) this.#keyFrames.satisfied();
    this.#send(this.#audience(isKeyFrame), facts);
  }

  /** All-or-nothing: what follows an access unit that was refused is broken. */
  #refused(refusal: string, nowMs: number): void {
    this.#refusedInRow++;
    this.#group.clear();
    this.#keyFrames.want(nowMs);
    if (this.#refusedInRow === 1) {
      this.#log.warn("access unit refused", { camera: this.id, refusal });
    }
  }

  /** Who gets this picture: a key frame makes all of them live. */
  #audience(isKeyFrame: boolean): Seat[] {
    const seats: Seat[] = [];
    for (const seat of this.#seats.values()) {
      if (isKeyFrame) seat.place = "live";
      if (seat.place === "live") seats.push(seat);
    }
    return seats;
  }

  /** Sends the access unit that the packetizer has begun. */
  #send(seats: readonly Seat[], facts: UnitFacts): void {
    if (seats.length === 0) return;
    const packetizer = this.#packetizer;
    const time = { rtpTimestamp: rtpTimestamp(facts.grabSeconds) };
    let packet = packetizer.next();
    if (packet === undefined) return;
    for (const [block, group] of this.#byExtension(seats, facts)) {
      packet = packetizer.extend(block);
      for (const seat of group) this.#sendTo(seat, packet, time);
    }
    while ((packet = packetizer.next()) !== undefined) {
      for (const seat of seats) this.#sendTo(seat, packet, time);
    }
  }

  #sendTo(
    seat: Seat,
    packet: Uint8Array,
    time: { readonly rtpTimestamp: number },
  ): void {
    if (seat.place === "waiting" || seat.peer.send(packet, time)) return;
    // Not even the system took it: nothing more until the next key frame.
    seat.place = "waiting";
    seat.waitingSinceMs = performance.now();
    this.#keyFrames.want(seat.waitingSinceMs);
  }

  /** The header extension of each group of viewers that negotiated alike. */
  #byExtension(
    seats: readonly Seat[],
    { grabSeconds, noPlayoutDelay }: UnitFacts,
  ): Iterable<[Uint8Array, Seat[]]> {
    const captureNtp = ntpTime(CLOCK, grabSeconds);
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

  /** Sends a little of the cached group, so that nobody else has to wait. */
  #catchUp(seat: Seat, nowMs: number): void {
    const { units } = this.#group;
    if (seat.place === "waiting") {
      const hasWaited = nowMs - seat.waitingSinceMs >= KEY_FRAME_WAIT_MS ||
        !this.#reader.canRequestKeyFrame;
      if (!hasWaited || units.length === 0 || !seat.peer.isUp) return;
      seat.place = "catching_up";
      seat.cursor = 0;
    }
    for (let left = CATCH_UP_SIZE_MAX; left > 0;) {
      const unit = units[seat.cursor];
      if (unit === undefined) {
        // A group that ended before its end was reached has been dropped.
        const isAtEnd = units.length > 0 && seat.cursor === units.length;
        seat.place = isAtEnd ? "live" : "waiting";
        return;
      }
      seat.cursor++;
      left -= unit.end - unit.start;
      this.#resend(seat, unit);
      if (seat.place !== "catching_up") return;
    }
  }

  #resend(seat: Seat, unit: CachedUnit): void {
    const bytes = this.#group.bytes(unit);
    this.#packetizer.frame.set(bytes);
    const packets = this.#packetizer.begin(
      bytes.length,
      rtpTimestamp(unit.grabSeconds),
    );
    if (typeof packets === "number") this.#send([seat], unit);
  }

  #tellState(): void {
    const { state } = this;
    if (state === this.#reported) return;
    this.#reported = state;
    // What was cached does not continue after a break.
    if (state !== "live" && state !== "no_signal") {
      this.#group.clear();
      this.#hasFrames = false;
    }
    this.#log.info("camera state", {
      camera: this.id,
      state,
      detail: this.#reader.detail || undefined,
    });
  }
}
