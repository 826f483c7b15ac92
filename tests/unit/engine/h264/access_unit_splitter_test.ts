import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import {
  type AccessUnit,
  AccessUnitSplitter,
} from "../../../../src/engine/h264/access_unit_splitter.ts";
import { ACCESS_UNIT_SIZE_MAX } from "../../../../src/limits.ts";
import { concatenate } from "../../../support/depacketizer.ts";
import { makeClip } from "../../../support/h264.ts";
import { bytesOf } from "../../../vectors/packetizer.ts";

async function split(chunks: readonly Uint8Array[]): Promise<AccessUnit[]> {
  const units = ReadableStream.from(chunks)
    .pipeThrough(new AccessUnitSplitter());
  return await Array.fromAsync(units);
}

const cases = [
  {
    name: "one slice after the other",
    units: ["00000001 41 9a55", "00000001 41 9a66", "00000001 41 9a77"],
  },
  {
    name: "start codes of three bytes",
    units: ["000001 41 9a55", "000001 41 9a66"],
  },
  {
    name: "parameter sets with the picture that they come before",
    units: [
      "00000001 67 42e01e 00000001 68 ce 000001 65 88",
      "00000001 41 9a",
      "00000001 67 42e01e 00000001 68 ce 000001 65 88",
    ],
    keyFrames: [true, false, true],
  },
  {
    name: "SEI with the picture that it comes before",
    units: ["000001 41 9a", "000001 06 0501aa 80 000001 41 9a"],
  },
  {
    name: "delimiters first",
    units: ["00000001 09 10 000001 41 9a", "00000001 09 30 000001 41 9a"],
  },
  {
    name: "all slices of a picture, whose first says macroblock 0",
    units: ["000001 65 88 000001 65 42 000001 65 23", "000001 41 9a"],
    keyFrames: [true, false],
  },
  {
    name: "data partitions, which follow their A",
    units: ["000001 42 9a 000001 43 80 000001 44 80", "000001 42 9a"],
  },
  {
    name: "filler and the end of the sequence with what they end",
    units: [
      "000001 65 88 000001 0c ffff80 000001 0a",
      "000001 65 88 000001 0b",
      "000001 65 88",
    ],
    keyFrames: [true, true, true],
  },
  {
    name: "an end of sequence between delimiter and slice alike",
    units: ["000001 09 10 000001 0a 000001 41 9a", "000001 41 9a"],
  },
  {
    name: "auxiliary slices with their primary picture",
    units: ["000001 65 88 000001 13 88", "000001 41 9a 000001 13 88"],
    keyFrames: [true, false],
  },
  {
    name: "prefix units between the slices of a picture",
    units: ["000001 0e 80 000001 65 88 000001 0e 80 000001 65 42"],
    keyFrames: [true],
  },
  {
    name: "zeros after a NAL unit with that NAL unit",
    units: ["000001 41 9a 000000", "00000001 41 9a 00", "00000001 41 9a"],
  },
  {
    name: "an IDR slice among others as a key frame",
    units: ["000001 65 88 000001 41 42", "000001 41 9a"],
    keyFrames: [true, false],
  },
];

for (const { name, units, keyFrames } of cases) {
  Deno.test(`AccessUnitSplitter keeps ${name}`, async () => {
    const expected = units.map((unit) => bytesOf(unit));
    const stream = concatenate(expected);
    // Whole, and byte by byte: each border falls into each start code.
    for (const size of [stream.length, 1, 2, 3]) {
      const chunks: Uint8Array[] = [];
      for (let at = 0; at < stream.length; at += size) {
        chunks.push(stream.subarray(at, at + size));
      }
      const found = await split(chunks);
      assertEquals(
        found.map(({ bytes }) => bytes.toHex()),
        expected.map((bytes) => bytes.toHex()),
      );
      assertEquals(
        found.map(({ keyFrame }) => keyFrame),
        keyFrames ?? units.map(() => false),
      );
    }
  });
}

