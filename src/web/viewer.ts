/// <reference no-default-lib="true" />
/// <reference lib="esnext" />
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/**
 * One attempt to view a camera: a Janus handle and a peer connection, from
 * dialling to the end of either.
 *
 * @module
 */

import {
  CANDIDATES_MAX,
  FEATURES_MS,
  MEDIA_MS,
  SIGNALLING_MS,
  WATCH_AGAIN_MS,
} from "./bounds.ts";
import type { EndCause, PluginRefusal } from "./end_cause.ts";
import { JanusHandle, type PluginData } from "./janus_handle.ts";
import { Relay } from "./relay.ts";

/** Where a viewer reports to. After `ended` nothing more comes. */
export interface ViewerEvents {
  /** The camera has no picture now; the viewer goes on asking. */
  unavailable(refusal: PluginRefusal): void;
  track(track: MediaStreamTrack): void;
  ended(cause: EndCause): void;
}

/** Chromium's older spelling of `jitterBufferTarget`, in seconds. */
type DelayedReceiver = RTCRtpReceiver & { playoutDelayHint?: number };

/** A camera's viewer. */
export class Viewer {
  readonly #events: ViewerEvents;
  readonly #handle: JanusHandle;
  readonly #peer = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  readonly #relay = new Relay(this.#peer);
  /** It waits until the ICE servers are known: answering asks them. */
  #offer: RTCSessionDescriptionInit | undefined;
  #mayAnswer = false;
  #early: (RTCIceCandidateInit | undefined)[] = [];
  #isConnected = false;
  #isClosed = false;
  #deadline: ReturnType<typeof setTimeout> | undefined;
  #again: ReturnType<typeof setTimeout> | undefined;
  #features: ReturnType<typeof setTimeout> | undefined;

