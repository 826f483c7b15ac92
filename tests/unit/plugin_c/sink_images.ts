/**
 * Memory sinks as bytes, right ones and wrong ones, each with what every
 * reader has to say about it.
 *
 * @module
 */

import {
  DATA,
  ENCODE_END,
  type Vector,
  VECTORS,
} from "../engine/memsink/vectors.ts";

/** What a reader says; of a frame also `data`, its first 64 bytes as hex. */
export interface Verdict {
  readonly kind: "frame" | "none";
  readonly state: string;
  readonly size?: number;
  readonly width?: number;
  readonly height?: number;
  readonly keyFrame?: boolean;
  readonly online?: boolean;
  readonly stale?: boolean;
  /** 0: the writer told none that makes sense. */
  readonly grabSeconds?: number;
  readonly gop?: number;
  readonly data?: string;
}

/** Bytes at an offset. */
export type Bytes = readonly [number, string];

/** What a writer does, and what a look then gives. */
export interface Step {
  readonly writes?: readonly Bytes[];
  readonly resize?: number;
  /** So long nothing happens, and looks go on. */
  readonly idleMs?: number;
  readonly verdict: Verdict;
}

/** A sink from its first frame on, which is good and may be old. */
export interface Image {
  readonly name: string;
  readonly vector: Vector;
  readonly steps: readonly Step[];
}

const NONE = (state: string): Verdict => ({ kind: "none", state });

/** The vectors' frame, live. */
function frame({ hasGop }: Vector, changes: Partial<Verdict> = {}): Verdict {
  return {
    kind: "frame",
    state: "live",
    size: DATA.replaceAll(" ", "").length / 2,
    width: 1280,
    height: 720,
    keyFrame: true,
    online: true,
    stale: false,
    grabSeconds: 1234.5,
    ...(hasGop && { gop: 30 }),
    data: DATA.replaceAll(" ", ""),
    ...changes,
  };
}

let writeCount = 1;

/** What a writer changes from frame to frame: id and the encoder's time. */
export function nextFrame({ encodeEnd }: Vector): Bytes[] {
  const count = (++writeCount).toString(16).padStart(4, "0");
  // In the mantissa, where a double has its last digits or more.
  const at = ENCODE_END.search(/[1-9a-f]/) & ~1;
  const time = ENCODE_END.slice(0, at - 4) + count + ENCODE_END.slice(at);
  return [[16, `${count}${"00".repeat(6)}`], [encodeEnd, time]];
}

/** A frame with other bytes; what one look gives. */
function other(
  vector: Vector,
  writes: readonly Bytes[],
  verdict: Verdict,
): Step {
  return { writes: [...nextFrame(vector), ...writes], verdict };
}

/** Three bad frames in a row are a bad stream; one or two are chance. */
function bad(vector: Vector, writes: readonly Bytes[]): Step[] {
  return [
    other(vector, writes, NONE("live")),
    other(vector, writes, NONE("live")),
    other(vector, writes, NONE("invalid_stream")),
    // And a good one ends it.
    other(
      vector,
      [...vector.fixed, [vector.dataAt, DATA]],
      frame(vector),
    ),
  ];
}

function vectorOf(layout: string): Vector {
  const vector = VECTORS.find((each) => each.layout === layout);
  if (vector === undefined) throw new RangeError(layout);
  return vector;
}

const V2 = vectorOf("2");
const V5 = vectorOf("5");
const V7_SHORT = vectorOf("7-short");
const V10 = vectorOf("10");
/** Of version 10. */
const FORMAT = 76;
const FLAGS = 84;
const GOP = 88;
const GRAB = 96;
const USED = 24;
const LONG_DOUBLE = ENCODE_END.length / 2;

/** A size as 64 bits. */
function size(value: bigint): Bytes {
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setBigUint64(0, value, true);
  return [USED, new Uint8Array(bytes.buffer).toHex()];
}

