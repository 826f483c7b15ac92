/**
 * The media half of the engine: cameras, viewers, and the loop that keeps
 * their rhythm.
 *
 * @module
 */

import nodeDatachannel, { type RtcConfig } from "node-datachannel";
import type { EngineConfig } from "../../config/config.ts";
import { PLUGIN_ERROR } from "../../janus/message.ts";
import { CAMERA_STATES } from "../../janus/status.ts";
import {
  HALF_OPEN_VIEWERS_MAX,
  HANDSHAKE_TIMEOUT_MS,
  IDLE_POLL_INTERVAL_MS,
  POLL_INTERVAL_MS,
  SLOW_LINK_LOSS_MIN,
  VIEWERS_MAX,
  WATCH_WAIT_MS,
} from "../../limits.ts";
import type { Logger } from "../../log.ts";
import type { ToMedia, ToSignalling } from "../channel/messages.ts";
import type { CameraStream } from "./camera_stream.ts";
import { nativeIceServers } from "./ice_servers.ts";
import { SdpError } from "./sdp.ts";
import { ViewerPeer } from "./viewer_peer.ts";

type Watch = Extract<ToMedia, { kind: "watch" }>;

/** A viewer from `watch` on; one per Janus handle. */
interface Viewing {
  readonly stream: CameraStream;
  readonly watch: Watch;
  readonly sinceMs: number;
  /** None: no frame has come yet. */
  peer: ViewerPeer | undefined;
  lost: number;
}

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
  readonly #rtc: RtcConfig;
  readonly #viewings = new Map<number, Viewing>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #nextSecondMs = 0;
  #isClosed = false;

  /** Reads credentials of TURN servers; rejects if it cannot. */
  static async create(parts: MediaParts): Promise<Media> {
    return new Media(parts, await rtcConfig(parts.engine));
  }

  private constructor(parts: MediaParts, rtc: RtcConfig) {
    this.#parts = parts;
    this.#rtc = rtc;
    this.#loop();
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
        return this.#viewings.get(message.handle)?.peer?.addCandidate(
          message.candidate,
        );
      case "key_frame":
        return this.#viewings.get(message.handle)?.stream.wantKeyFrame(
          performance.now(),
        );
      case "close":
        return this.#close(message.handle);
      case "status":
        return this.#parts.post({
          ...message,
          cameras: this.#parts.streams.map(({ report }) => report),
        });
    }
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const handle of [...this.#viewings.keys()]) this.#close(handle);
    for (const stream of this.#parts.streams) stream[Symbol.dispose]();
    nodeDatachannel.cleanup();
  }

  #loop(): void {
    if (this.#isClosed) return;
    const nowMs = performance.now();
    for (const stream of this.#parts.streams) stream.tick(nowMs);
    if (nowMs >= this.#nextSecondMs) this.#second(nowMs);
    this.#serveWaiting(nowMs);
    this.#timer = setTimeout(
      () => this.#loop(),
      this.#viewings.size === 0 ? IDLE_POLL_INTERVAL_MS : POLL_INTERVAL_MS,
    );
  }

  #second(nowMs: number): void {
    this.#nextSecondMs = nowMs + 1000;
    for (const stream of this.#parts.streams) stream.second();
    for (const [handle, viewing] of this.#viewings) {
      const { peer, lost } = viewing;
      if (lost >= SLOW_LINK_LOSS_MIN) {
        this.#parts.post({ kind: "slow", handle, mid: peer?.mid ?? "", lost });
      }
      viewing.lost = 0;
      const isLate = nowMs - viewing.sinceMs > HANDSHAKE_TIMEOUT_MS;
      if (peer !== undefined && !peer.isUp && isLate) {
        this.#hangUp(handle, "ICE failed");
      }
      this.#checkProfile(handle, viewing);
    }
  }

  /** A decoder that was told of another profile is better begun anew. */
  #checkProfile(handle: number, { stream, peer }: Viewing): void {
    const { profileLevelId } = stream;
    if (peer === undefined || profileLevelId === undefined) return;
    if (peer.takesProfile(profileLevelId)) return;
    this.#hangUp(handle, "The camera's H.264 profile has changed");
  }

  #watch(watch: Watch): void {
    const { streams } = this.#parts;
    this.#close(watch.handle);
    const stream = watch.camera === undefined
      ? streams[0]
      : streams.find(({ id }) => id === watch.camera);
    if (stream === undefined) {
      return this.#refuse(watch, PLUGIN_ERROR.cameraNotFound, "No such camera");
    }
    if (this.#isFull()) {
      const { unavailable } = PLUGIN_ERROR;
      return this.#refuse(watch, unavailable, "Too many viewers");
    }
    const nowMs = performance.now();
    stream.wantKeyFrame(nowMs);
    this.#viewings.set(watch.handle, {
      stream,
      watch,
      sinceMs: nowMs,
      peer: undefined,
      lost: 0,
    });
    // The loop looks less often while nobody watches.
    clearTimeout(this.#timer);
    this.#loop();
  }

  #isFull(): boolean {
    if (this.#viewings.size >= VIEWERS_MAX) return true;
    let halfOpen = 0;
    for (const { peer } of this.#viewings.values()) {
      if (!peer?.isUp) halfOpen++;
    }
    return halfOpen >= HALF_OPEN_VIEWERS_MAX;
  }

  /** Connects viewers whose camera has a picture, and one a turn only. */
  #serveWaiting(nowMs: number): void {
    for (const [handle, viewing] of this.#viewings) {
      if (viewing.peer !== undefined) continue;
      const { stream, watch } = viewing;
      const { profileLevelId, state } = stream;
      if (profileLevelId !== undefined) {
        return this.#connect(viewing, profileLevelId);
      }
      if (nowMs - viewing.sinceMs < WATCH_WAIT_MS) continue;
      this.#viewings.delete(handle);
      const error = CAMERA_STATES[state].title;
      this.#refuse(watch, PLUGIN_ERROR.unavailable, error, state);
    }
  }

  #connect(viewing: Viewing, profileLevelId: string): void {
    const { stream, watch } = viewing;
    const { handle, request, offer } = watch;
    const { post, engine } = this.#parts;
    const peer = new ViewerPeer({
      rtc: this.#rtc,
      addresses: engine.addresses,
      profileLevelId,
      orientation: watch.orientation,
      events: {
        described: (jsep) => post({ kind: "described", handle, request, jsep }),
        candidate: (candidate, mid) =>
          post({ kind: "candidate", handle, candidate, mid }),
        up: () => {
          stream.join(peer, performance.now());
          post({ kind: "up", handle });
        },
        keyFrameWanted: () => stream.wantKeyFrame(performance.now()),
        lost: (count) => viewing.lost += count,
        gone: (reason) => this.#hangUp(handle, reason),
      },
    });
    viewing.peer = peer;
    this.#orRefuse(watch, () => {
      if (offer === undefined) peer.offer();
      else peer.answer(offer);
    });
  }

  #answer(message: Extract<ToMedia, { kind: "answer" }>): void {
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
  #orRefuse(
    asked: { readonly handle: number; readonly request: number },
    act: () => void,
  ): void {
    try {
      act();
    } catch (error) {
      this.#close(asked.handle);
      const isOurs = error instanceof SdpError;
      // The native library's words may quote the SDP.
      const text = isOurs ? error.message : "The SDP cannot be used";
      this.#refuse(asked, PLUGIN_ERROR.badRequest, text);
      this.#parts.log.info("description refused", { reason: text });
    }
  }

  #refuse(
    { handle, request }: { readonly handle: number; readonly request: number },
    code: number,
    error: string,
    reason?: string,
  ): void {
    this.#parts.post({
      kind: "refused",
      handle,
      request,
      code,
      error,
      ...(reason !== undefined && { reason }),
    });
  }

  #hangUp(handle: number, reason: string): void {
    this.#close(handle);
    this.#parts.post({ kind: "hangup", handle, reason });
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

/** The peers' common settings. */
async function rtcConfig(engine: EngineConfig): Promise<RtcConfig> {
  const { udpPort, addresses, iceServers } = engine;
  const isLoopback = addresses.length > 0 &&
    addresses.every((address) => /^(127\.|::1$)/.test(address));
  return {
    iceServers: await nativeIceServers(iceServers),
    disableAutoNegotiation: true,
    // The agent finds no loopback addresses unless it is bound to one.
    ...(isLoopback && { bindAddress: addresses[0] ?? "" }),
    ...(udpPort !== undefined && {
      enableIceUdpMux: true,
      portRangeBegin: udpPort,
      portRangeEnd: udpPort,
    }),
  };
}
