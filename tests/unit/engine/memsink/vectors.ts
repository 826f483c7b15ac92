/**
 * One frame as each version's bytes, put together by hand from µStreamer's
 * structs and not by our own code.
 *
 * The frame: id 0x0000000123456789, 1280 × 720, `H264`, stride 0, online, a
 * key frame, gop 30 (0x1e), taken at 1234.5 s, and encoded until 1234.75 s.
 *
 * @module
 */

const X87 = { grab: "000000000000509a0940", end: "000000000000589a0940" };
const BINARY128 = {
  grab: "000000000000000000000000a0340940",
  end: "000000000000000000000000b0340940",
};
const TIMES = Deno.build.arch === "x86_64" ? X87 : BINARY128;

/** A version's frame: bytes at offsets, none written elsewhere. */
export interface Vector {
  readonly layout: string;
  readonly objectSize: number;
  readonly dataAt: number;
  /** Offset and bytes. The id and the encoder's time differ per write. */
  readonly fixed: readonly (readonly [number, string])[];
  /** Offset of the encoder's last time. */
  readonly encodeEnd: number;
  readonly lastClient: number;
  readonly keyRequest: number | undefined;
  readonly hasGop: boolean;
}

const MAGIC = "bebafecabebafeca";
const GEOMETRY = "00050000 d0020000 48323634 00000000";
const USED_12 = "0c00000000000000";

export const ID: readonly [number, string] = [16, "8967452301000000"];
export const ENCODE_END = TIMES.end;
export const DATA = "00000001 65b80004 0badcafe";

export const VECTORS: readonly Vector[] = [
  {
    layout: "2",
    objectSize: 33554560,
    dataAt: 128,
    fixed: [
      [0, MAGIC + "02000000"],
      [24, USED_12],
      [32, GEOMETRY],
      [48, "0101"],
      [64, TIMES.grab],
      [80, TIMES.grab],
    ],
    encodeEnd: 96,
    lastClient: 112,
    keyRequest: undefined,
    hasGop: false,
  },
  {
    layout: "3",
    objectSize: 33554576,
    dataAt: 129,
    fixed: [
      [0, MAGIC + "03000000"],
      [24, USED_12],
      [32, GEOMETRY],
      [48, "0101"],
      [64, TIMES.grab],
      [80, TIMES.grab],
    ],
    encodeEnd: 96,
    lastClient: 112,
    keyRequest: 128,
    hasGop: false,
  },
  ...[
    { version: 4, objectSize: 33554576, dataAt: 129 },
    { version: 5, objectSize: 2097296, dataAt: 20736 },
    { version: 6, objectSize: 2097296, dataAt: 144 },
  ].map(({ version, objectSize, dataAt }): Vector => ({
    layout: `${version}`,
    objectSize,
    dataAt,
    fixed: [
      [0, `${MAGIC}0${version}000000`],
      [24, USED_12],
      [32, GEOMETRY],
      [48, "0101 0000 1e000000"],
      [64, TIMES.grab],
      [80, TIMES.grab],
    ],
    encodeEnd: 96,
    lastClient: 112,
    keyRequest: 128,
    hasGop: true,
  })),
  {
    layout: "7-short",
    objectSize: 2097280,
    dataAt: 128,
    fixed: [
      [0, MAGIC + "07000000"],
      [24, USED_12],
      [52, GEOMETRY],
      [68, "0101 0000 1e000000"],
      [80, TIMES.grab],
      [96, TIMES.grab],
    ],
    encodeEnd: 112,
    lastClient: 32,
    keyRequest: 48,
    hasGop: true,
  },
  ...[7, 8].map((version): Vector => ({
    layout: `${version}`,
    objectSize: 2097296,
    dataAt: 144,
    fixed: [
      [0, `${MAGIC}0${version}000000`],
      [24, USED_12],
      [52, GEOMETRY],
      [68, "0101 0000 1e000000"],
      [80, TIMES.grab],
      [96, TIMES.grab],
      [112, TIMES.grab],
    ],
    encodeEnd: 128,
    lastClient: 32,
    keyRequest: 48,
    hasGop: true,
  })),
  {
    layout: "10",
    objectSize: 2097312,
    dataAt: 160,
    fixed: [
      [0, MAGIC + "0a000000"],
      [24, USED_12],
      [68, GEOMETRY],
      [84, "0101 0000 1e000000"],
      [96, TIMES.grab],
      [112, TIMES.grab],
      [128, TIMES.grab],
    ],
    encodeEnd: 144,
    lastClient: 32,
    keyRequest: 64,
    hasGop: true,
  },
];
