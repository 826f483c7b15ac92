// The RTP header (RFC 3550 section 5.1).
//
//     0                   1                   2                   3
//     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//    |V=2|P|X|  CC   |M|     PT      |       sequence number         |
//    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//    |                           timestamp                           |
//    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//    |                             SSRC                              |
//    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+

const VERSION_2: u32 = 0x80;
const EXTENSION_BIT: u32 = 0x10;
const MARKER_BIT: u32 = 0x80;

let payloadType: u32 = 96;
/** In network order, as stored. */
let ssrc: u32 = 0;
let timestamp: u32 = 0;

export function setStream(type: u32, source: u32): void {
  payloadType = type;
  ssrc = bswap<u32>(source);
}

export function setTimestamp(value: u32): void {
  timestamp = bswap<u32>(value);
}

export function writeHeader(
  at: usize,
  sequenceNumber: u32,
  hasMarker: bool,
  hasExtension: bool,
): void {
  const first = VERSION_2 | (hasExtension ? EXTENSION_BIT : 0);
  const second = (hasMarker ? MARKER_BIT : 0) | payloadType;
  store<u32>(
    at,
    first | second << 8 | <u32> bswap<u16>(<u16> sequenceNumber) << 16,
  );
  store<u32>(at, timestamp, 4);
  store<u32>(at, ssrc, 8);
}
