/**
 * A real WebRTC receiver at a Janus API endpoint: node-datachannel hands out
 * the packets as they came.
 *
 * @module
 */

import nodeDatachannel, {
  type PeerConnection,
  type RtcConfig,
  type Track,
} from "node-datachannel";
import { Buffer } from "node:buffer";
import type { JanusClient } from "../../src/janus/client.ts";
import type { JanusResponse, Jsep } from "../../src/janus/message.ts";
import type { JanusHandle, JanusSession } from "../../src/janus/session.ts";
import {
  Depacketizer,
  parseRtpPacket,
  type ReceivedAccessUnit,
} from "./depacketizer.ts";

const WAIT_MS = 30_000;

/** How a viewer is to be. */
export interface TestViewerOptions {
  readonly plugin?: string;
  readonly rtc?: Partial<RtcConfig>;
  /** Changes the candidates that the other end trickles; none: dropped. */
  readonly route?: (candidate: string) => string | undefined;
}

/** A session with one handle and, from `watch` on, one peer connection. */
export class TestViewer implements Disposable {
  /** RTP packets in the order in which they came. */
  readonly packets: Uint8Array[] = [];
  /** When each of them came. */
  readonly arrivedMs: number[] = [];
  /** RTCP packets, such as sender reports. */
  readonly reports: Uint8Array[] = [];
  /** What the handle was told without having asked. */
  readonly events: JanusResponse[] = [];
  session!: JanusSession;
  handle!: JanusHandle;
  peer!: PeerConnection;
  readonly #options: TestViewerOptions;
  #track: Track | undefined;
  #hasRemote = false;
  #early: [string, string][] = [];

  static async attach(
    client: JanusClient,
    options: TestViewerOptions = {},
  ): Promise<TestViewer> {
    const viewer = new TestViewer(options);
    viewer.session = await client.create({
      onEvent: (event) => viewer.#event(event),
    });
    const { plugin = "janus.plugin.ustreamer" } = options;
    viewer.handle = await viewer.session.attach(plugin);
    return viewer;
  }

  /** Attaches and watches. */
  static async watch(
    client: JanusClient,
    body: Readonly<Record<string, unknown>> = {},
    options: TestViewerOptions = {},
  ): Promise<TestViewer> {
    const viewer = await TestViewer.attach(client, options);
    await viewer.watch(body);
    return viewer;
  }

  private constructor(options: TestViewerOptions) {
    this.#options = options;
  }

  /** Asks for an offer and answers it; `edit` changes the answer. */
  async watch(
    body: Readonly<Record<string, unknown>> = {},
    edit: (sdp: string) => string = (sdp) => sdp,
  ): Promise<JanusResponse> {
    const offered = await this.ask({ request: "watch", ...body });
    if (offered.jsep === undefined) throw new Error(JSON.stringify(offered));
    const { type, sdp } = await this.answer(offered.jsep.sdp);
    return await this.ask({ request: "start" }, { type, sdp: edit(sdp) });
  }

  /** The answer to an offer, with all candidates. */
  async answer(offer: string): Promise<Jsep> {
    this.open();
    this.peer.setRemoteDescription(offer, "offer");
    this.#remoteIsSet();
    return await this.#described("answer");
  }

  /** Offers by itself, as WHEP does; gives the engine's event. */
  async offer(
    body: Readonly<Record<string, unknown>>,
    prepare: (peer: PeerConnection) => Track = recvOnly(),
  ): Promise<JanusResponse> {
    this.open();
    this.#take(prepare(this.peer));
    this.peer.setLocalDescription("offer");
    const { sdp } = await this.#described("offer");
    const trickle = body.trickle as boolean | undefined;
    const jsep = { sdp, type: "offer" as const };
    const event = await this.ask(
      { request: "watch", ...body },
      trickle === undefined ? jsep : { ...jsep, trickle },
    );
    if (event.jsep !== undefined) {
      this.peer.setRemoteDescription(event.jsep.sdp, "answer");
      this.#remoteIsSet();
    }
    return event;
  }

