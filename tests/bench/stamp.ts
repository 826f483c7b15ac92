/**
 * A time stamp inside an access unit: an SEI message (ITU-T H.264 D.1.6,
 * user data unregistered) that travels through every packetizer untouched.
 *
 * @module
 */

const UUID = new TextEncoder().encode("nalgate-bench-ts");
const DIGITS = 16;
/** Start code, NAL unit header, payload type and size. */
const HEAD = [0, 0, 0, 1, 6, 5, UUID.length + DIGITS];
const SEI_SIZE = HEAD.length + UUID.length + DIGITS + 1;
const DIGITS_AT = HEAD.length + UUID.length;

/** Copies of access units that carry a stamp before their first slice. */
export class StampedAccessUnit {
  readonly bytes: Uint8Array;
  readonly #digits: Uint8Array;

  constructor(accessUnit: Uint8Array) {
    const at = firstSlice(accessUnit);
    const bytes = new Uint8Array(accessUnit.length + SEI_SIZE);
    bytes.set(accessUnit.subarray(0, at));
    bytes.set(HEAD, at);
    bytes.set(UUID, at + HEAD.length);
    bytes[at + SEI_SIZE - 1] = 0x80;
    bytes.set(accessUnit.subarray(at), at + SEI_SIZE);
    this.bytes = bytes;
    this.#digits = bytes.subarray(at + DIGITS_AT, at + DIGITS_AT + DIGITS);
  }

  /** Writes a time in microseconds. */
  stamp(micros: number): void {
    const text = Math.round(micros).toString().padStart(DIGITS, "0");
    new TextEncoder().encodeInto(text, this.#digits);
  }
}

/** The stamp in a packet, in microseconds; undefined: none is in it. */
export function readStamp(packet: Uint8Array): number | undefined {
  const buffer = packet.subarray(0, 1500);
  const at = indexOf(buffer, UUID);
  if (at === -1) return undefined;
  const digits = buffer.subarray(at + UUID.length, at + UUID.length + DIGITS);
  return Number(new TextDecoder().decode(digits));
}

/** Offset of the start code before the first slice. */
function firstSlice(bytes: Uint8Array): number {
  for (let at = 0; at + 3 < bytes.length; at++) {
    if (bytes[at] !== 0 || bytes[at + 1] !== 0 || bytes[at + 2] !== 1) continue;
    const type = (bytes[at + 3] ?? 0) & 0x1f;
    if (type === 1 || type === 5) return bytes[at - 1] === 0 ? at - 1 : at;
  }
  throw new RangeError("Cannot stamp an access unit: no slice in it");
}

function indexOf(bytes: Uint8Array, wanted: Uint8Array): number {
  const first = wanted[0] ?? 0;
  for (
    let at = bytes.indexOf(first);
    at !== -1 && at + wanted.length <= bytes.length;
    at = bytes.indexOf(first, at + 1)
  ) {
    if (wanted.every((byte, index) => bytes[at + index] === byte)) return at;
  }
  return -1;
}
