// One access unit in, its RTP packets out, one by one and in place: each
// packet's header is written into the bytes just before its payload, which
// the packet before has already used.

import { findStartCode, START_CODE_SIZE, writeSentinel } from "./annexb";
import { exhausted, openBits, readUnsigned } from "./bits";
import {
  ACCESS_UNIT_SIZE_MAX,
  EXTENSION,
  EXTENSION_SIZE_MAX,
  facts,
  Flag,
  FRAME,
  NAL_UNITS,
  NAL_UNITS_MAX,
  packet,
  PACKET_SIZE_LIMIT,
  PACKET_SIZE_MIN,
  PARAMETER_SETS_MAX,
  parameterSet,
  PAYLOADS,
  RTP_HEADER_SIZE,
  span,
} from "./memory";
import {
  FORBIDDEN_BIT,
  hasParameterSets,
  isParameterSet,
  isPicture,
  isSent,
  NalType,
  nalType,
  NRI_BITS,
} from "./nal";
import {
  forgetSeen,
  isIncomplete,
  remember,
  rememberedSize,
  writeSet,
} from "./parameter_sets";
import { addNalUnit, closePayloads, openPayloads } from "./payloads";
import { setStream, setTimestamp, writeHeader } from "./rtp";
import { Status } from "./status";

/** FU indicator and FU header (RFC 6184 section 5.8). */
const FU_HEADER_SIZE: u32 = 2;
const FU_START: u32 = 0x80;
const FU_END: u32 = 0x40;

/** Until configured: packets of 1 200 bytes. */
let payloadSizeMax: u32 = 1188;
let extensionSizeMax: u32 = 0;
/** Of the next packet. */
let sequenceNumber: u32 = 0;
/** Parameter sets came without a picture: the next picture takes them. */
let isPending: bool = false;

// The packets still to come of the current access unit.
let payloadCount: u32 = 0;
let payloadIndex: u32 = 0;
/** What is left of the current payload. */
let left: u32 = 0;
let cursor: usize = 0;
/** The cut NAL unit's header byte, or 0 while nothing is being cut. */
let cutHeader: u32 = 0;

// The current packet, as `extend` needs it.
let payloadAddress: usize = 0;
let payloadSize: u32 = 0;
let hasMarker: bool = false;
let isFirst: bool = false;
let packetSequenceNumber: u32 = 0;

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
  payloadSizeMax = packetSizeMax - RTP_HEADER_SIZE;
  extensionSizeMax = extensionSize;
  sequenceNumber = firstSequenceNumber & 0xffff;
  setStream(payloadType, ssrc);
  stop();
  return 0;
}

/**
 * Takes the access unit in FRAME: answers how many packets it makes, or why
 * it is refused. A refused one changes nothing. 0 packets: there was nothing
 * to send, for instance parameter sets that wait for their picture.
 */
export function begin(size: u32, rtpTimestamp: u32): i32 {
  stop();
  if (size > ACCESS_UNIT_SIZE_MAX) return Status.TOO_LARGE;
  const count = findNalUnits(FRAME + size);
  if (count < 0) return count;
  setTimestamp(rtpTimestamp);
  learn(count);
  if ((facts().flags & Flag.PICTURE) !== 0) return layOut(count);
  if (hasParameterSets(facts().nalTypes)) isPending = true;
  return 0;
}

/** Makes the next packet, at PACKET: answers its size, or 0 at the end. */
export function next(): u32 {
  isFirst = payloadIndex === 0 && cutHeader === 0;
  if (left === 0) {
    if (payloadIndex === payloadCount) return 0;
    const payload = span(PAYLOADS, payloadIndex);
    cursor = payload.address;
    left = payload.size;
  }
  const sizeMax = isFirst ? payloadSizeMax - extensionSizeMax : payloadSizeMax;
  if (cutHeader === 0 && left <= sizeMax) takeWhole();
  else takeFragment(sizeMax - FU_HEADER_SIZE);
  packetSequenceNumber = sequenceNumber;
  sequenceNumber = (sequenceNumber + 1) & 0xffff;
  return writePacket(0);
}

