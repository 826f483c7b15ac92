// Makes packets of the laid out payloads, one by one and in place: each
// packet's header is written into the bytes just before its payload, which
// the packet before has already used.

import { EXTENSION, packet, PAYLOADS, RTP_HEADER_SIZE, span } from "./memory";
import { FORBIDDEN_BIT, NalType, nalType, NRI_BITS } from "./nal";
import { writeHeader } from "./rtp";
import { Status } from "./status";

/** FU indicator and FU header (RFC 6184 section 5.8). */
const FU_HEADER_SIZE: u32 = 2;
const FU_START: u32 = 0x80;
const FU_END: u32 = 0x40;

/** Until configured: packets of 1 200 bytes. */
let payloadSizeMax: u32 = 1188;
let extensionSizeMax: u32 = 0;
/** Of the next packet, in the low 16 bits. */
let sequenceNumber: u32 = 0;

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

/** From now on. The extension comes off a frame's first packet. */
export function setPackets(
  packetSizeMax: u32,
  extensionSize: u32,
  firstSequenceNumber: u32,
): void {
  payloadSizeMax = packetSizeMax - RTP_HEADER_SIZE;
  extensionSizeMax = extensionSize;
  sequenceNumber = firstSequenceNumber;
}

/** Payload bytes in a packet. */
export function payloadCapacity(): u32 {
  return payloadSizeMax;
}

/** Payload bytes in a frame's first packet. */
export function firstPayloadCapacity(): u32 {
  return payloadSizeMax - extensionSizeMax;
}

/** Drops what is left of the access unit before. */
export function stopPackets(): void {
  payloadCount = 0;
  payloadIndex = 0;
  left = 0;
  cutHeader = 0;
  payloadSize = 0;
  isFirst = false;
}

/** Starts on this many entries of PAYLOADS; answers how many packets. */
export function startPackets(count: u32): i32 {
  payloadCount = count;
  let packets: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const size = span(PAYLOADS, i).size;
    const sizeMax = i === 0 ? firstPayloadCapacity() : payloadSizeMax;
    packets++;
    if (size <= sizeMax) continue;
    // The NAL unit's header byte is not among what the fragments carry.
    const rest = size - 1 - (sizeMax - FU_HEADER_SIZE);
    const fragmentSize = payloadSizeMax - FU_HEADER_SIZE;
    packets += (rest + fragmentSize - 1) / fragmentSize;
  }
  return packets;
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
  const sizeMax = isFirst ? firstPayloadCapacity() : payloadSizeMax;
  if (cutHeader === 0 && left <= sizeMax) takeWhole();
  else takeFragment(sizeMax - FU_HEADER_SIZE);
  packetSequenceNumber = sequenceNumber;
  sequenceNumber++;
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
    size > 0 && <u32> bswap<u16>(load<u16>(EXTENSION, 2)) !== (size >> 2) - 1
  ) return Status.INVALID_ARGUMENT;
  return writePacket(size);
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
  let size = min(left, sizeMax);
  // A last fragment of one byte is legal, but receivers have failed on it.
  if (left - size === 1) size--;
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
  store<u8>(payloadAddress, <u8> indicator);
  store<u8>(payloadAddress, <u8> fuHeader, 1);
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
