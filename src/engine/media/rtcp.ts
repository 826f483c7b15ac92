/**
 * RTCP: what viewers say about the stream, and our sender reports
 * (RFC 3550 section 6, RFC 4585, RFC 5104).
 *
 * @module
 */

const SENDER_REPORT = 200;
const TRANSPORT_FEEDBACK = 205;
const PAYLOAD_FEEDBACK = 206;
const NACK = 1;
const PLI = 1;
const FIR = 4;

const VERSION = 0x80;
const HEADER_SIZE = 4;
const SENDER_REPORT_SIZE = 28;

/** What one compound RTCP packet asks for. */
export interface Feedback {
  /** A PLI or FIR was in it. */
  readonly keyFrameWanted: boolean;
  /** How many packets its NACKs report as lost. */
  readonly lostCount: number;
}

/**
 * Reads a compound RTCP packet. A malformed rest is ignored, as RFC 3550
 * appendix A.2 has it: what was well-formed before it still counts.
 */
export function parseFeedback(packet: Uint8Array): Feedback {
  let keyFrameWanted = false;
  let lostCount = 0;
  const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
  for (let at = 0; at + HEADER_SIZE <= packet.length;) {
    const first = view.getUint8(at);
    if ((first & 0xc0) !== VERSION) break;
    const size = HEADER_SIZE + view.getUint16(at + 2) * 4;
    if (at + size > packet.length) break;
    const format = first & 0x1f;
    const type = view.getUint8(at + 1);
    if (type === PAYLOAD_FEEDBACK) {
      keyFrameWanted ||= format === PLI || format === FIR;
    } else if (type === TRANSPORT_FEEDBACK && format === NACK) {
      lostCount += lostInNack(view, at + 12, at + size);
    }
    at += size;
  }
  return { keyFrameWanted, lostCount };
}

/** Each entry names one packet and has a bit for each of the next sixteen. */
function lostInNack(view: DataView, start: number, end: number): number {
  let count = 0;
  for (let at = start; at + 4 <= end; at += 4) {
    count++;
    for (let mask = view.getUint16(at + 2); mask !== 0; mask &= mask - 1) {
      count++;
    }
  }
  return count;
}

/** What a sender report says; both times mean the same instant. */
export interface SenderReport {
  readonly ssrc: number;
  readonly ntpSeconds: number;
  readonly ntpFraction: number;
  readonly rtpTimestamp: number;
  readonly packetCount: number;
  readonly octetCount: number;
}

/** A sender report without report blocks: we receive nothing. */
export function senderReport(report: SenderReport): Uint8Array {
  const packet = new Uint8Array(SENDER_REPORT_SIZE);
  const view = new DataView(packet.buffer);
  view.setUint8(0, VERSION);
  view.setUint8(1, SENDER_REPORT);
  view.setUint16(2, SENDER_REPORT_SIZE / 4 - 1);
  view.setUint32(4, report.ssrc);
  view.setUint32(8, report.ntpSeconds);
  view.setUint32(12, report.ntpFraction);
  view.setUint32(16, report.rtpTimestamp);
  view.setUint32(20, report.packetCount);
  view.setUint32(24, report.octetCount);
  return packet;
}
