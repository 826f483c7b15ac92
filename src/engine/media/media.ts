/**
 * The media half of the engine: cameras, viewers, and the loop that keeps
 * their rhythm.
 *
 * @module
 */

import nodeDatachannel, {
  type IceUdpMuxListener,
  type RtcConfig,
} from "node-datachannel";
import type { EngineConfig } from "../../config/config.ts";
import { PLUGIN_ERROR } from "../../janus/message.ts";
import { CAMERA_STATES } from "../../janus/status.ts";
import {
  HANDSHAKE_TIMEOUT_MS,
  IDLE_POLL_INTERVAL_MS,
  POLL_INTERVAL_MS,
  SLOW_LINK_LOSS_MIN,
  WATCH_WAIT_MS,
} from "../../limits.ts";
import type { Logger } from "../../log.ts";
import type { ToMedia, ToSignalling } from "../channel/messages.ts";
import type { CameraStream } from "./camera_stream.ts";
import { holdUdpPort, rtcConfig } from "./rtc_config.ts";
import { SdpError } from "./sdp.ts";
import { Turns } from "./turns.ts";
import { ViewerPeer } from "./viewer_peer.ts";
import { isFull, Viewing, type Watch } from "./viewing.ts";

type Answer = Extract<ToMedia, { kind: "answer" }>;

/** What media needs. */
export interface MediaParts {
  readonly streams: readonly CameraStream[];
  readonly engine: EngineConfig;
  readonly post: (message: ToSignalling) => void;
  readonly log: Logger;
}

/** Cameras and their viewers. */
export class Media implements Disposable {
  readonly #parts: MediaParts;
  #streams: readonly CameraStream[];
  readonly #rtc: RtcConfig;
  readonly #udpPort: IceUdpMuxListener | undefined;
  readonly #viewings = new Map<number, Viewing>();
  readonly #turns = new Turns(() => this.#turn());
  #nextSecondMs = 0;

  /** Rejects if TURN credentials or the UDP port cannot be had. */
  static async create(parts: MediaParts): Promise<Media> {
    return new Media(parts, await rtcConfig(parts.engine));
  }

  private constructor(parts: MediaParts, rtc: RtcConfig) {
    this.#parts = parts;
    this.#streams = parts.streams;
    this.#rtc = rtc;
    this.#udpPort = holdUdpPort(rtc);
    this.#turns.take();
  }