/** Sign and exponent all ones; the explicit one of x87 where there is one. */
const INFINITE = Deno.build.arch === "x86_64"
  ? "0000000000000080ff7f"
  : `${"00".repeat(14)}ff7f`;
const NOT_A_NUMBER = INFINITE.replace("00", "01").replace(/..ff7f$/, "c0ff7f");
const NEGATIVE = ENCODE_END.replace(/40$/, "c0");

/** In 24 bytes: data that begins with these. */
const data = (bytes: string): Bytes[] => {
  const hex = bytes.replaceAll(" ", "").padEnd(48, "ee");
  return [size(24n), [V10.dataAt, hex]];
};

const started = (bytes: string): Step =>
  other(
    V10,
    data(bytes),
    frame(V10, {
      size: 24,
      data: bytes.replaceAll(" ", "").padEnd(48, "ee"),
    }),
  );

const TIMES = [
  { name: "none", hex: "00".repeat(LONG_DOUBLE) },
  { name: "not a number", hex: NOT_A_NUMBER },
  { name: "infinite", hex: INFINITE },
  { name: "negative", hex: NEGATIVE },
];

const SIZES = [
  { name: "nothing", value: 0n },
  { name: "data area + 1", value: 0x200001n },
  { name: "4 GiB + 12", value: 0x10000000cn },
  { name: "2⁶³", value: 2n ** 63n },
  { name: "2⁶⁴ − 1", value: 2n ** 64n - 1n },
];

const STARTS_BAD = [
  { name: "AVCC", bytes: "00000005 65010203" },
  { name: "JPEG", bytes: "ffd8ffe0 00000165" },
  { name: "one zero", bytes: "0001 6501" },
  { name: "nine zeros", bytes: "000000000000000000 0165" },
];

const STARTS_GOOD = [
  { name: "two zeros", bytes: "000001 6588" },
  { name: "seven zeros", bytes: "00000000000000 016588" },
];

const UNKNOWN = ["00000000", "01000000", "09000000", "0b000000", "ffffffff"];