  /** A fresh peer connection instead of the one before. */
  open(): void {
    this.#closePeer();
    this.peer = new nodeDatachannel.PeerConnection("test", {
      iceServers: [],
      bindAddress: "127.0.0.1",
      disableAutoNegotiation: true,
      ...this.#options.rtc,
    });
    this.peer.onTrack((track) => this.#take(track));
  }

  /** Sends a message to the plugin and waits for its event. */
  ask(body: unknown, jsep?: Jsep): Promise<JanusResponse> {
    return this.handle.message(body, jsep);
  }

  /** Waits until so many packets have come. */
  async received(count: number): Promise<void> {
    await until(
      () => this.packets.length >= count,
      () =>
        `${this.packets.length} of ${count} packets, ` +
        JSON.stringify(this.events),
    );
  }

  /** Waits for an event of this name. */
  async event(janus: string): Promise<JanusResponse> {
    const find = () => this.events.find((event) => event.janus === janus);
    await until(
      () => find() !== undefined,
      () => `no ${janus}: ${JSON.stringify(this.events)}`,
    );
    return find()!;
  }

  /** What came until now as access units; throws if it is not well-formed. */
  accessUnits(): ReceivedAccessUnit[] {
    const depacketizer = new Depacketizer();
    return this.packets.flatMap((packet) => depacketizer.add(packet) ?? []);
  }

  /** Sends RTCP on the media path. */
  sendRtcp(bytes: readonly number[]): void {
    this.#track?.sendMessageBinary(Buffer.from(bytes));
  }

  /** Asks for a key frame on the media path (RFC 4585 section 6.3.1). */
  sendPli(): void {
    this.sendRtcp([0x81, 206, 0, 2, 0, 0, 0, 1, ...this.#ssrc()]);
  }

  /** The older way to ask (RFC 5104 section 4.3.1). */
  sendFir(number: number): void {
    this.sendRtcp([
      ...[0x84, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0],
      ...this.#ssrc(),
      ...[number, 0, 0, 0],
    ]);
  }

  /** Asks for lost packets (RFC 4585 section 6.2.1). */
  sendNack(sequenceNumbers: readonly number[]): void {
    const items = sequenceNumbers.flatMap((number) => [
      number >> 8,
      number & 0xff,
      0,
      0,
    ]);
    const words = 2 + sequenceNumbers.length;
    this.sendRtcp([
      ...[0x81, 205, words >> 8, words & 0xff, 0, 0, 0, 1],
      ...this.#ssrc(),
      ...items,
    ]);
  }

  /** Goes without a word to the other end's signalling. */
  [Symbol.dispose](): void {
    this.#closePeer();
  }

  #ssrc(): Uint8Array {
    return this.packets[0]?.slice(8, 12) ?? new Uint8Array(4);
  }

  #closePeer(): void {
    if (this.#hasRemote || this.peer !== undefined) {
      this.#track?.close();
      this.peer.close();
    }
    this.#track = undefined;
    this.#hasRemote = false;
  }

  #event(event: JanusResponse): void {
    this.events.push(event);
    const { candidate, sdpMid } = (event.candidate ?? {}) as {
      candidate?: string;
      sdpMid?: string;
    };
    if (event.janus !== "trickle" || !candidate) return;
    const { route = (line) => line } = this.#options;
    const line = route(candidate);
    if (line === undefined) return;
    if (this.#hasRemote) this.peer.addRemoteCandidate(line, sdpMid ?? "");
    else this.#early.push([line, sdpMid ?? ""]);
  }

  #remoteIsSet(): void {
    this.#hasRemote = true;
    for (const [line, mid] of this.#early) {
      this.peer.addRemoteCandidate(line, mid);
    }
    this.#early = [];
  }

  #take(track: Track): void {
    // Kept: what nobody holds is collected, and its callbacks with it.
    this.#track = track;
    track.onMessage((packet) => {
      const type = (packet[1] ?? 0) & 0x7f;
      // RTCP shares the port (RFC 5761 section 4).
      if (type >= 64 && type < 96) {
        this.reports.push(Uint8Array.from(packet));
      } else {
        this.packets.push(Uint8Array.from(packet));
        this.arrivedMs.push(performance.now());
      }
    });
  }

  async #described(type: "offer" | "answer"): Promise<Jsep> {
    if (type === "answer") this.peer.setLocalDescription("answer");
    await until(
      () => this.peer.gatheringState() === "complete",
      () => "candidates are not complete",
    );
    const description = this.peer.localDescription();
    if (description === null) throw new Error("there is no description");
    return { type, sdp: description.sdp };
  }
}

/** A video section that receives, as libdatachannel writes it. */
export function recvOnly(
  { mid = "0", payloadType = 100, profile = "42e01f" }: {
    mid?: string;
    payloadType?: number;
    profile?: string;
  } = {},
): (peer: PeerConnection) => Track {
  return (peer) => {
    const video = new nodeDatachannel.Video(mid, "RecvOnly");
    video.addH264Codec(
      payloadType,
      "level-asymmetry-allowed=1;packetization-mode=1;" +
        `profile-level-id=${profile}`,
    );
    return peer.addTrack(video);
  };
}

/** Sequence number, timestamp and the rest of a packet. */
export { parseRtpPacket };

/** Waits for something that a real process does. */
export async function until(
  condition: () => boolean,
  otherwise: () => string,
): Promise<void> {
  const endMs = performance.now() + WAIT_MS;
  while (!condition()) {
    if (performance.now() > endMs) throw new Error(otherwise());
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