  /** Takes a message of the signalling half. */
  receive(message: ToMedia): void {
    switch (message.kind) {
      case "watch":
        return this.#watch(message);
      case "answer":
        return this.#answer(message);
      case "candidate":
        if (message.candidate === undefined) return;
        return this.#viewings.get(message.handle)?.addCandidate(
          message.candidate,
        );
      case "pause":
        return this.#pause(message);
      case "key_frame":
        return this.#viewings.get(message.handle)?.stream.wantKeyFrame(
          performance.now(),
        );
      case "close":
        return this.#close(message.handle);
      case "status":
        return this.#parts.post({
          ...message,
          cameras: this.#streams.map(({ report }) => report),
        });
    }
  }

  /**
   * Goes over to other streams. Those that stay go on untouched; whoever
   * views one of the rest is hung up.
   */
  replaceStreams(streams: readonly CameraStream[]): void {
    const dropped = this.#streams.filter((stream) => !streams.includes(stream));
    this.#streams = streams;
    for (const viewing of [...this.#viewings.values()]) {
      const { stream, watch, peer } = viewing;
      if (!dropped.includes(stream)) continue;
      if (peer === undefined) this.#watch(watch);
      else this.#hangUp(viewing, "The camera's configuration has changed");
    }
    for (const stream of dropped) stream[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.#turns[Symbol.dispose]();
    for (const handle of [...this.#viewings.keys()]) this.#close(handle);
    for (const stream of this.#streams) stream[Symbol.dispose]();
    this.#udpPort?.stop();
    try {
      nodeDatachannel.cleanup();
    } catch (error) {
      // It waits for its threads ten seconds at most.
      this.#parts.log.warn("peers not closed", { error: String(error) });
    }
  }

  /**
   * Cameras are looked at even while nobody watches, and told so: µStreamer
   * goes on encoding then, which costs, but a camera's state stays true and
   * its parameter sets stay fresh, so that a viewer's offer waits for nothing.
   */
  #turn(): number {
    const streams = this.#streams;
    const nowMs = performance.now();
    for (const stream of streams) stream.tick(nowMs);
    if (nowMs >= this.#nextSecondMs) this.#second(nowMs);
    this.#serveWaiting(nowMs);
    const isAnyoneOnTheWay = this.#viewings.values()
      .some(({ peer }) => !peer?.isUp);
    return Math.min(
      isAnyoneOnTheWay ? POLL_INTERVAL_MS : IDLE_POLL_INTERVAL_MS,
      ...streams.map((stream) => stream.waitMs(nowMs)),
    );
  }

  #second(nowMs: number): void {
    this.#nextSecondMs = nowMs + 1000;
    for (const stream of this.#streams) stream.second();
    for (const viewing of this.#viewings.values()) {
      const { peer } = viewing;
      if (peer === undefined) continue;
      peer.second();
      this.#reportLoss(viewing, peer);
      const isLate = nowMs - viewing.sinceMs > HANDSHAKE_TIMEOUT_MS;
      if (!peer.isUp && isLate) this.#hangUp(viewing, "ICE failed");
      else this.#checkProfile(viewing, peer);
    }
  }

  #reportLoss(viewing: Viewing, { mid }: ViewerPeer): void {
    const { lost, watch: { handle, request: watch } } = viewing;
    viewing.lost = 0;
    if (lost < SLOW_LINK_LOSS_MIN) return;
    this.#parts.post({ kind: "slow", handle, watch, mid, lost });
  }

  /** A decoder that was told of another profile is better begun anew. */
  #checkProfile(viewing: Viewing, peer: ViewerPeer): void {
    const { profileLevelId } = viewing.stream;
    if (profileLevelId === undefined) return;
    if (peer.takesProfile(profileLevelId)) return;
    this.#hangUp(viewing, "The camera's H.264 profile has changed");
  }

  #watch(watch: Watch): void {
    this.#close(watch.handle);
    const stream = watch.camera === undefined
      ? this.#streams[0]
      : this.#streams.find(({ id }) => id === watch.camera);
    if (stream === undefined) {
      return this.#refuse(watch, PLUGIN_ERROR.cameraNotFound, "No such camera");
    }
    const nowMs = performance.now();
    stream.wantKeyFrame(nowMs);
    this.#viewings.set(watch.handle, new Viewing(stream, watch, nowMs));
    // The loop looks less often while nobody watches.
    this.#turns.take();
  }

  /**
   * Connects viewers whose camera has a picture, one a turn only, and tells
   * those who have waited long enough why there is none.
   */
  #serveWaiting(nowMs: number): void {
    let hasRoom: boolean | undefined;
    for (const [handle, viewing] of this.#viewings) {
      if (viewing.peer !== undefined) continue;
      hasRoom ??= !isFull(this.#viewings.values());
      const { stream, watch } = viewing;
      const { profileLevelId, state } = stream;
      if (profileLevelId !== undefined && hasRoom) {
        return this.#connect(viewing, profileLevelId);
      }
      if (nowMs - viewing.sinceMs < WATCH_WAIT_MS) continue;
      this.#viewings.delete(handle);
      const { unavailable } = PLUGIN_ERROR;
      if (profileLevelId !== undefined) {
        this.#refuse(watch, unavailable, "Too many viewers");
      } else {
        const { title } = CAMERA_STATES[state];
        this.#refuse(watch, unavailable, title, state);
      }
    }
  }

  #connect(viewing: Viewing, profileLevelId: string): void {
    const { stream, watch } = viewing;
    const { handle, request, offer } = watch;
    const { post, engine, log } = this.#parts;
    const of = { handle, watch: request };
    this.#orRefuse(watch, () => {
      const peer: ViewerPeer = new ViewerPeer({
        rtc: this.#rtc,
        addresses: engine.addresses,
        profileLevelId,
        orientation: watch.orientation,
        events: {
          described: (jsep) => post({ kind: "described", ...of, jsep }),
          candidate: (candidate, mid) =>
            post({ kind: "candidate", ...of, candidate, mid }),
          up: () => {
            stream.join(peer, performance.now());
            post({ kind: "up", ...of });
          },
          keyFrameWanted: () => stream.wantKeyFrame(performance.now()),
          lost: (count) => viewing.lost += count,
          gone: (reason) => this.#hangUp(viewing, reason),
          failed: (error) => {
            log.error("viewer failed", { error: String(error) });
            this.#hangUp(viewing, "Internal error");
          },
        },
      });
      viewing.peer = peer;
      if (offer === undefined) peer.offer();
      else peer.answer(offer);
      viewing.addEarlyCandidates();
    });
  }

  #pause({ handle, paused }: Extract<ToMedia, { kind: "pause" }>): void {
    const { stream, peer } = this.#viewings.get(handle) ?? {};
    if (peer !== undefined) stream?.pause(peer, paused);
  }

  #answer(message: Answer): void {
    const { handle, request, sdp } = message;
    const peer = this.#viewings.get(handle)?.peer;
    if (peer === undefined) {
      return this.#refuse(
        message,
        PLUGIN_ERROR.badRequest,
        "Nothing is watched",
      );
    }
    this.#orRefuse(message, () => {
      peer.accept(sdp);
      this.#parts.post({ kind: "started", handle, request });
    });
  }

  /** An SDP that cannot be used costs its viewer, nobody else. */
  #orRefuse(asked: Watch | Answer, act: () => void): void {
    try {
      act();
    } catch (error) {
      const isOurs = error instanceof SdpError;
      // The native library's words may quote the SDP.
      const text = isOurs ? error.message : "The SDP cannot be used";
      this.#refuse(asked, PLUGIN_ERROR.badRequest, text);
      this.#close(asked.handle);
      this.#parts.log.info("description refused", { reason: text });
    }
  }

  #refuse(
    { handle, request, kind }: Watch | Answer,
    code: number,
    error: string,
    reason?: string,
  ): void {
    const watch = kind === "watch"
      ? request
      : this.#viewings.get(handle)?.watch.request;
    this.#parts.post({
      kind: "refused",
      handle,
      request,
      watch,
      code,
      error,
      ...(reason !== undefined && { reason }),
    });
  }

  #hangUp({ watch }: Viewing, reason: string): void {
    const { handle, request } = watch;
    // One that was closed meanwhile has nothing more to say.
    if (this.#viewings.get(handle)?.watch !== watch) return;
    this.#close(handle);
    this.#parts.post({ kind: "hangup", handle, watch: request, reason });
  }

  #close(handle: number): void {
    const viewing = this.#viewings.get(handle);
    if (viewing === undefined) return;
    this.#viewings.delete(handle);
    const { stream, peer } = viewing;
    if (peer === undefined) return;
    stream.leave(peer);
    peer.close();
  }
}
