import { assertEquals, assertStrictEquals } from "@std/assert";
import {
  ABIS,
  findLayout,
  type Layout,
} from "../../../../src/engine/memsink/layouts.ts";

type Row = readonly (number | undefined)[];

const _ = undefined;
const MIB_2 = 2_097_152;

/**
 * What gcc says of µStreamer's own structs: geometry, flags, gop, the times
 * (grab begin, grab end, encode begin, encode end), last client, key request,
 * wants, data, size of the object.
 */
const GCC: Readonly<Record<"64" | "arm", Readonly<Record<string, Row>>>> = {
  64: {
    "2": [32, 48, _, 64, _, 80, 96, 112, _, _, 128, 33554560],
    "3": [32, 48, _, 64, _, 80, 96, 112, 128, _, 129, 33554576],
    "4": [32, 48, 52, 64, _, 80, 96, 112, 128, _, 129, 33554576],
    "5": [32, 48, 52, 64, _, 80, 96, 112, 128, _, 20736, 144 + MIB_2],
    "6": [32, 48, 52, 64, _, 80, 96, 112, 128, _, 144, 144 + MIB_2],
    "7-short": [52, 68, 72, 80, _, 96, 112, 32, 48, _, 128, 128 + MIB_2],
    "7": [52, 68, 72, 80, 96, 112, 128, 32, 48, _, 144, 144 + MIB_2],
    "8": [52, 68, 72, 80, 96, 112, 128, 32, 48, _, 144, 144 + MIB_2],
    "10": [68, 84, 88, 96, 112, 128, 144, 32, 64, 48, 160, 160 + MIB_2],
  },
  arm: {
    "2": [28, 44, _, 48, _, 56, 64, 72, _, _, 80, 33554512],
    "3": [28, 44, _, 48, _, 56, 64, 72, 80, _, 81, 33554520],
    "4": [28, 44, 48, 56, _, 64, 72, 80, 88, _, 89, 33554528],
    "6": [28, 44, 48, 56, _, 64, 72, 80, 88, _, 96, 96 + MIB_2],
    "7-short": [44, 60, 64, 72, _, 80, 88, 32, 40, _, 96, 96 + MIB_2],
    "7": [44, 60, 64, 72, 80, 88, 96, 32, 40, _, 104, 104 + MIB_2],
    "8": [44, 60, 64, 72, 80, 88, 96, 32, 40, _, 104, 104 + MIB_2],
    "10": [60, 76, 80, 88, 96, 104, 112, 32, 56, 40, 120, 120 + MIB_2],
  },
};

function rowOf(layout: Layout): Row {
  const { geometry, flags, gop, grabBegin, grabEnd, encodeBegin } = layout;
  const { encodeEnd, lastClient, keyRequest, wants, dataAt } = layout;
  const times = [grabBegin, grabEnd, encodeBegin, encodeEnd];
  const rest = [lastClient, keyRequest, wants, dataAt, layout.objectSize];
  return [geometry, flags, gop, ...times, ...rest];
}

for (
  const [abi, rows] of [
    ["x86_64", GCC[64]],
    ["aarch64", GCC[64]],
    ["armhf", GCC.arm],
  ] as const
) {
  Deno.test(`${abi}: each version has the fields where gcc puts them`, () => {
    const layouts = ABIS[abi].layouts;
    assertEquals(
      Object.fromEntries(layouts.map((row) => [row.name, rowOf(row)])),
      rows,
    );
    for (const { dataAt, dataSize, objectSize, name } of layouts) {
      assertEquals(dataAt + dataSize <= objectSize, true, name);
    }
  });
}

Deno.test("findLayout() tells the two sevens apart by the object's size", () => {
  const size = (objectSize: number) =>
    findLayout({ version: 7, objectSize }, ABIS.x86_64)?.name;
  assertEquals(size(128 + MIB_2), "7-short");
  assertEquals(size(144 + MIB_2), "7");
  // A JPEG sink's area, to name its format instead of refusing its version.
  assertEquals(size(128 + 2 * MIB_2), "7-short");
  assertEquals(size(144 + 2 * MIB_2), "7");
  assertEquals(size(100 + MIB_2), undefined);
});

Deno.test("findLayout() knows no version that was never released", () => {
  for (const version of [0, 1, 9, 11, 0xffffffff]) {
    assertStrictEquals(
      findLayout({ version, objectSize: 144 + MIB_2 }, ABIS.x86_64),
      undefined,
    );
  }
});