/** All of them. */
export const IMAGES: readonly Image[] = [
  ...VECTORS.map((vector) => ({
    name: `version ${vector.layout}`,
    vector,
    steps: [
      other(vector, [], frame(vector)),
      { verdict: NONE("live") },
      other(vector, [], frame(vector)),
    ],
  })),
  {
    name: "flags and gop",
    vector: V10,
    steps: [
      other(V10, [[FLAGS, "0100"]], frame(V10, { keyFrame: false })),
      other(
        V10,
        [[FLAGS, "0001"]],
        frame(V10, { online: false, state: "no_signal" }),
      ),
      other(V10, [[FLAGS, "ff80"], [GOP, "00000000"]], frame(V10, { gop: 0 })),
      other(V10, [[GOP, "ffffffff"]], frame(V10, { gop: 0xffffffff })),
    ],
  },
  ...TIMES.map(({ name, hex }) => ({
    name: `grab time: ${name}`,
    vector: V10,
    steps: [other(V10, [[GRAB, hex]], frame(V10, { grabSeconds: 0 }))],
  })),
  ...SIZES.map(({ name, value }) => ({
    name: `size: ${name}`,
    vector: V10,
    steps: bad(V10, [size(value)]),
  })),
  {
    name: "size: as much as version 2 has room for",
    vector: V2,
    steps: bad(V2, [size(32n << 20n)]),
  },
  {
    name: "size: all of version 10's room",
    vector: V10,
    steps: [
      other(
        V10,
        [size(2n << 20n)],
        frame(V10, {
          size: 2 << 20,
          data: DATA.replaceAll(" ", "").padEnd(128, "0"),
        }),
      ),
    ],
  },
  {
    name: "size: all of version 5's room, and one byte more",
    vector: V5,
    steps: [
      other(
        V5,
        [size(2097296n - 20736n)],
        frame(V5, {
          size: 2097296 - 20736,
          data: DATA.replaceAll(" ", "").padEnd(128, "0"),
        }),
      ),
      ...bad(V5, [size(2097296n - 20736n + 1n)]),
    ],
  },
  ...STARTS_BAD.map(({ name, bytes }) => ({
    name: `start code: ${name}`,
    vector: V10,
    steps: bad(V10, data(bytes)),
  })),
  {
    name: "start code: nothing behind it",
    vector: V10,
    steps: bad(V10, [size(4n)]),
  },
  ...STARTS_GOOD.map(({ name, bytes }) => ({
    name: `start code: ${name}`,
    vector: V10,
    steps: [started(bytes)],
  })),
  ...UNKNOWN.map((version) => ({
    name: `version 0x${version}`,
    vector: V10,
    steps: [
      other(V10, [[8, version]], NONE("unsupported_memsink_version")),
      { idleMs: 3500, verdict: NONE("unsupported_memsink_version") },
      other(V10, V10.fixed, frame(V10)),
    ],
  })),
  {
    name: "version 7 in an object of neither size",
    vector: { ...V7_SHORT, objectSize: V7_SHORT.objectSize + 8 },
    steps: [other(V7_SHORT, [], NONE("unsupported_memsink_version"))],
  },
  {
    name: "version 8 in version 10's object",
    vector: V10,
    steps: [
      other(
        V10,
        [...vectorOf("8").fixed, [144, DATA]],
        frame(vectorOf("8")),
      ),
    ],
  },
  ...["4a504547", "00000000"].map((format) => ({
    name: `format 0x${format}`,
    vector: V10,
    steps: [
      other(V10, [[FORMAT, format]], NONE("wrong_format")),
      other(V10, V10.fixed, frame(V10)),
    ],
  })),
  {
    name: "no magic any more",
    vector: V10,
    steps: [
      other(V10, [[0, "00"]], NONE("sink_waiting")),
      other(V10, V10.fixed, frame(V10)),
    ],
  },
  {
    name: "half a write",
    vector: V10,
    steps: [
      {
        writes: [[16, "ff"], [V10.dataAt, "00000001 41"]],
        verdict: NONE("live"),
      },
      other(V10, [[V10.dataAt, DATA]], frame(V10)),
    ],
  },
  {
    name: "ids are only equal or not",
    vector: V10,
    steps: [
      other(V10, [[16, "0000000000000000"]], frame(V10)),
      other(V10, [[16, "0000000000000000"]], NONE("live")),
      other(V10, [[16, "0000000001000000"]], frame(V10)),
      other(V10, [[16, "ffffffffffffffff"]], frame(V10)),
    ],
  },
  {
    name: "cut in the data",
    vector: V10,
    steps: [
      { ...other(V10, [], NONE("live")), resize: V10.dataAt + 5 },
      { ...other(V10, [], NONE("live")), resize: V10.dataAt + 5 },
      { ...other(V10, [], NONE("invalid_stream")), resize: V10.dataAt + 5 },
      {
        ...other(V10, [[V10.dataAt, DATA]], frame(V10)),
        resize: V10.objectSize,
      },
    ],
  },
  ...[0, 7, 23].map((resize) => ({
    name: `cut to ${resize} bytes`,
    vector: V10,
    steps: [
      { resize, verdict: NONE("sink_waiting") },
      {
        ...other(V10, [...V10.fixed, [V10.dataAt, DATA]], frame(V10)),
        resize: V10.objectSize,
      },
    ],
  })),
  {
    name: "cut in the header",
    vector: V10,
    steps: [
      { ...other(V10, [], NONE("live")), resize: 100 },
      {
        ...other(V10, [...V10.fixed, [V10.dataAt, DATA]], frame(V10)),
        resize: V10.objectSize,
      },
    ],
  },
  {
    name: "silence",
    vector: V10,
    steps: [
      other(V10, [], frame(V10)),
      { idleMs: 2500, verdict: NONE("live") },
      { idleMs: 1000, verdict: NONE("sink_stalled") },
      other(V10, [], frame(V10)),
    ],
  },
];
