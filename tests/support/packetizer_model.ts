/**
 * What the packetizer ought to send, written as plainly as can be: NAL units
 * by value, nothing in place, no packets.
 *
 * @module
 */

const SET_SIZE_MAX = 512;
const PPS_COUNT_MAX = 8;

const typeOf = (unit: Uint8Array) => (unit[0] ?? 0) & 0x1f;
const isSet = (unit: Uint8Array) => typeOf(unit) === 7 || typeOf(unit) === 8;
const isSlice = (unit: Uint8Array) => typeOf(unit) >= 1 && typeOf(unit) <= 5;
const isSent = (unit: Uint8Array) =>
  typeOf(unit) >= 1 && typeOf(unit) <= 23 &&
  !(typeOf(unit) >= 9 && typeOf(unit) <= 12);

const equals = (a: Uint8Array | undefined, b: Uint8Array) =>
  a !== undefined && a.length === b.length && a.every((x, at) => x === b[at]);

/** The NAL units of a byte stream, empty ones too. */
export function splitNalUnits(stream: Uint8Array): Uint8Array[] {
  const starts: number[] = [];
  for (let at = 0; at + 2 < stream.length; at++) {
    if (stream[at] === 0 && stream[at + 1] === 0 && stream[at + 2] === 1) {
      starts.push(at + 3);
      at += 2;
    }
  }
  return starts.map((start, index) => {
    const next = starts[index + 1];
    let end = next === undefined ? stream.length : next - 3;
    while (end > start && stream[end - 1] === 0) end--;
    return stream.slice(start, end);
  });
}

/** ue(v) right behind a NAL unit's header; undefined: there is none. */
function firstCode(unit: Uint8Array): number | undefined {
  const bytes: number[] = [];
  for (const byte of unit.subarray(1)) {
    const isEmulation = byte === 3 && bytes.at(-1) === 0 && bytes.at(-2) === 0;
    // The byte that was left out separates zeros from zeros.
    if (isEmulation) bytes.push(NaN);
    else bytes.push(byte);
  }
  const bits = bytes.filter((byte) => !Number.isNaN(byte))
    .map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const zeros = bits.indexOf("1");
  if (zeros < 0 || zeros > 31 || bits.length < 2 * zeros + 1) return undefined;
  return parseInt(bits.slice(zeros, 2 * zeros + 1), 2) - 1;
}

/** One stream's memory. */
export class PacketizerModel {
  #sps: Uint8Array | undefined;
  #pps = new Map<number, Uint8Array>();
  #isPending = false;

  /** What a receiver gets of this access unit. */
  expect(nalUnits: readonly Uint8Array[]): Uint8Array[] {
    const sent = nalUnits.filter((unit) => unit.length > 0 && isSent(unit));
    const sets = sent.filter(isSet);
    const seen = new Set<string>();
    const areAllKept = sets.map((set) => this.#remember(set, seen))
      .every((isKept) => isKept);
    if (!sent.some(isSlice) && areAllKept) {
      this.#isPending ||= sets.length > 0;
      return [];
    }
    const needsSets = this.#isPending || sent.some((u) => typeOf(u) === 5);
    if (sent.some(isSlice)) this.#isPending = false;
    if (!needsSets || !areAllKept) return sent;
    if (this.#sps === undefined || this.#pps.size === 0) return sent;
    const isMissing = !seen.has("sps") ||
      [...this.#pps.keys()].some((id) => !seen.has(`pps ${id}`));
    if (!isMissing) return sent;
    const rest = sent.filter((unit) => !isSet(unit));
    return [this.#sps, ...this.#pps.values(), ...rest];
  }

  #remember(set: Uint8Array, seen: Set<string>): boolean {
    if (typeOf(set) === 7) {
      const isSame = equals(this.#sps, set);
      if (!isSame) {
        this.#pps.clear();
        this.#sps = set.length > SET_SIZE_MAX ? undefined : set;
      }
      seen.add("sps");
      return this.#sps !== undefined;
    }
    const id = firstCode(set);
    if (id === undefined || id > 255) return false;
    if (set.length > SET_SIZE_MAX) {
      this.#pps.delete(id);
      return false;
    }
    if (!this.#pps.has(id) && this.#pps.size === PPS_COUNT_MAX) return false;
    this.#pps.set(id, set);
    seen.add(`pps ${id}`);
    return true;
  }
}
