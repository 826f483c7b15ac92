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
  CATCH_UP_SIZE_MAX,
  IDLE_POLL_INTERVAL_MS,
  POLL_INTERVAL_MS,
} from "../../limits.ts";
import type { Logger } from "../../log.ts";
import { Packetizer } from "../h264/packetizer.ts";
import { monotonicSeconds } from "../memsink/libc.ts";
import type { SinkFrame } from "../memsink/poll.ts";
import { MemsinkReader } from "../memsink/reader.ts";
import { Audience } from "./audience.ts";
import { type Clock, ntpTime, rtpTimestamp } from "./clock.ts";
import { EXTENSION_BLOCK_SIZE_MAX } from "./extensions.ts";
import { type CachedUnit, GroupCache, type UnitFacts } from "./group_cache.ts";
import { KeyFrameRequests } from "./key_frame_requests.ts";
import { extensionGroups, type Seat } from "./seat.ts";
import { Rhythm } from "./rhythm.ts";
import type { ViewerPeer } from "./viewer_peer.ts";

const CLOCK: Clock = { monotonicSeconds, wallMs: Date.now };

/** A camera's stream. All of it runs in the media thread. */
export class CameraStream implements Disposable {
  readonly id: string;
  readonly #config: CameraConfig;
  readonly #reader: MemsinkReader;
  readonly #packetizer: Packetizer;
  readonly #group = new GroupCache();
  readonly #keyFrames: KeyFrameRequests;
  readonly #audience: Audience;
  readonly #log: Logger;
  #reported: CameraState | undefined;
  #refusedInRow = 0;
  /** How often the reader's frames have ceased to follow one another. */
  #breakCount = 0;
  #hasFrames = false;
  readonly #rhythm = new Rhythm();
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
    this.#config = config;
    this.#packetizer = packetizer;
    this.#log = log;
    this.#reader = new MemsinkReader(config.sink ?? "");
    this.#keyFrames = new KeyFrameRequests(() =>
      this.#reader.requestKeyFrame()
    );
    this.#audience = new Audience({
      group: this.#group,
      keyFrames: this.#keyFrames,
      canRequestKeyFrame: () => this.#reader.canRequestKeyFrame,
    });
  }

  /** Whether it is what a camera is configured to be. */
  is({ id, name, sink, packetSizeMax }: CameraConfig): boolean {
    return this.id === (id ?? name) && this.#config.sink === sink &&
      this.#config.packetSizeMax === packetSizeMax;
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
      viewers: this.#audience.size,
    };
  }

  /** Somebody will soon need a key frame: the wait overlaps the handshake. */
  wantKeyFrame(nowMs: number): void {
    this.#keyFrames.want(nowMs);
  }

  /** The viewer is up: it starts at a key frame, the next or a fresh one. */
  join(peer: ViewerPeer, nowMs: number): void {
    this.#audience.join(peer, nowMs);
  }

  /** Stops or resumes a viewer's pictures. */
  pause(peer: ViewerPeer, paused: boolean): void {
    this.#audience.pause(peer, paused);
  }

  /** The viewer goes, wherever it stands. */
  leave(peer: ViewerPeer): void {
    this.#audience.leave(peer);
  }

  /** One turn: a look at the sink, and what follows from it. */
  tick(nowMs: number): void {
    const { frame } = this.#packetizer;
    const poll = this.#reader.poll(frame, nowMs);
    const breakCount = this.#reader.droppedCount + this.#reader.sinkCount;
    if (breakCount !== this.#breakCount) this.#audience.interrupt(nowMs);
    this.#breakCount = breakCount;
    if (poll.kind === "frame") {
      this.#rhythm.found(nowMs);
      this.#frame(poll, nowMs);
    }
    this.#keyFrames.tick(nowMs);
    this.#catchUp(nowMs);
    this.#tellState(nowMs);
  }

  /** Milliseconds until the next `tick` is worth it; 0: a frame is due. */
  waitMs(nowMs: number): number {
    const audience = this.#audience;
    if (audience.size === 0) return IDLE_POLL_INTERVAL_MS;
    if (audience.isCatchingUp) return POLL_INTERVAL_MS;
    const waitMs = this.#rhythm.waitMs(nowMs) ?? POLL_INTERVAL_MS;
    return Math.min(waitMs, IDLE_POLL_INTERVAL_MS);
  }

  /** Once a second: sender reports and the frame rate. */
  second(): void {
    this.#fps = this.#frameCount;
    this.#frameCount = 0;
    const unsentCount = this.#audience.takeUnsentCount();
    if (unsentCount > 0) {
      const fields = { camera: this.id, count: unsentCount };
      this.#log.info("pictures not sent", fields);
    }
    if (this.#lastGrabSeconds === 0) return;
    const time = ntpTime(CLOCK, this.#lastGrabSeconds);
    const at = { rtpTimestamp: rtpTimestamp(this.#lastGrabSeconds) };
    for (const { peer, place } of this.#audience.seats) {
      if (place === "live" || place === "catching_up") peer.report(at, time);
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
    this.#send(this.#audience.forPicture(isKeyFrame), facts);
  }

  /** Nothing of it is sent. */
  #refused(refusal: string, nowMs: number): void {
    this.#refusedInRow++;
    this.#audience.interrupt(nowMs);
    if (this.#refusedInRow === 1) {
      this.#log.warn("access unit refused", { camera: this.id, refusal });
    }
  }

  /** Sends the access unit that the packetizer has begun. */
  #send(seats: readonly Seat[], facts: UnitFacts): void {
    if (seats.length === 0) return;
    const packetizer = this.#packetizer;
    const time = { rtpTimestamp: rtpTimestamp(facts.grabSeconds) };
    let packet = packetizer.next();
    if (packet === undefined) return;
    const captureNtp = ntpTime(CLOCK, facts.grabSeconds);
    const { noPlayoutDelay } = facts;
    const alike = extensionGroups(seats, { noPlayoutDelay, captureNtp });
    for (const [block, group] of alike) {
      packet = packetizer.extend(block);
      for (const seat of group) {
        seat.sentSeconds = facts.grabSeconds;
        this.#sendTo(seat, packet, time);
      }
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
    this.#audience.lose(seat, performance.now());
  }

  /** Sends a little of the cached group, so that nobody live has to wait. */
  #catchUp(nowMs: number): void {
    let sizeLeft = CATCH_UP_SIZE_MAX;
    for (const seat of this.#audience.seats) {
      while (sizeLeft > 0) {
        const unit = this.#audience.nextCached(seat, nowMs);
        if (unit === undefined) break;
        sizeLeft -= unit.end - unit.start;
        this.#resend(seat, unit);
      }
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

  #tellState(nowMs: number): void {
    const { state } = this;
    if (state === this.#reported) return;
    this.#reported = state;
    if (state !== "live" && state !== "no_signal") {
      // Whatever comes after may be another encoder's.
      this.#audience.interrupt(nowMs);
      this.#hasFrames = false;
    }
    this.#log.info("camera state", {
      camera: this.id,
      state,
      detail: this.#reader.detail || undefined,
    });
  }
}
