/**
 * C's `long double`, which memory sinks use for their times, as each ABI
 * stores it. A double has 53 significant bits: nanoseconds for a century.
 *
 * @module
 */

/** How one ABI stores a `long double`; always little-endian. */
export interface LongDouble {
  /** Bytes that carry the value; the rest of the field is padding. */
  readonly size: number;
  read(view: DataView, at: number): number;
  write(view: DataView, at: number, value: number): void;
}

const BIAS_64 = 1023;
/** x87 and binary128 share their 15-bit exponent. */
const BIAS_80 = 16383;
const EXPONENT_MAX = 0x7fff;

/**
 * x86-64: 80 bits of the x87, with an explicit leading one.
 *
 *     byte 0            7 8      9
 *     | mantissa (64)    | S | exponent (15) |
 */
export const X87_EXTENDED: LongDouble = {
  size: 10,
  read(view, at) {
    const low = view.getUint32(at, true);
    const high = view.getUint32(at + 4, true);
    const top = view.getUint16(at + 8, true);
    const mantissa = high * 2 ** 32 + low;
    return assemble(top, mantissa * 2 ** -63, (high << 1) !== 0 || low !== 0);
  },
  write(view, at, value) {
    const { top, high, low } = split(value);
    const leading = top === 0 || top === 0x8000 ? 0 : 0x80000000;
    view.setUint32(at, low << 11, true);
    view.setUint32(at + 4, leading | high << 11 | low >>> 21, true);
    view.setUint16(at + 8, top, true);
  },
};

/**
 * aarch64: IEEE 754 binary128, with an implicit leading one.
 *
 *     byte 0              13 14     15
 *     | fraction (112)      | S | exponent (15) |
 */
export const BINARY128: LongDouble = {
  size: 16,
  read(view, at) {
    const top = view.getUint16(at + 14, true);
    const fraction = view.getUint16(at + 12, true) * 2 ** -16 +
      view.getUint32(at + 8, true) * 2 ** -48 +
      view.getUint32(at + 4, true) * 2 ** -80;
    // An exponent of zero marks numbers too small to be any time.
    const significand = (top & EXPONENT_MAX) === 0 ? 0 : 1 + fraction;
    return assemble(top, significand, fraction !== 0);
  },
  write(view, at, value) {
    const { top, high, low } = split(value);
    view.setUint32(at, 0, true);
    view.setUint32(at + 4, low << 28, true);
    view.setUint32(at + 8, high << 28 | low >>> 4, true);
    view.setUint16(at + 12, high >>> 4, true);
    view.setUint16(at + 14, top, true);
  },
};

/** armhf: a plain double. */
export const BINARY64: LongDouble = {
  size: 8,
  read: (view, at) => view.getFloat64(at, true),
  write: (view, at, value) => view.setFloat64(at, value, true),
};

function assemble(top: number, significand: number, hasFraction: boolean) {
  const sign = top & 0x8000 ? -1 : 1;
  const exponent = top & EXPONENT_MAX;
  if (exponent === EXPONENT_MAX) return hasFraction ? NaN : sign * Infinity;
  return significand === 0 ? 0 : sign * significand * 2 ** (exponent - BIAS_80);
}

const scratch = new DataView(new ArrayBuffer(8));

/** A double as sign and 15-bit exponent, and its 52 fraction bits as 20 + 32. */
function split(value: number): { top: number; high: number; low: number } {
  scratch.setFloat64(0, value);
  const bits = scratch.getUint32(0);
  const exponent = bits >>> 20 & 0x7ff;
  const sign = bits >>> 31 << 15;
  // Subnormal doubles, below 10⁻³⁰⁷ seconds, become zero.
  if (exponent === 0) return { top: sign, high: 0, low: 0 };
  const wide = exponent === 0x7ff ? EXPONENT_MAX : exponent - BIAS_64 + BIAS_80;
  const high = bits & 0xfffff;
  return { top: sign | wide, high, low: scratch.getUint32(4) };
}
