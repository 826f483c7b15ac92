/**
 * One viewer: a real WebRTC receiver that counts what comes and how old it
 * is.
 *
 * @module
 */

import nodeDatachannel, {
  type PeerConnection,
  type Track,
} from "node-datachannel";
import { deadline } from "@std/async/deadline";
import type { JanusClient } from "../../src/janus/client.ts";
import type { Jsep } from "../../src/janus/message.ts";
import type { JanusSession } from "../../src/janus/session.ts";
import { monotonicSeconds } from "../../src/engine/memsink/libc.ts";
import { readStamp } from "./stamp.ts";

/** What to watch. */
export interface Target {
  readonly plugin: string;
  /** The body of `watch`. */
  readonly watch: Readonly<Record<string, unknown>>;
}

/** Far more than a handshake and a group of pictures take. */
const JOIN_TIMEOUT_MS = 10_000;

/** Stamps are in small packets: the others need no search. */
const STAMPED_SIZE_MAX = 400;

const STAP_A = 24;
const FU_A = 28;
const IDR = 5;

/** A viewer with media. Times in milliseconds. */
export class Receiver {
  packets = 0;
  lost = 0;
  /** From `watch` to the first packet. */
  firstPacketMs = NaN;
  /** From `watch` to the first key frame's first packet. */
  firstPictureMs = NaN;
  /** From a camera's write to a picture's stamped packet, at its front. */
  readonly firstAges: number[] = [];
  /** From a camera's write to a picture's last packet. */
  readonly lastAges: number[] = [];
  readonly #playing = Promise.withResolvers<void>();
  readonly #peer: PeerConnection;
  #session: JanusSession | undefined;
  #track: Track | undefined;
  #askedMs = 0;
  #stampMicros = NaN;
  #sequence: number | undefined;

  /** Watches; resolves at the first key frame. */
  static async join(
    client: JanusClient,
    target: Target,
  ): Promise<Receiver> {
    const receiver = new Receiver();
    await deadline(receiver.#join(client, target), JOIN_TIMEOUT_MS);
    return receiver;
  }

  private constructor() {
    this.#peer = new nodeDatachannel.PeerConnection("bench", {
      iceServers: [],
    });
    this.#peer.onTrack((track) => {
      // Kept: what nobody holds is collected, and its callbacks with it.
      this.#track = track;
      track.onMessage((packet) => this.#packet(packet));
    });
  }

  /** Begins to count anew. */
  forget(): void {
    this.packets = this.lost = 0;
    this.firstAges.length = this.lastAges.length = 0;
  }

  close(): void {
    this.#session?.destroy();
    this.#track?.close();
    this.#peer.close();
  }

  async #join(client: JanusClient, target: Target): Promise<void> {
    const early: (() => void)[] = [];
    let isDescribed = false;
    this.#session = await client.create({
      onEvent: ({ janus, candidate }) => {
        const { candidate: line, sdpMid } = Object(candidate);
        if (janus !== "trickle" || !line) return;
        const add = () => this.#peer.addRemoteCandidate(line, sdpMid ?? "0");
        if (isDescribed) add();
        else early.push(add);
      },
    });
    const handle = await this.#session.attach(target.plugin);
    const answered = this.#answered();
    this.#askedMs = performance.now();
    const offer = await handle.message(target.watch);
    if (offer.jsep === undefined) throw new Error(JSON.stringify(offer));
    this.#peer.setRemoteDescription(offer.jsep.sdp, "offer");
    isDescribed = true;
    for (const add of early) add();
    await handle.message({ request: "start" }, await answered);
    await this.#playing.promise;
  }

  #answered(): Promise<Jsep> {
    const { promise, resolve } = Promise.withResolvers<Jsep>();
    this.#peer.onGatheringStateChange((state) => {
      const description = this.#peer.localDescription();
      if (state !== "complete" || description === null) return;
      resolve({ type: "answer", sdp: description.sdp });
    });
    return promise;
  }

  #packet(packet: Uint8Array): void {
    const nowMicros = monotonicSeconds() * 1e6;
    const type = (packet[1] ?? 0) & 0x7f;
    // RTCP shares the port (RFC 5761 section 4).
    if (type >= 64 && type < 96) return;
    this.packets++;
    this.#countLost((packet[2] ?? 0) << 8 | (packet[3] ?? 0));
    if (Number.isNaN(this.firstPictureMs)) this.#start(packet);
    if (packet.length <= STAMPED_SIZE_MAX) {
      const stamp = readStamp(packet);
      if (stamp !== undefined) {
        this.#stampMicros = stamp;
        this.firstAges.push((nowMicros - stamp) / 1000);
      }
    }
    const isLast = ((packet[1] ?? 0) & 0x80) !== 0;
    if (!isLast) return;
    this.lastAges.push((nowMicros - this.#stampMicros) / 1000);
    this.#stampMicros = NaN;
  }

  #countLost(sequence: number): void {
    const before = this.#sequence;
    this.#sequence = sequence;
    if (before === undefined) return;
    const gap = (sequence - before) & 0xffff;
    if (gap > 1 && gap < 0x8000) this.lost += gap - 1;
  }

  #start(packet: Uint8Array): void {
    const ms = performance.now() - this.#askedMs;
    if (Number.isNaN(this.firstPacketMs)) this.firstPacketMs = ms;
    if (!beginsKeyFrame(packet)) return;
    this.firstPictureMs = ms;
    this.#playing.resolve();
  }
}

/** Parameter sets together, or a slice of an IDR picture (RFC 6184). */
function beginsKeyFrame(packet: Uint8Array): boolean {
  let at = 12;
  if (((packet[0] ?? 0) & 0x10) !== 0) {
    at += 4 + 4 * ((packet[14] ?? 0) << 8 | (packet[15] ?? 0));
  }
  const type = (packet[at] ?? 0) & 0x1f;
  const inner = type === FU_A ? (packet[at + 1] ?? 0) & 0x1f : type;
  return inner === STAP_A || inner === IDR;
}
