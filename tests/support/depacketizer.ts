/**
 * A receiver's view of H.264 over RTP (RFC 6184, packetization mode 1), as
 * strict as the RFC lets one be: whatever a sender may not do is an error.
 *
 * @module
 */

/** An RTP packet's fields (RFC 3550 section 5.1). */
export interface RtpPacket {
  readonly marker: boolean;
  readonly payloadType: number;
  readonly sequenceNumber: number;
  readonly rtpTimestamp: number;
  readonly ssrc: number;
  /** Header extension elements by their id (RFC 8285). */
  readonly extensions: ReadonlyMap<number, Uint8Array>;
  readonly payload: Uint8Array;
}

/** The NAL units up to a marker. */
export class ReceivedAccessUnit {
  constructor(
    readonly nalUnits: readonly Uint8Array[],
    readonly rtpTimestamp: number,
  ) {}

  /** Whether a NAL unit of this type is in it. */
  has(nalType: number): boolean {
    return this.nalUnits.some((unit) => typeOf(unit[0] ?? 0) === nalType);
  }

  /** As a byte stream, with four bytes of start code each. */
  annexB(): Uint8Array<ArrayBuffer> {
    return annexB(this.nalUnits);
  }
}

/** NAL units as a byte stream, with four bytes of start code each. */
export function annexB(
  nalUnits: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  const size = nalUnits.reduce((sum, unit) => sum + 4 + unit.length, 0);
  const stream = new Uint8Array(size);
  let at = 0;
  for (const unit of nalUnits) {
    stream.set([0, 0, 0, 1], at);
    stream.set(unit, at + 4);
    at += 4 + unit.length;
  }
  return stream;
}

const STAP_A = 24;
const FU_A = 28;
const FORBIDDEN_BIT = 0x80;
const NRI_BITS = 0x60;

const typeOf = (header: number) => header & 0x1f;

function refuse(what: string): never {
  throw new Error(`Cannot depacketize: ${what}`);
}

