/**
 * Writes sequence parameter sets (ITU-T H.264 section 7.3.2.1.1, annex E).
 *
 * @module
 */

import { nalUnit } from "./h264.ts";

/** Bits in the order of the standard's tables. */
class BitWriter {
  #bits = "";

  /** u(n) */
  unsigned(size: number, value: number): this {
    this.#bits += value.toString(2).padStart(size, "0").slice(-size);
    return this;
  }

  flag(value: boolean): this {
    return this.unsigned(1, value ? 1 : 0);
  }

  /** ue(v) */
  code(...values: readonly number[]): this {
    for (const value of values) {
      const bits = (value + 1).toString(2);
      this.#bits += "0".repeat(bits.length - 1) + bits;
    }
    return this;
  }

  /** se(v) */
  signed(value: number): this {
    return this.code(value > 0 ? value * 2 - 1 : -value * 2);
  }

  /** With the stop bit, as an RBSP. */
  bytes(): Uint8Array {
    const bits = this.#bits + "1";
    return Uint8Array.from(
      bits.match(/.{1,8}/g) ?? [],
      (byte) => parseInt(byte.padEnd(8, "0"), 2),
    );
  }
}

/** Hypothetical reference decoder parameters (E.1.2). */
export interface Hrd {
  /** bit_rate_value_minus1 and cpb_size_value_minus1 of each. */
  readonly buffers: readonly (readonly [number, number])[];
}

/** VUI parameters (E.1.1); what is missing is not present. */
export interface Usability {
  /** aspect_ratio_idc, or width and height of a sample. */
  readonly sampleAspect?: number | readonly [number, number];
  readonly overscan?: boolean;
  /** Whether with a colour description. */
  readonly videoSignal?: boolean;
  readonly chromaLocation?: readonly [number, number];
  readonly timing?: readonly [unitsInTick: number, timeScale: number];
  readonly nalHrd?: Hrd;
  readonly vclHrd?: Hrd;
  readonly reorderFramesMax?: number;
}

/** What an SPS says. */
export interface SequenceParameters {
  readonly profile: number;
  readonly constraints: number;
  readonly level: number;
  readonly id: number;
  /** chroma_format_idc, written for the profiles that have it. */
  readonly chromaFormat: number;
  readonly hasSeparatePlanes: boolean;
  /** Each list's deltas, or undefined where it is not present. */
  readonly scalingLists?: readonly (readonly number[] | undefined)[];
  /** 0 to 2, with offset_for_ref_frame of type 1. */
  readonly orderCountType: number;
  readonly offsets: readonly number[];
  /** Macroblocks, and map units: half as many rows for fields. */
  readonly across: number;
  readonly mapUnits: number;
  readonly isFramesOnly: boolean;
  /** Crop offsets left, right, top, bottom. */
  readonly crop?: readonly [number, number, number, number];
  readonly usability?: Usability;
}

/** Profiles whose SPS says the chroma format. */
export const CHROMA_PROFILES: readonly number[] = [
  ...[100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135],
];

/** The NAL unit, emulation prevention included. */
export function writeSps(sps: SequenceParameters): Uint8Array {
  const bits = new BitWriter().unsigned(8, sps.profile)
    .unsigned(8, sps.constraints).unsigned(8, sps.level).code(sps.id);
  if (CHROMA_PROFILES.includes(sps.profile)) writeChroma(bits, sps);
  bits.code(0, sps.orderCountType);
  if (sps.orderCountType === 0) bits.code(2);
  if (sps.orderCountType === 1) {
    bits.flag(false).signed(-3).signed(4).code(sps.offsets.length);
    for (const offset of sps.offsets) bits.signed(offset);
  }
  bits.code(4).flag(false).code(sps.across - 1, sps.mapUnits - 1);
  bits.flag(sps.isFramesOnly);
  if (!sps.isFramesOnly) bits.flag(true);
  bits.flag(true).flag(sps.crop !== undefined);
  if (sps.crop !== undefined) bits.code(...sps.crop);
  bits.flag(sps.usability !== undefined);
  if (sps.usability !== undefined) writeUsability(bits, sps.usability);
  return nalUnit(0x67, bits.bytes());
}

function writeChroma(bits: BitWriter, sps: SequenceParameters): void {
  bits.code(sps.chromaFormat);
  if (sps.chromaFormat === 3) bits.flag(sps.hasSeparatePlanes);
  bits.code(0, 0).flag(false).flag(sps.scalingLists !== undefined);
  if (sps.scalingLists === undefined) return;
  const count = sps.chromaFormat === 3 ? 12 : 8;
  for (let list = 0; list < count; list++) {
    const deltas = sps.scalingLists[list];
    bits.flag(deltas !== undefined);
    if (deltas !== undefined) {
      writeScalingList(bits, list < 6 ? 16 : 64, deltas);
    }
  }
}

/** The deltas again and again, until there is one for each coefficient. */
function writeScalingList(
  bits: BitWriter,
  size: number,
  deltas: readonly number[],
): void {
  let scale = 8;
  for (let index = 0; index < size; index++) {
    const delta = deltas[index % deltas.length] ?? 0;
    bits.signed(delta);
    scale = (scale + delta + 256) % 256;
    if (scale === 0) return;
  }
}

function writeUsability(bits: BitWriter, vui: Usability): void {
  const { sampleAspect, chromaLocation, timing, reorderFramesMax } = vui;
  bits.flag(sampleAspect !== undefined);
  if (typeof sampleAspect === "number") bits.unsigned(8, sampleAspect);
  else if (sampleAspect !== undefined) {
    const [width, height] = sampleAspect;
    bits.unsigned(8, 255).unsigned(16, width).unsigned(16, height);
  }
  bits.flag(vui.overscan !== undefined);
  if (vui.overscan !== undefined) bits.flag(vui.overscan);
  bits.flag(vui.videoSignal !== undefined);
  if (vui.videoSignal !== undefined) {
    bits.unsigned(4, 10).flag(vui.videoSignal);
    if (vui.videoSignal) bits.unsigned(24, 0x010101);
  }
  bits.flag(chromaLocation !== undefined);
  if (chromaLocation !== undefined) bits.code(...chromaLocation);
  bits.flag(timing !== undefined);
  if (timing !== undefined) {
    bits.unsigned(32, timing[0]).unsigned(32, timing[1]).flag(true);
  }
  for (const hrd of [vui.nalHrd, vui.vclHrd]) {
    bits.flag(hrd !== undefined);
    if (hrd !== undefined) writeHrd(bits, hrd);
  }
  if (vui.nalHrd !== undefined || vui.vclHrd !== undefined) bits.flag(false);
  bits.flag(true).flag(reorderFramesMax !== undefined);
  if (reorderFramesMax === undefined) return;
  bits.flag(true).code(0, 0, 11, 11, reorderFramesMax, 16);
}

function writeHrd(bits: BitWriter, { buffers }: Hrd): void {
  bits.code(buffers.length - 1).unsigned(8, 0x35);
  for (const buffer of buffers) bits.code(...buffer).flag(true);
  bits.unsigned(20, 0xbeef7);
}
