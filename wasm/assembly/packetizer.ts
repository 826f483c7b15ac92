// One access unit in: its NAL units are found, its parameter sets learnt, its
// payloads laid out. packets.ts makes the packets.

import { findNalUnits } from "./annexb";
import { exhausted, openBits, readUnsigned } from "./bits";
import {
  ACCESS_UNIT_SIZE_MAX,
  EXTENSION_SIZE_MAX,
  facts,
  Flag,
  FRAME,
  NAL_UNITS,
  PACKET_SIZE_LIMIT,
  PACKET_SIZE_MIN,
  PARAMETER_SETS_MAX,
  parameterSet,
  span,
} from "./memory";
import {
  hasParameterSets,
  isParameterSet,
  isPicture,
  isSent,
  NalType,
  nalType,
} from "./nal";
import {
  firstPayloadCapacity,
  payloadCapacity,
  setPackets,
  startPackets,
  stopPackets,
} from "./packets";
import {
  forgetSeen,
  isIncomplete,
  isOverflowing,
  remember,
  rememberedSize,
  writeSet,
} from "./parameter_sets";
import { addNalUnit, closePayloads, openPayloads } from "./payloads";
import { setStream, setTimestamp } from "./rtp";
import { Status } from "./status";

/** Parameter sets came without a picture: the next picture takes them. */
let isPending: bool = false;

/** Sizes are those of whole packets; the extension's come off the first. */
export function configure(
  packetSizeMax: u32,
  extensionSize: u32,
  payloadType: u32,
  ssrc: u32,
  firstSequenceNumber: u32,
): i32 {
  if (
    packetSizeMax < PACKET_SIZE_MIN || packetSizeMax > PACKET_SIZE_LIMIT ||
    extensionSize > EXTENSION_SIZE_MAX || (extensionSize & 3) !== 0 ||
    payloadType > 127
  ) return Status.INVALID_ARGUMENT;
  stopPackets();
  setPackets(packetSizeMax, extensionSize, firstSequenceNumber);
  setStream(payloadType, ssrc);
  return 0;
}

/**
 * Takes the access unit in FRAME: answers how many packets it makes, or why
 * it is refused. A refused one changes nothing. 0 packets: there was nothing
 * to send, for instance parameter sets that wait for their picture.
 */
export function begin(size: u32, rtpTimestamp: u32): i32 {
  stopPackets();
  if (size > ACCESS_UNIT_SIZE_MAX) return Status.TOO_LARGE;
  const count = findNalUnits(FRAME + size);
  if (count < 0) return count;
  setTimestamp(rtpTimestamp);
  learn(count);
  const hasPicture = (facts().flags & Flag.PICTURE) !== 0;
  // Sets that cannot be remembered cannot wait for their picture either.
  const packets = hasPicture || isOverflowing() ? layOut(count) : 0;
  if (hasPicture) isPending = false;
  else if (packets === 0 && hasParameterSets(facts().nalTypes)) {
    isPending = true;
  }
  return packets;
}

/** Sets the access unit's part of the facts, remembers parameter sets. */
function learn(count: u32): void {
  const known = facts();
  known.nalTypes = 0;
  known.flags = 0;
  known.nalUnitsDropped = 0;
  forgetSeen();
  for (let i: u32 = 0; i < count; i++) {
    const unit = span(NAL_UNITS, i);
    if (unit.size === 0) {
      known.nalUnitsDropped++;
      continue;
    }
    const type = nalType(load<u8>(unit.address));
    known.nalTypes |= 1 << type;
    if (!isSent(type)) {
      known.nalUnitsDropped++;
      unit.size = 0;
    } else if (isParameterSet(type)) {
      remember(unit.address, unit.size, type);
    } else if (isPicture(type) && (known.flags & Flag.PICTURE) === 0) {
      known.flags |= Flag.PICTURE;
      if (isSliceB(unit.address, unit.size)) known.flags |= Flag.B_SLICES;
    }
  }
}

/** slice_type (table 7-6); a partition's own header is the same. */
function isSliceB(address: usize, size: u32): bool {
  openBits(address, size);
  readUnsigned(); // first_mb_in_slice
  const type = readUnsigned();
  return !exhausted() && type % 5 === 1;
}

/** Fills PAYLOADS; answers the number of packets. */
function layOut(count: u32): i32 {
  const known = facts();
  const hasIdr = (known.nalTypes >> NalType.IDR & 1) !== 0;
  const isAdding = (hasIdr || isPending) && isIncomplete();
  openPayloads(payloadCapacity(), firstPayloadCapacity());
  if (isAdding) {
    known.flags |= Flag.PARAMETER_SETS_ADDED;
    addRemembered();
  }
  for (let i: u32 = 0; i < count; i++) {
    const unit = span(NAL_UNITS, i);
    if (unit.size === 0) continue;
    if (isAdding && isParameterSet(nalType(load<u8>(unit.address)))) continue;
    addNalUnit(unit.address, unit.size);
  }
  const own = known.nalTypes >> NalType.SPS & known.nalTypes >> NalType.PPS & 1;
  if (hasIdr && (isAdding || own !== 0)) known.flags |= Flag.KEY_FRAME;
  return startPackets(closePayloads());
}

/** Writes the remembered sets into the headroom, as if they came first. */
function addRemembered(): void {
  let at = FRAME - rememberedSize();
  for (let slot: u32 = 0; slot < PARAMETER_SETS_MAX; slot++) {
    const size = parameterSet(slot).size;
    if (size === 0) continue;
    at = writeSet(slot, at);
    addNalUnit(at - size, size);
  }
}