  constructor(url: string | URL, events: ViewerEvents) {
    this.#events = events;
    this.#handle = new JanusHandle(url, {
      attached: () => this.#begin(),
      event: (request, data, jsep) => this.#event(request, data, jsep),
      candidate: (candidate) => this.#candidate(candidate),
      ended: (cause) => this.#end(cause),
    });
    this.#await("signalling", SIGNALLING_MS);
    this.#listen();
  }

  /** Call when the first picture shows, or waits for the user. */
  pictureShown(): void {
    clearTimeout(this.#deadline);
  }

  requestKeyFrame(): void {
    this.#handle.message({ request: "key_required" });
  }

  stats(): Promise<RTCStatsReport> {
    return this.#peer.getStats();
  }

  /** Ends it; no event follows. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#deadline);
    clearTimeout(this.#again);
    clearTimeout(this.#features);
    this.#handle.close();
    this.#peer.close();
  }

  #end(cause: EndCause): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // First told, then closed: the last picture can still be taken.
    this.#events.ended(this.#foundNoRoute(cause) ?? cause);
    this.close();
  }

  /** Either side may be the first to give up, each in its own words. */
  #foundNoRoute(cause: EndCause): EndCause | undefined {
    const isIce = cause.kind === "late"
      ? cause.awaited === "media"
      : cause.kind === "hangup" && cause.reason === "ICE failed";
    return isIce && !this.#isConnected ? this.#noRoute() : undefined;
  }

  #noRoute(): EndCause {
    return { kind: "no_route", relay: this.#relay.state };
  }

  #await(awaited: "signalling" | "media", waitMs: number): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(
      () => this.#end({ kind: "late", awaited }),
      waitMs,
    );
  }

  #listen(): void {
    const peer = this.#peer;
    peer.ontrack = ({ track, receiver }) => {
      if (track.kind !== "video" || this.#isClosed) return;
      showAtOnce(receiver);
      this.#events.track(track);
    };
    peer.onicecandidate = ({ candidate }) => {
      // An empty candidate ends one generation, `null` ends them all.
      if (candidate?.candidate === "") return;
      this.#handle.trickle(
        candidate === null ? undefined : {
          candidate: candidate.candidate,
          sdpMid: candidate.sdpMid,
          sdpMLineIndex: candidate.sdpMLineIndex,
        },
      );
    };
    peer.onconnectionstatechange = () => this.#judgeRoute();
    peer.onicegatheringstatechange = () => this.#judgeRoute();
  }

  /** Chromium gives up before a TURN server has had its say; we do not. */
  #judgeRoute(): void {
    const { connectionState, iceGatheringState } = this.#peer;
    if (connectionState === "connected") this.#isConnected = true;
    if (connectionState !== "failed") return;
    if (this.#isConnected) return this.#end({ kind: "lost" });
    const isGathering = iceGatheringState !== "complete";
    if (this.#relay.isHopeful(isGathering)) return;
    this.#end(this.#noRoute());
  }

  #begin(): void {
    // The answer to `features` overtakes the offer: no round trip is lost.
    this.#handle.message({ request: "features" });
    this.#features = setTimeout(() => this.#serversKnown(), FEATURES_MS);
    this.#watch();
  }

  #watch(): void {
    this.#await("signalling", SIGNALLING_MS);
    this.#handle.message({ request: "watch" });
  }

  #event(
    request: string,
    data: PluginData,
    jsep: RTCSessionDescriptionInit | undefined,
  ): void {
    if (request === "features") {
      const ice = data.result?.features?.ice;
      if (ice !== undefined) this.#relay.use(ice);
      return this.#serversKnown();
    }
    if (data.error_code !== undefined) {
      if (request === "key_required") return;
      return this.#refused({
        kind: "plugin",
        code: data.error_code,
        text: data.error ?? "",
        reason: data.reason,
      });
    }
    if (jsep?.type !== "offer") return;
    if (this.#mayAnswer) return void this.#answer(jsep);
    this.#offer = jsep;
  }

  #serversKnown(): void {
    clearTimeout(this.#features);
    this.#mayAnswer = true;
    const offer = this.#offer;
    this.#offer = undefined;
    if (offer !== undefined) void this.#answer(offer);
  }

  #refused(refusal: PluginRefusal): void {
    if (refusal.code !== 503) return this.#end(refusal);
    clearTimeout(this.#deadline);
    clearTimeout(this.#again);
    this.#again = setTimeout(() => this.#watch(), WATCH_AGAIN_MS);
    this.#events.unavailable(refusal);
  }

  async #answer(offer: RTCSessionDescriptionInit): Promise<void> {
    this.#await("media", MEDIA_MS);
    const peer = this.#peer;
    try {
      await peer.setRemoteDescription(offer);
      for (const candidate of this.#early.splice(0)) this.#candidate(candidate);
      await peer.setLocalDescription();
    } catch {
      return this.#end({ kind: "unsupported" });
    }
    const answer = peer.localDescription;
    if (this.#isClosed || answer === null) return;
    if (!takesVideo(answer.sdp)) return this.#end({ kind: "unsupported" });
    const { type, sdp } = answer;
    this.#handle.message({ request: "start" }, { type, sdp });
  }

  #candidate(candidate: RTCIceCandidateInit | undefined): void {
    if (this.#peer.remoteDescription === null) {
      if (this.#early.length < CANDIDATES_MAX) this.#early.push(candidate);
      return;
    }
    // A candidate that cannot be used is one route less, no error.
    this.#peer.addIceCandidate(candidate).catch(() => {});
  }
}

/** Live pictures are shown when they come, not smoothed. */
function showAtOnce(receiver: DelayedReceiver): void {
  if ("jitterBufferTarget" in receiver) receiver.jitterBufferTarget = 0;
  if ("playoutDelayHint" in receiver) receiver.playoutDelayHint = 0;
}

/** Port zero refuses a medium (RFC 3264 section 6). */
function takesVideo(answerSdp: string): boolean {
  return /^m=video [1-9]/m.test(answerSdp);
}
