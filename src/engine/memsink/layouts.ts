/**
 * Where each version of µStreamer's memory sink keeps its fields: bytes from
 * the start of the shared memory object, per ABI, little-endian.
 *
 * In all of them the magic stands at 0 (u64), the version at 8 (u32), the
 * frame's id at 16 (u64) and the number of bytes used at 24 (`size_t`).
 *
 * @module
 */

import {
  BINARY128,
  BINARY64,
  type LongDouble,
  X87_EXTENDED,
} from "./long_double.ts";

const MIB = 2 ** 20;

/** `0xCAFEBABECAFEBABE`, as its two equal halves. */
export const MAGIC_HALF = 0xcafebabe;
export const VERSION_AT = 8;
export const ID_AT = 16;
export const USED_AT = 24;
/** Width, height, format and stride follow each other in all versions. */
export const HEIGHT_OFFSET = 4;
export const FORMAT_OFFSET = 8;
export const STRIDE_OFFSET = 12;
/** V4L2's fourcc `H264`. */
export const FORMAT_H264 = 0x34363248;
/** Magic, version, id: what a look without the lock reads. */
export const PEEK_SIZE = 24;
/** No version has a field of its header beyond this. */
export const HEADER_SIZE_MAX = 160;

/** The fields of one version. Undefined: that version does not have it. */
export interface Layout {
  readonly version: number;
  /** The version, or `7-short`: two layouts call themselves 7. */
  readonly name: string;
  /** Width, height, format, stride: u32 each. */
  readonly geometry: number;
  /** `online`, and after it `key`: one byte each. */
  readonly flags: number;
  readonly gop?: number;
  readonly grabBegin: number;
  readonly grabEnd?: number;
  readonly encodeBegin: number;
  readonly encodeEnd: number;
  readonly lastClient: number;
  /** One byte, set by readers, cleared by the writer. */
  readonly keyRequest?: number;
  /** Width, height, format and rate that readers wish for: u32 each. */
  readonly wants?: number;
  readonly dataAt: number;
  readonly dataSize: number;
  readonly objectSize: number;
}

/** One ABI's way with the fields. */
export interface Abi {
  /** Bytes of a `size_t`. */
  readonly sizeBytes: 4 | 8;
  readonly longDouble: LongDouble;
  readonly layouts: readonly Layout[];
}

const V2: Layout = {
  version: 2,
  name: "2",
  geometry: 32,
  flags: 48,
  grabBegin: 64,
  encodeBegin: 80,
  encodeEnd: 96,
  lastClient: 112,
  dataAt: 128,
  dataSize: 32 * MIB,
  objectSize: 33_554_560,
};

const V3: Layout = {
  ...V2,
  version: 3,
  name: "3",
  keyRequest: 128,
  dataAt: 129,
  objectSize: 33_554_576,
};

const V4: Layout = { ...V3, version: 4, name: "4", gop: 52 };

const V5: Layout = {
  ...V4,
  version: 5,
  name: "5",
  // By a slip of that version: header size times header size, in an object
  // of only header and 2 MiB.
  dataAt: 144 * 144,
  dataSize: 144 + 2 * MIB - 144 * 144,
  objectSize: 144 + 2 * MIB,
};

const V6: Layout = {
  ...V4,
  version: 6,
  name: "6",
  dataAt: 144,
  dataSize: 2 * MIB,
  objectSize: 144 + 2 * MIB,
};

const V7_SHORT: Layout = {
  version: 7,
  name: "7-short",
  lastClient: 32,
  keyRequest: 48,
  geometry: 52,
  flags: 68,
  gop: 72,
  grabBegin: 80,
  encodeBegin: 96,
  encodeEnd: 112,
  dataAt: 128,
  dataSize: 2 * MIB,
  objectSize: 128 + 2 * MIB,
};

const V7: Layout = {
  ...V7_SHORT,
  name: "7",
  grabEnd: 96,
  encodeBegin: 112,
  encodeEnd: 128,
  dataAt: 144,
  objectSize: 144 + 2 * MIB,
};

const V8: Layout = { ...V7, version: 8, name: "8" };

const V10: Layout = {
  version: 10,
  name: "10",
  lastClient: 32,
  wants: 48,
  keyRequest: 64,
  geometry: 68,
  flags: 84,
  gop: 88,
  grabBegin: 96,
  grabEnd: 112,
  encodeBegin: 128,
  encodeEnd: 144,
  dataAt: 160,
  dataSize: 2 * MIB,
  objectSize: 160 + 2 * MIB,
};

