/**
 * One viewer's RTP numbers: SSRC, sequence and time, each begun at random
 * (RFC 3550 section 5.1), and the sender reports that go with them.
 *
 * @module
 */

import type { NtpTime } from "./clock.ts";
import { senderReport } from "./rtcp.ts";

const RTP_HEADER_SIZE = 12;

/** Writes a viewer's numbers into packets. */
export class RtpNumbering {
  readonly ssrc = randomUint32();
  readonly #timestampOffset = randomUint32();
  // In the lower half: else who misses the first packets may take the first
  // rollover for none, and decrypt nothing more (RFC 3711 section 3.3.1).
  #sequenceNumber = randomUint32() & 0x7fff;
  #packetCount = 0;
  #octetCount = 0;

  /**
   * Makes a packet this viewer's next one. `rtpTimestamp` is the stream's,
   * the same for all of its viewers.
   */
  stamp(
    packet: Uint8Array,
    { payloadType, rtpTimestamp }: {
      readonly payloadType: number;
      readonly rtpTimestamp: number;
    },
  ): void {
    packet[1] = ((packet[1] ?? 0) & 0x80) | payloadType;
    const sequence = this.#sequenceNumber;
    this.#sequenceNumber = (sequence + 1) & 0xffff;
    packet[2] = sequence >>> 8;
    packet[3] = sequence;
    writeUint32(packet, 4, rtpTimestamp + this.#timestampOffset);
    writeUint32(packet, 8, this.ssrc);
    this.#packetCount++;
    this.#octetCount += packet.length - RTP_HEADER_SIZE;
  }

  /** Tells which wall clock time an RTP timestamp means. */
  report(rtpTimestamp: number, time: NtpTime): Uint8Array {
    return senderReport({
      ssrc: this.ssrc,
      ntpSeconds: time.seconds,
      ntpFraction: time.fraction,
      rtpTimestamp: (rtpTimestamp + this.#timestampOffset) >>> 0,
      packetCount: this.#packetCount,
      octetCount: this.#octetCount,
    });
  }
}

function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

function randomUint32(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
}
