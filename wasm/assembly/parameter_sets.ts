// Remembers the newest SPS and its PPSs, so that every IDR picture can be
// sent with them: a viewer who joins has nothing else to start from.

import { exhausted, openBits, readUnsigned } from "./bits";
import {
  facts,
  Flag,
  GAP_SIZE,
  PARAMETER_SET_SIZE_MAX,
  PARAMETER_SETS_MAX,
  parameterSet,
  parameterSetBytes,
} from "./memory";
import { NalType } from "./nal";
import { readSequenceFacts } from "./sps";

const SPS_SLOT: u32 = 0;

/** No slot: the set is too long, malformed, or one too many. */
const NONE: u32 = 0xffffffff;

let hasOverflown: bool = false;

/** Whether the access unit carries one that is not remembered. */
export function isOverflowing(): bool {
  return hasOverflown;
}

/** A new access unit: none of the sets has been seen in it. */
export function forgetSeen(): void {
  hasOverflown = false;
  for (let slot: u32 = 0; slot < PARAMETER_SETS_MAX; slot++) {
    parameterSet(slot).seen = 0;
  }
}

/** Takes note of one SPS or PPS of the access unit. */
export function remember(address: usize, size: u32, type: u32): void {
  const isSps = type === NalType.SPS;
  const id = isSps ? 0 : readPictureSetId(address, size);
  const slot = isSps ? SPS_SLOT : findSlot(id);
  const isSame = slot !== NONE && equals(slot, address, size);
  if (!isSame) {
    facts().flags |= Flag.PARAMETER_SETS_CHANGED;
    if (isSps) {
      // Decoders drop the PPSs of an SPS that is replaced by another.
      forgetAll();
      readSequenceFacts(address, size);
    }
    if (slot === NONE || size > PARAMETER_SET_SIZE_MAX) {
      if (slot !== NONE) parameterSet(slot).size = 0;
      hasOverflown = true;
      return;
    }
    const set = parameterSet(slot);
    set.size = size;
    set.id = id;
    memory.copy(parameterSetBytes(slot), address, size);
  }
  parameterSet(slot).seen = 1;
}

/**
 * Whether the remembered sets should stand in front in place of the access
 * unit's own: some are not in it, and none of its own would be lost.
 */
export function isIncomplete(): bool {
  if (hasOverflown || !isComplete()) return false;
  for (let slot: u32 = 0; slot < PARAMETER_SETS_MAX; slot++) {
    if (parameterSet(slot).size > 0 && parameterSet(slot).seen === 0) {
      return true;
    }
  }
  return false;
}

/** Whether an SPS and at least one PPS are remembered. */
function isComplete(): bool {
  if (parameterSet(SPS_SLOT).size === 0) return false;
  for (let slot: u32 = SPS_SLOT + 1; slot < PARAMETER_SETS_MAX; slot++) {
    if (parameterSet(slot).size > 0) return true;
  }
  return false;
}

/** The bytes that `writeSet` writes for all slots. */
export function rememberedSize(): u32 {
  let total: u32 = 0;
  for (let slot: u32 = 0; slot < PARAMETER_SETS_MAX; slot++) {
    const size = parameterSet(slot).size;
    if (size > 0) total += GAP_SIZE + size;
  }
  return total;
}

/** Copies one slot behind a gap at `at`, and answers where its copy ends. */
export function writeSet(slot: u32, at: usize): usize {
  const size = parameterSet(slot).size;
  memory.copy(at + GAP_SIZE, parameterSetBytes(slot), size);
  return at + GAP_SIZE + size;
}

function forgetAll(): void {
  for (let slot: u32 = 0; slot < PARAMETER_SETS_MAX; slot++) {
    parameterSet(slot).size = 0;
  }
}

function readPictureSetId(address: usize, size: u32): u32 {
  openBits(address, size);
  const id = readUnsigned();
  // Section 7.4.2.2: 0 to 255.
  return exhausted() || id > 255 ? NONE : id;
}

/** The slot of this PPS, or else the first free one. */
function findSlot(id: u32): u32 {
  if (id === NONE) return NONE;
  let free = NONE;
  for (let slot: u32 = SPS_SLOT + 1; slot < PARAMETER_SETS_MAX; slot++) {
    const set = parameterSet(slot);
    if (set.size > 0 && set.id === id) return slot;
    if (set.size === 0 && free === NONE) free = slot;
  }
  return free;
}

function equals(slot: u32, address: usize, size: u32): bool {
  return parameterSet(slot).size === size &&
    memory.compare(parameterSetBytes(slot), address, size) === 0;
}