const ARM_V2: Layout = {
  version: 2,
  name: "2",
  geometry: 28,
  flags: 44,
  grabBegin: 48,
  encodeBegin: 56,
  encodeEnd: 64,
  lastClient: 72,
  dataAt: 80,
  dataSize: 32 * MIB,
  objectSize: 80 + 32 * MIB,
};

const ARM_V3: Layout = {
  ...ARM_V2,
  version: 3,
  name: "3",
  keyRequest: 80,
  dataAt: 81,
  objectSize: 88 + 32 * MIB,
};

const ARM_V4: Layout = {
  ...ARM_V2,
  version: 4,
  name: "4",
  gop: 48,
  grabBegin: 56,
  encodeBegin: 64,
  encodeEnd: 72,
  lastClient: 80,
  keyRequest: 88,
  dataAt: 89,
  objectSize: 96 + 32 * MIB,
};

const ARM_V6: Layout = {
  ...ARM_V4,
  version: 6,
  name: "6",
  dataAt: 96,
  dataSize: 2 * MIB,
  objectSize: 96 + 2 * MIB,
};

const ARM_V7_SHORT: Layout = {
  version: 7,
  name: "7-short",
  lastClient: 32,
  keyRequest: 40,
  geometry: 44,
  flags: 60,
  gop: 64,
  grabBegin: 72,
  encodeBegin: 80,
  encodeEnd: 88,
  dataAt: 96,
  dataSize: 2 * MIB,
  objectSize: 96 + 2 * MIB,
};

const ARM_V7: Layout = {
  ...ARM_V7_SHORT,
  name: "7",
  grabEnd: 80,
  encodeBegin: 88,
  encodeEnd: 96,
  dataAt: 104,
  objectSize: 104 + 2 * MIB,
};

const ARM_V8: Layout = { ...ARM_V7, version: 8, name: "8" };

const ARM_V10: Layout = {
  version: 10,
  name: "10",
  lastClient: 32,
  wants: 40,
  keyRequest: 56,
  geometry: 60,
  flags: 76,
  gop: 80,
  grabBegin: 88,
  grabEnd: 96,
  encodeBegin: 104,
  encodeEnd: 112,
  dataAt: 120,
  dataSize: 2 * MIB,
  objectSize: 120 + 2 * MIB,
};

const LAYOUTS_64 = [V2, V3, V4, V5, V6, V7_SHORT, V7, V8, V10];
const LAYOUTS_ARM = [
  ARM_V2,
  ARM_V3,
  ARM_V4,
  ARM_V6,
  ARM_V7_SHORT,
  ARM_V7,
  ARM_V8,
  ARM_V10,
];

/** Every ABI whose sinks are known. */
export const ABIS = {
  x86_64: { sizeBytes: 8, longDouble: X87_EXTENDED, layouts: LAYOUTS_64 },
  aarch64: { sizeBytes: 8, longDouble: BINARY128, layouts: LAYOUTS_64 },
  armhf: { sizeBytes: 4, longDouble: BINARY64, layouts: LAYOUTS_ARM },
} as const satisfies Record<string, Abi>;

/** The ABI of this process. */
export const NATIVE_ABI: Abi = ABIS[Deno.build.arch];

/** What the writer speaks unless told otherwise: µStreamer 6.62 and newer. */
export const LAYOUT_DEFAULT_NAME = "10";

/** A layout by name, as in `--version 7-short`. */
export function layoutByName(name: string, abi = NATIVE_ABI) {
  return abi.layouts.find((layout) => layout.name === name);
}

/**
 * The layout of an object that says it has this version. Both layouts of
 * version 7 fill whole pages after their header, so the size tells which.
 */
export function findLayout(
  { version, objectSize }: { version: number; objectSize: number },
  abi = NATIVE_ABI,
): Layout | undefined {
  const rows = abi.layouts.filter((layout) => layout.version === version);
  if (rows.length < 2) return rows[0];
  return rows.find((row) => (objectSize - row.dataAt) % 4096 === 0);
}

/** Whether any layout calls itself that. */
export function isKnownVersion(version: number): boolean {
  return NATIVE_ABI.layouts.some((layout) => layout.version === version);
}
