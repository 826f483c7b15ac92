// NAL unit headers (ITU-T H.264 section 7.4.1, RFC 6184 section 5.3).
//
//    +---------------+
//    |0|1|2|3|4|5|6|7|
//    +-+-+-+-+-+-+-+-+
//    |F|NRI|  Type   |
//    +---------------+

export const FORBIDDEN_BIT: u32 = 0x80;
export const NRI_BITS: u32 = 0x60;
export const TYPE_BITS: u32 = 0x1f;

export namespace NalType {
  export const SLICE: u32 = 1;
  export const IDR: u32 = 5;
  export const SEI: u32 = 6;
  export const SPS: u32 = 7;
  export const PPS: u32 = 8;
  export const STAP_A: u32 = 24;
  export const FU_A: u32 = 28;
}

/**
 * Not sent: 0 and 24–31, which mean packet structures in RTP (RFC 6184
 * table 1), and 9–12: delimiters, ends of sequence and stream, and filler
 * tell a byte stream's reader what RTP's marker and timestamp say already.
 */
const UNSENT: u32 = 0xff000000 | 1 | 1 << 9 | 1 << 10 | 1 << 11 | 1 << 12;

/** Small units that come before a picture; they share packets. */
const SHARING: u32 = 1 << NalType.SEI | 1 << NalType.SPS | 1 << NalType.PPS;

export function nalType(header: u32): u32 {
  return header & TYPE_BITS;
}

export function isSent(type: u32): bool {
  return (UNSENT >> type & 1) === 0;
}

export function isSharing(type: u32): bool {
  return (SHARING >> type & 1) !== 0;
}

/** Coded slices, data partitions included: what makes a picture. */
export function isPicture(type: u32): bool {
  return type >= NalType.SLICE && type <= NalType.IDR;
}

/** Whether a mask of types has SPS or PPS. */
export function hasParameterSets(types: u32): bool {
  return (types >> NalType.SPS & 3) !== 0;
}

export function isParameterSet(type: u32): bool {
  return type === NalType.SPS || type === NalType.PPS;
}