for (
  const { name, stream, units } of [
    { name: "nothing", stream: "", units: [] },
    { name: "noise", stream: "4742 55*900", units: [] },
    { name: "parameter sets alone", stream: "000001 67 42e01e", units: [] },
    {
      name: "noise before the first start code",
      stream: "ff00ff 01 00000001 41 9a",
      units: ["00000001 41 9a"],
    },
    {
      name: "zeros before the first start code",
      stream: "00*50 000001 41 9a",
      units: ["00000001 41 9a"],
    },
    {
      name: "a last start code cut short",
      stream: "000001 41 9a 000001 41 9a 0000",
      units: ["000001 41 9a", "000001 41 9a 0000"],
    },
    {
      name: "a last NAL unit cut short, which stays with the one before",
      stream: "000001 41 9a55 000001 41",
      units: ["000001 41 9a55 000001 41"],
    },
  ]
) {
  Deno.test(`AccessUnitSplitter takes ${name}`, async () => {
    const found = await split([bytesOf(stream)]);
    assertEquals(
      found.map(({ bytes }) => bytes.toHex()),
      units.map((unit) => bytesOf(unit).toHex()),
    );
  });
}

Deno.test("AccessUnitSplitter does not mind how x264's clip is cut", async () => {
  const path = await makeClip({
    frames: 40,
    encoding: ["-g", "8", "-x264-params", "slices=3:aud=1:bframes=2"],
  });
  const stream = await Deno.readFile(path);
  await Deno.remove(path);
  const whole = await split([stream]);
  assertEquals(whole.length, 40);
  assertEquals(concatenate(whole.map(({ bytes }) => bytes)), stream);
  const sizes = fc.array(fc.oneof(fc.nat(9), fc.nat(70_000)), {
    minLength: 1,
    maxLength: 400,
  });
  await fc.assert(
    fc.asyncProperty(sizes, async (chunkSizes) => {
      const chunks: Uint8Array[] = [];
      let at = 0;
      for (const size of chunkSizes) {
        chunks.push(stream.subarray(at, at + size));
        at += size;
      }
      chunks.push(stream.subarray(at));
      const found = await split(chunks);
      assertEquals(found.length, whole.length);
      for (const [index, { bytes, keyFrame }] of found.entries()) {
        const { bytes: expected, keyFrame: isKey } = whole[index]!;
        assertEquals(keyFrame, isKey);
        assert(bytes.every((byte, place) => byte === expected[place]));
        assertEquals(bytes.length, expected.length);
      }
    }),
    { numRuns: 100 },
  );
});

Deno.test("AccessUnitSplitter emits as soon as it can be known", async () => {
  const splitter = new AccessUnitSplitter();
  const writer = splitter.writable.getWriter();
  const reader = splitter.readable.getReader();
  let isDone = false;
  const reading = reader.read().then(({ value }) => {
    isDone = true;
    return value;
  });
  await writer.write(bytesOf("000001 41 9a55 000001 41"));
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert(!isDone);
  // The first byte of the next picture's slice.
  await writer.write(bytesOf("9a"));
  assertEquals((await reading)?.bytes, bytesOf("000001 41 9a55"));
  const closing = writer.close();
  assertEquals((await reader.read()).value?.bytes, bytesOf("000001 41 9a"));
  await closing;
});

/** A slice of this many bytes, start code included. */
function slice(size: number): Uint8Array {
  const bytes = new Uint8Array(size).fill(0x55);
  bytes.set([0, 0, 1, 0x41, 0x9a]);
  return bytes;
}

for (const chunkSize of [50_000, ACCESS_UNIT_SIZE_MAX * 3, 1 << 16]) {
  Deno.test(`AccessUnitSplitter takes 2 MiB and no more, ${chunkSize} bytes at once`, async () => {
    const cut = (stream: Uint8Array) =>
      Array.from(
        { length: Math.ceil(stream.length / chunkSize) },
        (_, at) => stream.subarray(at * chunkSize, (at + 1) * chunkSize),
      );
    const largest = slice(ACCESS_UNIT_SIZE_MAX);
    const found = await split(
      cut(concatenate([largest, slice(9), largest])),
    );
    assertEquals(
      found.map(({ bytes }) => bytes.length),
      [ACCESS_UNIT_SIZE_MAX, 9, ACCESS_UNIT_SIZE_MAX],
    );
    const larger = slice(ACCESS_UNIT_SIZE_MAX + 1);
    for (const stream of [larger, concatenate([larger, slice(9)])]) {
      await assertRejects(
        () => split(cut(stream)),
        RangeError,
        "larger than 2097152 bytes",
      );
    }
  });
}

Deno.test("AccessUnitSplitter takes many pictures in one chunk", async () => {
  const one = slice(600);
  const stream = concatenate(Array.from({ length: 50_000 }, () => one));
  assertEquals((await split([stream])).length, 50_000);
});
