// Turns NAL units into RTP payloads: single NAL units and STAP-A (RFC 6184
// section 5.7.1) as they are, longer ones to be cut into FU-A on the way out.
//
//     0                   1                   2                   3
//     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//    |F|NRI| Type 24 |          NALU 1 size          |  NALU 1 ...   :
//    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//
// In place: two bytes of the start code (three bytes or more) before a NAL
// unit become its size, one byte more before the first becomes the header,
// and each NAL unit moves down to the one before it.

import { PAYLOADS, span } from "./memory";
import { FORBIDDEN_BIT, isSharing, NalType, nalType, NRI_BITS } from "./nal";

const SIZE_FIELD: u32 = 2;
const STAP_HEADER_SIZE: u32 = 1;

/** Payload bytes in a packet, and in the frame's first. */
let capacity: u32 = 0;
let firstCapacity: u32 = 0;
let count: u32 = 0;
/** NAL units in the payload that may still take more; 0: none is open. */
let sharers: u32 = 0;
let header: u32 = 0;

export function openPayloads(sizeMax: u32, firstSizeMax: u32): void {
  capacity = sizeMax;
  firstCapacity = firstSizeMax;
  count = 0;
  sharers = 0;
}

/** Takes NAL units in the order of their addresses. */
export function addNalUnit(address: usize, size: u32): void {
  const unitHeader: u32 = load<u8>(address);
  if (!isSharing(nalType(unitHeader))) {
    closePayloads();
    append(address, size);
  } else if (!share(address, size, unitHeader)) {
    closePayloads();
    append(address, size);
    sharers = 1;
    header = unitHeader;
  }
}

/** Ends the open payload, and answers how many payloads there are. */
export function closePayloads(): u32 {
  if (sharers > 1) {
    const stap = span(PAYLOADS, count - 1).address;
    store<u8>(
      stap,
      <u8> (header & (FORBIDDEN_BIT | NRI_BITS) | NalType.STAP_A),
    );
  }
  sharers = 0;
  return count;
}

function append(address: usize, size: u32): void {
  const payload = span(PAYLOADS, count);
  payload.address = address;
  payload.size = size;
  count += 1;
}

/** Puts the NAL unit into the open payload if there is one with room. */
function share(address: usize, size: u32, unitHeader: u32): bool {
  if (sharers === 0) return false;
  const payload = span(PAYLOADS, count - 1);
  const sizeMax = count === 1 ? firstCapacity : capacity;
  const overhead = sharers === 1
    ? STAP_HEADER_SIZE + SIZE_FIELD + SIZE_FIELD
    : SIZE_FIELD;
  if (payload.size + overhead + size > sizeMax) return false;
  if (sharers === 1) beginStap();
  const at = payload.address + payload.size;
  writeSize(at, size);
  memory.copy(at + SIZE_FIELD, address, size);
  payload.size += SIZE_FIELD + size;
  sharers += 1;
  // Section 5.7: F is set if any is, NRI is the highest.
  header = (header | unitHeader) & FORBIDDEN_BIT |
    max(header & NRI_BITS, unitHeader & NRI_BITS);
  return true;
}

/** The open payload's only NAL unit becomes a STAP-A's first. */
function beginStap(): void {
  const payload = span(PAYLOADS, count - 1);
  const size = payload.size;
  payload.address -= STAP_HEADER_SIZE + SIZE_FIELD;
  payload.size += STAP_HEADER_SIZE + SIZE_FIELD;
  writeSize(payload.address + STAP_HEADER_SIZE, size);
}

function writeSize(at: usize, size: u32): void {
  store<u16>(at, bswap<u16>(<u16> size));
}
