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
 * The first `00 00 01` at or after `from`, which follows a start code. The
 * caller has put a sentinel; up to 65 bytes after that are read, never used.
 *
 * Every start code has two bytes at an even distance from `from` that are
 * `00 00` or `00 01`, as its first two bytes or its last two. Such a lane of
 * 16 bits is rare in coded video, and cheap to look for in many at once.
 */
function findStartCode(from: usize): usize {
  let at = from;
  while (true) {
    at = ASC_FEATURE_SIMD ? skipBySimd(at) : skipByWords(at);
    // Where one lane is like that many may be: go on step by step, so that no
    // stream makes searching in blocks a waste of time.
    const end = at + STEPWISE_SIZE;
    for (; at < end; at += 2) {
      if ((load<u16>(at) & LANE_MASK) !== 0) continue;
      if (load<u8>(at, 1) === 0) {
        if (load<u8>(at, 2) === 1) return at;
      } else if (load<u8>(at - 1) === 0) {
        // The byte before `from` is a start code's last, so not 0.
        return at - 1;
      }
    }
  }
}

const STEPWISE_SIZE: usize = 64;

/** What is left of `00 00` and `00 01` is 0. */
const LANE_MASK: u16 = 0xfeff;

function lanes(at: usize): v128 {
  return v128.and(v128.load(at), i16x8.splat(LANE_MASK));
}

/** The first candidate lane at or after `from`. */
function skipBySimd(from: usize): usize {
  let at = from;
  while (true) {
    const least = i16x8.min_u(
      i16x8.min_u(lanes(at), lanes(at + 16)),
      i16x8.min_u(lanes(at + 32), lanes(at + 48)),
    );
    if (!i16x8.all_true(least)) break;
    at += 64;
  }
  while (true) {
    const mask = i16x8.bitmask(i16x8.eq(lanes(at), i16x8.splat(0)));
    if (mask !== 0) return at + (ctz(mask) << 1);
    at += 16;
  }
}

const LOW_15: u64 = 0x7fff_7fff_7fff_7fff;
const LOW_15_OF_MASK: u64 = 0x7eff_7eff_7eff_7eff;

/**
 * In a candidate lane the highest bit becomes 0. So it does for `00 80` and
 * `00 81`, a mistake that is cheaper than avoiding it.
 */
function markLanes(word: u64): u64 {
  return (word & LOW_15_OF_MASK) + LOW_15;
}

/** The same, eight bytes at a time. */
function skipByWords(from: usize): usize {
  let at = from;
  while (
    (markLanes(load<u64>(at)) & markLanes(load<u64>(at, 8)) &
        markLanes(load<u64>(at, 16)) & markLanes(load<u64>(at, 24)) &
        markLanes(load<u64>(at, 32)) & markLanes(load<u64>(at, 40)) &
        markLanes(load<u64>(at, 48)) & markLanes(load<u64>(at, 56)) |
      LOW_15) === <u64> -1
  ) {
    at += 64;
  }
  while (true) {
    const mask = ~(markLanes(load<u64>(at)) | LOW_15);
    if (mask !== 0) return at + <usize> (ctz(mask) >> 4 << 1);
    at += 8;
  }
}
