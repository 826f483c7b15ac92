// Every byte of the linear memory that the packetizer uses, drawn once.
//
//      FRAME_REGION                                            owner
//    ┌───────────────────────────────────────────────────────┐
//    │ headroom: first packet's header and extension,        │ packetizer
//    │ remembered parameter sets when they are put in front  │
//    ├───────────────────────────────────────────────────────┤ ◀ FRAME
//    │ one access unit, Annex B, ACCESS_UNIT_SIZE_MAX        │ host until
//    │                                                       │ begin(), then
//    │                                                       │ packetizer
//    ├───────────────────────────────────────────────────────┤
//    │ tail: a sentinel start code, and room to read past it │ packetizer
//    └───────────────────────────────────────────────────────┘
//    ┌──────────────────┐┌──────────────────┐
//    │ NAL_UNITS table  ││ PAYLOADS table   │                  packetizer
//    └──────────────────┘└──────────────────┘
//    ┌───────────────────────────────────────────────────────┐
//    │ PARAMETER_SETS: slot 0 the SPS, the others PPSs       │ packetizer
//    └───────────────────────────────────────────────────────┘
//    ┌───────────┐┌────────┐┌───────┐
//    │ EXTENSION ││ PACKET ││ FACTS │              host | packetizer (2×)
//    └───────────┘└────────┘└───────┘

/** µStreamer's H.264 sink holds as much. */
export const ACCESS_UNIT_SIZE_MAX: u32 = 2 * 1024 * 1024;

/**
 * The table's size: 8K video has 270 macroblock rows, and an encoder that
 * makes one slice per 1 200 byte packet fills 1 024 with a 1.2 MB picture.
 */
export const NAL_UNITS_MAX: u32 = 1024;

/** An SPS with scaling lists, VUI and HRD parameters stays below 400. */
export const PARAMETER_SET_SIZE_MAX: u32 = 512;

/** One SPS and eight PPSs: x264 and hardware encoders use one to three. */
export const PARAMETER_SETS_MAX: u32 = 9;

/** A whole RFC 8285 extension, its `0xBEDE` and length word included. */
export const EXTENSION_SIZE_MAX: u32 = 32;

/** RFC 3550 section 5.1, no CSRC. */
export const RTP_HEADER_SIZE: u32 = 12;

/** Below, header and extension leave no room that is worth a packet. */
export const PACKET_SIZE_MIN: u32 = 128;

/** Ethernet; Janus drops what is larger. */
export const PACKET_SIZE_LIMIT: u32 = 1500;

/** Start code between two parameter sets; a STAP-A needs two bytes of it. */
export const GAP_SIZE: u32 = 3;

/** One entry of the NAL_UNITS and PAYLOADS tables. */
@unmanaged
export class Span {
  address: usize;
  size: u32;
}

/** The header of a slot in PARAMETER_SETS; the bytes follow it. */
@unmanaged
export class ParameterSet {
  /** Bytes in use; 0: the slot is free. */
  size: u32;
  /** `pic_parameter_set_id`; of no meaning for the SPS. */
  id: u32;
  /** Whether the current access unit carries it. */
  seen: u32;
}

/** The current packet. */
@unmanaged
export class Packet {
  address: usize;
  size: u32;
}

/** What is known of the newest access unit and of the newest SPS. */
@unmanaged
export class Facts {
  /** Bit n: a NAL unit of type n was in the access unit. */
  nalTypes: u32;
  /** See `Flag`. */
  flags: u32;
  /** NAL units that were not sent, such as delimiters and filler. */
  nalUnitsDropped: u32;
  /** profile_idc << 16 | constraint flags << 8 | level_idc, or 0. */
  profileLevelId: u32;
  width: u32;
  height: u32;
  /** `UNKNOWN` if the SPS does not say. */
  reorderFramesMax: u32;
  /** Frames per second are timeScale / (2 × unitsInTick); 0 if not said. */
  timeScale: u32;
  unitsInTick: u32;
}

export const UNKNOWN: u32 = 0xffffffff;

export namespace Flag {
  /** A viewer can start here: an IDR picture with its parameter sets. */
  export const KEY_FRAME: u32 = 1;
  /** The access unit has coded slices. */
  export const PICTURE: u32 = 2;
  /** An SPS or PPS differs from the one remembered. */
  export const PARAMETER_SETS_CHANGED: u32 = 4;
  /** Remembered parameter sets were put in front. */
  export const PARAMETER_SETS_ADDED: u32 = 8;
  /** The first slice is a B slice: browsers will stutter. */
  export const B_SLICES: u32 = 16;
}

export const SPAN_SIZE: u32 = offsetof<Span>();
export const SLOT_HEADER_SIZE: u32 = offsetof<ParameterSet>();
export const SLOT_SIZE: u32 = SLOT_HEADER_SIZE + PARAMETER_SET_SIZE_MAX;

/** Header, extension and all parameter sets, rounded up. */
const HEADROOM: u32 = 5120;
if (
  RTP_HEADER_SIZE + EXTENSION_SIZE_MAX +
      PARAMETER_SETS_MAX * (GAP_SIZE + PARAMETER_SET_SIZE_MAX) > HEADROOM
) {
  ERROR("the headroom does not hold all parameter sets");
}

/** The scan reads at most 65 bytes from where the sentinel begins. */
const TAIL: u32 = 128;

const FRAME_REGION: usize = memory.data(
  HEADROOM + ACCESS_UNIT_SIZE_MAX + TAIL,
  64,
);
export const FRAME: usize = FRAME_REGION + HEADROOM;

export const NAL_UNITS: usize = memory.data(NAL_UNITS_MAX * SPAN_SIZE, 16);
export const PAYLOADS: usize = memory.data(
  (NAL_UNITS_MAX + PARAMETER_SETS_MAX) * SPAN_SIZE,
  16,
);
export const PARAMETER_SETS: usize = memory.data(
  PARAMETER_SETS_MAX * SLOT_SIZE,
  16,
);
export const EXTENSION: usize = memory.data(EXTENSION_SIZE_MAX, 16);
export const PACKET: usize = memory.data(offsetof<Packet>(), 16);
export const FACTS: usize = memory.data(offsetof<Facts>(), 16);

export function packet(): Packet {
  return changetype<Packet>(PACKET);
}

export function facts(): Facts {
  return changetype<Facts>(FACTS);
}

export function span(table: usize, index: u32): Span {
  return changetype<Span>(table + <usize> index * SPAN_SIZE);
}

export function parameterSet(slot: u32): ParameterSet {
  return changetype<ParameterSet>(PARAMETER_SETS + <usize> slot * SLOT_SIZE);
}

export function parameterSetBytes(slot: u32): usize {
  return changetype<usize>(parameterSet(slot)) + SLOT_HEADER_SIZE;
}
