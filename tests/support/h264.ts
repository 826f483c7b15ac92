/**
 * H.264 for tests: made by hand, at random, or by x264.
 *
 * @module
 */

import { concatenate } from "./depacketizer.ts";

/** A random number generator that a failing case can be repeated with. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 to `limit` - 1 (mulberry32). */
  below(limit: number): number {
    this.#state = this.#state + 0x6d2b79f5 >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ mixed >>> 15, mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ mixed >>> 7, mixed | 61);
    return ((mixed ^ mixed >>> 14) >>> 0) % limit;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }
}

/** A NAL unit as it may stand in a byte stream (H.264 section 7.4.1). */
export function nalUnit(header: number, payload: Uint8Array): Uint8Array {
  const bytes = [header];
  let zeros = header === 0 ? 1 : 0;
  for (const byte of payload) {
    if (zeros >= 2 && byte <= 3) {
      bytes.push(3);
      zeros = 0;
    }
    bytes.push(byte);
    zeros = byte === 0 ? zeros + 1 : 0;
  }
  // RBSP trailing bits: the last byte of a NAL unit is never 0.
  if (bytes.at(-1) === 0) bytes.push(0x80);
  return Uint8Array.from(bytes);
}

/** What stands between NAL units in a byte stream. */
export interface Framing {
  /** Bytes of the start code: 3, or more zeros. */
  readonly startCodeSize: number;
  /** `trailing_zero_8bits`. */
  readonly zerosAfter: number;
}

/** A byte stream of these NAL units. */
export function byteStream(
  nalUnits: readonly { readonly unit: Uint8Array; readonly framing: Framing }[],
): Uint8Array<ArrayBuffer> {
  return concatenate(nalUnits.flatMap(({ unit, framing }) => {
    const startCode = new Uint8Array(framing.startCodeSize);
    startCode[framing.startCodeSize - 1] = 1;
    return [startCode, unit, new Uint8Array(framing.zerosAfter)];
  }));
}

/** Types with what they stand for, the frequent ones more than once. */
const RANDOM_TYPES = [1, 1, 1, 5, 5, 6, 7, 7, 8, 8, 9, 12, 0, 2, 20, 24, 31];
/** Sizes around the borders of packets, aggregates and search blocks. */
const RANDOM_SIZES = [
  0,
  1,
  2,
  3,
  7,
  30,
  60,
  83,
  84,
  85,
  86,
  114,
  115,
  116,
  240,
];

/** An access unit like an encoder's, or like nothing at all. */
export function randomAccessUnit(random: Random): Uint8Array<ArrayBuffer> {
  const count = 1 + random.below(5);
  const nalUnits = Array.from({ length: count }, () => {
    const header = random.pick(RANDOM_TYPES) | random.below(4) << 5;
    const payload = new Uint8Array(
      random.pick(RANDOM_SIZES) + random.below(4),
    );
    const isZeroish = random.below(4) === 0;
    for (let at = 0; at < payload.length; at++) {
      payload[at] = isZeroish ? random.below(4) : random.below(256);
    }
    const framing = {
      startCodeSize: 3 + random.below(3),
      zerosAfter: random.below(8) === 0 ? random.below(4) : 0,
    };
    return { unit: nalUnit(header, payload), framing };
  });
  const bytes = byteStream(nalUnits);
  for (let faults = random.below(8) === 0 ? 3 : 0; faults > 0; faults--) {
    bytes[random.below(bytes.length)] = random.below(4);
  }
  return bytes;
}

/** What x264 is to make. */
export interface ClipOptions {
  readonly size?: string;
  readonly frames?: number;
  /** Arguments for ffmpeg after the input. */
  readonly encoding?: readonly string[];
}

/** A clip in a temporary file; the caller removes it. */
export async function makeClip(
  { size = "320x240", frames = 30, encoding = [] }: ClipOptions = {},
): Promise<string> {
  const path = await Deno.makeTempFile({
    prefix: "nalgate-clip-",
    suffix: ".h264",
  });
  const { success, stderr } = await new Deno.Command("ffmpeg", {
    args: [
      ...["-loglevel", "error", "-y", "-f", "lavfi"],
      ...["-i", `testsrc2=size=${size}:rate=30`, "-frames:v", `${frames}`],
      ...["-c:v", "libx264", ...encoding, "-f", "h264", path],
    ],
  }).output();
  if (success) return path;
  await Deno.remove(path);
  throw new Error(`ffmpeg: ${new TextDecoder().decode(stderr)}`);
}