/**
 * Gives the frame's first packet, while it is the current one, the extension
 * that lies in EXTENSION; 0 takes it away. Answers the packet's new size.
 */
export function extend(size: u32): i32 {
  if (!isFirst || payloadSize === 0) return Status.INVALID_ARGUMENT;
  if (size > extensionSizeMax || (size & 3) !== 0) {
    return Status.INVALID_ARGUMENT;
  }
  // RFC 3550 section 5.3.1: the length counts 32-bit words after the first.
  if (
    size > 0 && <u32>bswap<u16>(load<u16>(EXTENSION, 2)) !== (size >> 2) - 1
  ) return Status.INVALID_ARGUMENT;
  return writePacket(size);
}

/** Drops what is left of the access unit before. */
function stop(): void {
  payloadCount = 0;
  payloadIndex = 0;
  left = 0;
  cutHeader = 0;
  payloadSize = 0;
  isFirst = false;
}

/** Fills NAL_UNITS; answers their number or a Status. */
function findNalUnits(end: usize): i32 {
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
    unit.size = <u32>(last - start);
    count++;
    if (stop >= end) return count;
    start = stop + START_CODE_SIZE;
  }
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
  openPayloads(payloadSizeMax, payloadSizeMax - extensionSizeMax);
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
  isPending = false;
  const own = known.nalTypes >> NalType.SPS & known.nalTypes >> NalType.PPS & 1;
  if (hasIdr && (isAdding || own !== 0)) known.flags |= Flag.KEY_FRAME;
  payloadCount = closePayloads();
  return countPackets();
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

function countPackets(): i32 {
  let packets: u32 = 0;
  for (let i: u32 = 0; i < payloadCount; i++) {
    const size = span(PAYLOADS, i).size;
    const sizeMax = i === 0 ? payloadSizeMax - extensionSizeMax : payloadSizeMax;
    packets++;
    if (size <= sizeMax) continue;
    const rest = size - 1 - (sizeMax - FU_HEADER_SIZE);
    const fragmentSize = payloadSizeMax - FU_HEADER_SIZE;
    packets += (rest + fragmentSize - 1) / fragmentSize;
  }
  return packets;
}

/** A single NAL unit packet, or a STAP-A as it was laid out. */
function takeWhole(): void {
  payloadAddress = cursor;
  payloadSize = left;
  left = 0;
  payloadIndex++;
  hasMarker = payloadIndex === payloadCount;
}

/**
 * An FU-A packet. What is longer than a single NAL unit packet makes two
 * fragments at least, so S and E are never set together.
 */
function takeFragment(sizeMax: u32): void {
  let fuHeader: u32 = 0;
  if (cutHeader === 0) {
    cutHeader = load<u8>(cursor);
    cursor++;
    left--;
    fuHeader = FU_START;
  }
  const size = min(left, sizeMax);
  payloadAddress = cursor - FU_HEADER_SIZE;
  payloadSize = size + FU_HEADER_SIZE;
  const indicator = cutHeader & (FORBIDDEN_BIT | NRI_BITS) | NalType.FU_A;
  cursor += size;
  left -= size;
  fuHeader |= nalType(cutHeader);
  if (left === 0) {
    fuHeader |= FU_END;
    cutHeader = 0;
    payloadIndex++;
  }
  hasMarker = left === 0 && payloadIndex === payloadCount;
  store<u8>(payloadAddress, <u8>indicator);
  store<u8>(payloadAddress, <u8>fuHeader, 1);
}

function writePacket(extensionSize: u32): u32 {
  const current = packet();
  current.address = payloadAddress - extensionSize - RTP_HEADER_SIZE;
  current.size = payloadSize + extensionSize + RTP_HEADER_SIZE;
  if (extensionSize > 0) {
    memory.copy(payloadAddress - extensionSize, EXTENSION, extensionSize);
  }
  writeHeader(
    current.address,
    packetSequenceNumber,
    hasMarker,
    extensionSize > 0,
  );
  return current.size;
}