/** Parses a packet; the payload and the extensions are views of `bytes`. */
export function parseRtpPacket(bytes: Uint8Array): RtpPacket {
  if (bytes.length < 12) refuse(`packet of ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const first = view.getUint8(0);
  if (first >> 6 !== 2) refuse(`RTP version ${first >> 6}`);
  let start = 12 + (first & 0x0f) * 4;
  let extensions: ReadonlyMap<number, Uint8Array> = new Map();
  if ((first & 0x10) !== 0) {
    if (start + 4 > bytes.length) refuse("no room for the extension's header");
    const end = start + 4 + view.getUint16(start + 2) * 4;
    if (end > bytes.length) refuse("extension longer than the packet");
    extensions = parseExtensions(
      view.getUint16(start),
      bytes.subarray(start + 4, end),
    );
    start = end;
  }
  const padding = (first & 0x20) !== 0 ? bytes.at(-1) ?? 0 : 0;
  if ((first & 0x20) !== 0 && padding === 0) refuse("padding of no bytes");
  if (start + padding > bytes.length) refuse("padding longer than the payload");
  return {
    marker: (view.getUint8(1) & 0x80) !== 0,
    payloadType: view.getUint8(1) & 0x7f,
    sequenceNumber: view.getUint16(2),
    rtpTimestamp: view.getUint32(4),
    ssrc: view.getUint32(8),
    extensions,
    payload: bytes.subarray(start, bytes.length - padding),
  };
}

/** RFC 8285 sections 4.2 and 4.3: one-byte and two-byte headers. */
function parseExtensions(
  profile: number,
  data: Uint8Array,
): Map<number, Uint8Array> {
  const isOneByte = profile === 0xbede;
  if (!isOneByte && profile >> 4 !== 0x100) {
    refuse(`extension profile 0x${profile.toString(16)}`);
  }
  const elements = new Map<number, Uint8Array>();
  let at = 0;
  while (at < data.length) {
    const head = data[at++] ?? 0;
    const id = isOneByte ? head >> 4 : head;
    // Padding; in the one-byte form its length field has to be 0 too.
    if (id === 0) {
      if (head !== 0) refuse("extension element of id 0");
      continue;
    }
    if (isOneByte && id === 15) break;
    const size = isOneByte
      ? (head & 0x0f) + 1
      : data[at++] ?? refuse("no size");
    if (at + size > data.length) refuse("extension element too long");
    elements.set(id, data.subarray(at, at + size));
    at += size;
  }
  return elements;
}

/** Takes one stream's packets in order, gives its access units. */
export class Depacketizer {
  #previous: RtpPacket | undefined;
  #nalUnits: Uint8Array[] = [];
  /** The fragments of a NAL unit, its header first; undefined between FUs. */
  #fragments: Uint8Array[] | undefined;

  /** The access unit that this packet ends, if it does. */
  add(bytes: Uint8Array): ReceivedAccessUnit | undefined {
    const packet = parseRtpPacket(bytes);
    this.#checkOrder(packet);
    this.#previous = packet;
    this.#addPayload(packet.payload);
    if (!packet.marker) return undefined;
    if (this.#fragments !== undefined) refuse("marker inside of a NAL unit");
    const nalUnits = this.#nalUnits;
    this.#nalUnits = [];
    return new ReceivedAccessUnit(nalUnits, packet.rtpTimestamp);
  }

  #checkOrder({ sequenceNumber, rtpTimestamp, ssrc }: RtpPacket): void {
    const previous = this.#previous;
    if (previous === undefined) return;
    if (ssrc !== previous.ssrc) refuse(`SSRC ${ssrc}`);
    if (sequenceNumber !== (previous.sequenceNumber + 1 & 0xffff)) {
      refuse(`packet ${sequenceNumber} after ${previous.sequenceNumber}`);
    }
    if (!previous.marker && rtpTimestamp !== previous.rtpTimestamp) {
      refuse("another timestamp before the marker");
    }
  }

  #addPayload(payload: Uint8Array): void {
    const header = payload[0] ?? refuse("empty payload");
    const type = typeOf(header);
    if (type === FU_A) return this.#addFragment(header, payload);
    if (this.#fragments !== undefined) refuse("NAL unit between fragments");
    if (type === STAP_A) return this.#addAggregate(header, payload);
    if (type === 0 || type > 23) refuse(`packet type ${type}`);
    this.#nalUnits.push(payload.slice());
  }

  #addAggregate(header: number, payload: Uint8Array): void {
    let at = 1;
    let expected = STAP_A;
    while (at < payload.length) {
      if (at + 2 > payload.length) refuse("half a size in a STAP-A");
      const size = (payload[at] ?? 0) << 8 | (payload[at + 1] ?? 0);
      at += 2;
      if (size === 0) refuse("empty NAL unit in a STAP-A");
      if (at + size > payload.length) refuse("STAP-A overrun");
      const unit = payload.slice(at, at + size);
      const unitHeader = unit[0] ?? 0;
      const type = typeOf(unitHeader);
      if (type === 0 || type > 23) refuse(`type ${type} in a STAP-A`);
      // RFC 6184 section 5.7: F of any, NRI of the highest.
      expected = (expected | unitHeader) & FORBIDDEN_BIT | STAP_A |
        Math.max(expected & NRI_BITS, unitHeader & NRI_BITS);
      this.#nalUnits.push(unit);
      at += size;
    }
    if (at === 1) refuse("STAP-A of nothing");
    if (header !== expected) refuse("STAP-A with a wrong F or NRI");
  }

  /** RFC 6184 section 5.8. */
  #addFragment(indicator: number, payload: Uint8Array): void {
    // One byte of NAL unit is legal, but no sender has a reason to: receivers
    // have been broken by it.
    if (payload.length <= 3) refuse(`FU-A of ${payload.length} bytes`);
    const fuHeader = payload[1] ?? 0;
    const [isStart, isEnd] = [(fuHeader & 0x80) !== 0, (fuHeader & 0x40) !== 0];
    if (isStart && isEnd) refuse("FU-A that is both start and end");
    if ((fuHeader & 0x20) !== 0) refuse("FU-A with the reserved bit");
    if (isStart !== (this.#fragments === undefined)) {
      refuse(isStart ? "start of a NAL unit in another" : "FU-A with no start");
    }
    const type = typeOf(fuHeader);
    if (type === 0 || type > 23) refuse(`type ${type} in an FU-A`);
    const header = indicator & (FORBIDDEN_BIT | NRI_BITS) | type;
    this.#fragments ??= [Uint8Array.of(header)];
    if (this.#fragments[0]?.[0] !== header) refuse("fragments that differ");
    this.#fragments.push(payload.slice(2));
    if (!isEnd) return;
    this.#nalUnits.push(concatenate(this.#fragments));
    this.#fragments = undefined;
  }
}

/** One array of all bytes. */
export function concatenate(
  parts: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
