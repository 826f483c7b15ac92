// What the sequence parameter set says (ITU-T H.264 section 7.3.2.1.1 and
// annex E) of profile, level, picture size, reordering and timing.

import {
  exhausted,
  openBits,
  readBits,
  readFlag,
  readSigned,
  readUnsigned,
} from "./bits";
import { facts, UNKNOWN } from "./memory";

/** sqrt(8 × MaxFS) of level 6.2, the highest (table A-1, A.3.1 f and g). */
const MACROBLOCKS_ACROSS_MAX: u32 = 1055;

/** Table E-1. */
const EXTENDED_SAR: u32 = 255;

/** Sets the SPS's part of the facts; what cannot be read stays 0. */
export function readSequenceFacts(address: usize, size: u32): void {
  const known = facts();
  known.profileLevelId = 0;
  known.width = 0;
  known.height = 0;
  known.reorderFramesMax = UNKNOWN;
  known.timeScale = 0;
  known.unitsInTick = 0;

  openBits(address, size);
  const profile = readBits(8);
  const constraints = readBits(8);
  const level = readBits(8);
  readUnsigned(); // seq_parameter_set_id
  if (exhausted()) return;
  known.profileLevelId = profile << 16 | constraints << 8 | level;
  const chromaFormat = hasChromaFormat(profile) ? readChromaFormat() : 1;
  readUnsigned(); // log2_max_frame_num_minus4
  skipPictureOrderCount();
  readUnsigned(); // max_num_ref_frames
  readFlag(); // gaps_in_frame_num_value_allowed_flag
  readPictureSize(chromaFormat);
  if (!exhausted() && readFlag()) readUsability();
}

function hasChromaFormat(profile: u32): bool {
  return profile === 100 || profile === 110 || profile === 122 ||
    profile === 244 || profile === 44 || profile === 83 || profile === 86 ||
    profile === 118 || profile === 128 || profile === 138 ||
    profile === 139 || profile === 134 || profile === 135;
}

/** ChromaArrayType: 0 for monochrome and for separate colour planes. */
function readChromaFormat(): u32 {
  const format = readUnsigned();
  const isSeparate = format === 3 && readFlag();
  readUnsigned(); // bit_depth_luma_minus8
  readUnsigned(); // bit_depth_chroma_minus8
  readFlag(); // qpprime_y_zero_transform_bypass_flag
  if (readFlag()) {
    const count: u32 = format === 3 ? 12 : 8;
    for (let i: u32 = 0; i < count; i++) {
      if (readFlag()) skipScalingList(i < 6 ? 16 : 64);
    }
  }
  return isSeparate ? 0 : format;
}

/** Section 7.3.2.1.1.1. */
function skipScalingList(size: u32): void {
  let scale: i32 = 8;
  for (let i: u32 = 0; i < size; i++) {
    scale = (scale + readSigned() + 256) & 255;
    if (scale === 0) return;
  }
}

function skipPictureOrderCount(): void {
  const type = readUnsigned();
  if (type === 0) {
    readUnsigned(); // log2_max_pic_order_cnt_lsb_minus4
  } else if (type === 1) {
    readFlag(); // delta_pic_order_always_zero_flag
    readSigned(); // offset_for_non_ref_pic
    readSigned(); // offset_for_top_to_bottom_field
    const count = readUnsigned();
    for (let i: u32 = 0; i < count && !exhausted(); i++) readSigned();
  }
}

function readPictureSize(chromaFormat: u32): void {
  const across = readUnsigned() + 1;
  const mapUnits = readUnsigned() + 1;
  const isFramesOnly = readFlag();
  if (!isFramesOnly) readFlag(); // mb_adaptive_frame_field_flag
  readFlag(); // direct_8x8_inference_flag
  let left: u32 = 0, right: u32 = 0, top: u32 = 0, bottom: u32 = 0;
  if (readFlag()) {
    left = readUnsigned();
    right = readUnsigned();
    top = readUnsigned();
    bottom = readUnsigned();
  }
  const fields: u32 = isFramesOnly ? 1 : 2;
  if (
    exhausted() || chromaFormat > 3 || across > MACROBLOCKS_ACROSS_MAX ||
    mapUnits > MACROBLOCKS_ACROSS_MAX
  ) return;
  // Table 6-1: 4:2:0 and 4:2:2 have half the columns, 4:2:0 half the rows.
  const unitX: u64 = chromaFormat === 1 || chromaFormat === 2 ? 2 : 1;
  const unitY: u64 = (chromaFormat === 1 ? 2 : 1) * fields;
  const cutX = unitX * (<u64> left + right);
  const cutY = unitY * (<u64> top + bottom);
  const width = across * 16;
  const height = mapUnits * fields * 16;
  if (cutX >= width || cutY >= height) return;
  facts().width = width - <u32> cutX;
  facts().height = height - <u32> cutY;
}

/** VUI parameters (E.1.1), for their timing and their reordering bound. */
function readUsability(): void {
  if (readFlag() && readBits(8) === EXTENDED_SAR) readBits(32);
  if (readFlag()) readFlag(); // overscan_info
  if (readFlag()) { // video_signal_type
    readBits(4);
    if (readFlag()) readBits(24); // colour_description
  }
  if (readFlag()) { // chroma_loc_info
    readUnsigned();
    readUnsigned();
  }
  if (readFlag()) {
    const unitsInTick = readBits(32);
    const timeScale = readBits(32);
    readFlag(); // fixed_frame_rate_flag
    if (!exhausted()) {
      facts().unitsInTick = unitsInTick;
      facts().timeScale = timeScale;
    }
  }
  const hasNalHrd = readFlag();
  if (hasNalHrd) skipHrd();
  const hasVclHrd = readFlag();
  if (hasVclHrd) skipHrd();
  if (hasNalHrd || hasVclHrd) readFlag(); // low_delay_hrd_flag
  readFlag(); // pic_struct_present_flag
  if (readFlag()) readBitstreamRestriction();
}

/** Hypothetical reference decoder parameters (E.1.2). */
function skipHrd(): void {
  const count = readUnsigned() + 1;
  readBits(8); // bit_rate_scale, cpb_size_scale
  for (let i: u32 = 0; i < count && !exhausted(); i++) {
    readUnsigned();
    readUnsigned();
    readFlag();
  }
  readBits(20); // four lengths of 5 bits
}

function readBitstreamRestriction(): void {
  readFlag(); // motion_vectors_over_pic_boundaries_flag
  readUnsigned(); // max_bytes_per_pic_denom
  readUnsigned(); // max_bits_per_mb_denom
  readUnsigned(); // log2_max_mv_length_horizontal
  readUnsigned(); // log2_max_mv_length_vertical
  const reorder = readUnsigned();
  if (!exhausted()) facts().reorderFramesMax = reorder;
}
