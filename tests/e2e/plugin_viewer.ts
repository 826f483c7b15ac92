/**
 * A real WebRTC receiver at the plugin: node-datachannel hands out the RTP
 * packets as they came.
 *
 * @module
 */

import nodeDatachannel, {
  type DescriptionType,
  type PeerConnection,
  type Track,
} from "node-datachannel";
import { Buffer } from "node:buffer";
import type { Jsep } from "../../src/janus/message.ts";
import type { JanusHandle, JanusSession } from "../../src/janus/session.ts";

const WAIT_MS = 30_000;

/** One RTP packet, as far as the tests look at it. */
export interface Packet {
  readonly payloadType: number;
  readonly sequenceNumber: number;
  readonly marker: boolean;
  readonly payload: Uint8Array;
}

/** A viewer with media. */
export class PluginViewer implements Disposable {
  readonly packets: Packet[] = [];
  readonly handle: JanusHandle;
  readonly #peer: PeerConnection;
  #track: Track | undefined;
  #changed = Promise.withResolvers<void>();

  /** Watches as the seed's page does: our offer, its answer. */
  static async watch(
    session: JanusSession,
    body: Record<string, unknown> = {},
  ): Promise<PluginViewer> {
    const viewer = new PluginViewer(
      await session.attach("janus.plugin.ustreamer"),
    );
    await viewer.watch(body);
    return viewer;
  }

  /** Watches with an offer of its own, as WHEP does. */
  static async offer(
    session: JanusSession,
    { id, payloadType, profile }: {
      id: string;
      payloadType: number;
      profile: string;
    },
  ): Promise<PluginViewer> {
    const viewer = new PluginViewer(
      await session.attach("janus.plugin.ustreamer"),
    );
    const video = new nodeDatachannel.Video("video", "RecvOnly");
    video.addH264Codec(
      payloadType,
      `level-asymmetry-allowed=1;packetization-mode=1;` +
        `profile-level-id=${profile}`,
    );
    viewer.#take(viewer.#peer.addTrack(video));
    viewer.#peer.setLocalDescription();
    const offer = await viewer.#described();
    const { jsep } = await viewer.handle.message(
      { request: "watch", id },
      offer,
    );
    viewer.#remote(jsep);
    return viewer;
  }

  constructor(handle: JanusHandle) {
    this.handle = handle;
    this.#peer = new nodeDatachannel.PeerConnection("viewer", {
      iceServers: [],
    });
    this.#peer.onTrack((track) => this.#take(track));
  }

  /** Asks for a camera, and answers the offer. */
  async watch(body: Record<string, unknown> = {}): Promise<void> {
    const { jsep } = await this.handle.message({ request: "watch", ...body });
    this.#remote(jsep);
    const answer = await this.#described();
    await this.handle.message({ request: "start" }, answer);
  }

  /** Waits until so many packets have come. */
  async received(count: number): Promise<readonly Packet[]> {
    const late = Date.now() + WAIT_MS;
    while (this.packets.length < count) {
      if (Date.now() > late) {
        throw new Error(`only ${this.packets.length} packets have come`);
      }
      const { promise } = this.#changed;
      let timer: ReturnType<typeof setTimeout> | undefined;
      await Promise.race([
        promise,
        new Promise((resolve) => timer = setTimeout(resolve, 100)),
      ]);
      clearTimeout(timer);
    }
    return this.packets;
  }

  /** Sends a PLI (RFC 4585 section 6.3.1). */
  requestKeyFrame(): void {
    this.#track?.sendMessageBinary(
      Buffer.from([0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2]),
    );
  }

  [Symbol.dispose](): void {
    this.#track?.close();
    this.#peer.close();
  }

  #take(track: Track): void {
    this.#track = track;
    track.onMessage((message) => {
      const packet = parsePacket(message);
      if (packet === undefined) return;
      this.packets.push(packet);
      this.#changed.resolve();
      this.#changed = Promise.withResolvers();
    });
  }

  #remote(jsep: Jsep | undefined): void {
    if (jsep === undefined) throw new Error("no SDP came");
    this.#peer.setRemoteDescription(
      jsep.sdp,
      (jsep.type === "offer" ? "offer" : "answer") as DescriptionType,
    );
  }

  /** Its own description, with all candidates in it. */
  async #described(): Promise<Jsep> {
    const late = Date.now() + WAIT_MS;
    while (this.#peer.gatheringState() !== "complete") {
      if (Date.now() > late) throw new Error("candidates are not complete");
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const description = this.#peer.localDescription();
    if (description === null) throw new Error("there is no description");
    const { type, sdp } = description;
    return { type: type === "offer" ? "offer" : "answer", sdp };
  }
}

/** RFC 3550 section 5.1; undefined for RTCP and retransmissions. */
function parsePacket(bytes: Uint8Array): Packet | undefined {
  const [first = 0, second = 0, high = 0, low = 0] = bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  // 64 to 95 in the payload type's place: RTCP (RFC 5761 section 4).
  const payloadType = second & 127;
  if (bytes.length < 12 || (payloadType > 63 && payloadType < 96)) {
    return undefined;
  }
  let start = 12 + 4 * (first & 15);
  if ((first & 16) !== 0) start += 4 + 4 * view.getUint16(start + 2);
  return {
    payloadType,
    sequenceNumber: high << 8 | low,
    marker: (second & 128) !== 0,
    payload: bytes.slice(start),
  };
}
