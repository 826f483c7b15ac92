// Finding NAL units (ITU-T H.264 Annex B): the only pass over all bytes.

import { FRAME, NAL_UNITS, NAL_UNITS_MAX, span } from "./memory";
import { Status } from "./status";

/** `00 00 01`; a fourth zero before it belongs to the byte stream. */
const START_CODE_SIZE: u32 = 3;

/**
 * Fills NAL_UNITS with what lies between FRAME and `end`, empty NAL units
 * too; answers their number or a Status.
 */
export function findNalUnits(end: usize): i32 {
  let start = FRAME;
  while (start < end && load<u8>(start) === 0) start++;
  if (start === end || start - FRAME < 2 || load<u8>(start) !== 1) {
    return Status.NO_START_CODE;
  }
  start++;
  writeSentinel(end);
  let count: u32 = 0;
  while (true) {
    const stop = findStartCode(start);
    // Zeros at a NAL unit's end belong to the byte stream (B.1.1).
    let last = stop;
    while (last > start && load<u8>(last - 1) === 0) last--;
    if (count === NAL_UNITS_MAX) return Status.TOO_MANY_NAL_UNITS;
    const unit = span(NAL_UNITS, count);
    unit.address = start;
    unit.size = <u32> (last - start);
    count++;
    if (stop >= end) return count;
    start = stop + START_CODE_SIZE;
  }
}

/** Ends every search: `findStartCode` needs no other bound. */

function writeSentinel(end: usize): void {
  store<u32>(end, 0x00010000);
}

/**
 * The first `00 00 01` at or after `from`. The caller has put a sentinel;
 * up to 65 bytes after that are read, never used.
 */
function findStartCode(from: usize): usize {
  if (ASC_FEATURE_SIMD) return findBySimd(from);
  return findByWords(from);
}

/** Sixteen places at once: a zero lane is a pair of zero bytes. */
// @ts-ignore: decorator

function pairs(at: usize): v128 {
  return v128.or(v128.load(at), v128.load(at + 1));
}

function findBySimd(from: usize): usize {
  let at = from;
  while (true) {
    while (true) {
      const least = i8x16.min_u(
        i8x16.min_u(pairs(at), pairs(at + 16)),
        i8x16.min_u(pairs(at + 32), pairs(at + 48)),
      );
      if (!i8x16.all_true(least)) break;
      at += 64;
    }
    let mask: u32 = 0;
    while (true) {
      mask = i8x16.bitmask(i8x16.eq(pairs(at), i8x16.splat(0)));
      if (mask !== 0) break;
      at += 16;
    }
    at += ctz(mask);
    if (load<u8>(at + 2) === 1) return at;
    at += 1;
  }
}

const LOW: u64 = 0x0100_0100_0100_0100;
const HIGH: u64 = 0x8000_8000_8000_8000;

/**
 * Marks the zero bytes at odd offsets. One of two zero bytes in a row lies at
 * an odd offset, so looking at half of the bytes finds every start code. A
 * borrow can mark a byte wrongly, but only above one marked rightly.
 */

function oddZeros(at: usize): u64 {
  const word = load<u64>(at);
  return (word - LOW) & ~word & HIGH;
}

function findByWords(from: usize): usize {
  let at = from;
  while (true) {
    while (
      (oddZeros(at) | oddZeros(at + 8) | oddZeros(at + 16) |
        oddZeros(at + 24)) === 0
    ) {
      at += 32;
    }
    let mask = oddZeros(at);
    while (mask === 0) {
      at += 8;
      mask = oddZeros(at);
    }
    // `at` becomes the zero byte; all start codes before `at - 1` are ruled
    // out, and one at `at - 1` has its first byte at or after `from`.
    at += <usize> (ctz(mask) >> 3);
    const next = load<u8>(at + 1);
    if (next === 1) {
      if (load<u8>(at - 1) === 0) return at - 1;
      at += 2;
    } else if (next === 0) {
      if (load<u8>(at + 2) === 1) return at;
      at += 1;
    } else {
      at += 2;
    }
  }
}
