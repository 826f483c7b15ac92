import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { annexB } from "../../support/depacketizer.ts";
import {
  CHROMA_PROFILES,
  type SequenceParameters,
  writeSps,
} from "../../support/sps_writer.ts";
import { FACT, WasmPacketizer } from "../../support/wasm_packetizer.ts";

const UNKNOWN = 0xffffffff;
const RUNS = 5_000;

/** Full HD, cropped by 8 rows, as most encoders write it. */
const PLAIN: SequenceParameters = {
  profile: 100,
  constraints: 0,
  level: 40,
  id: 0,
  chromaFormat: 1,
  hasSeparatePlanes: false,
  orderCountType: 2,
  offsets: [],
  across: 120,
  mapUnits: 68,
  isFramesOnly: true,
  crop: [0, 0, 0, 4],
};

async function load(): Promise<WasmPacketizer> {
  // One source, and one build is as good as the other: no scan is in this.
  return await WasmPacketizer.load("packetizer.simd.wasm");
}

function factsOf(packetizer: WasmPacketizer, sps: Uint8Array) {
  packetizer.begin(annexB([Uint8Array.of(0x67)]));
  assertEquals(packetizer.begin(annexB([sps])) >= 0, true);
  const facts = new DataView(packetizer.facts().buffer);
  const get = (name: keyof typeof FACT) =>
    facts.getUint32(FACT[name] * 4, true);
  return {
    profileLevelId: get("profileLevelId").toString(16).padStart(6, "0"),
    width: get("width"),
    height: get("height"),
    reorderFramesMax: get("reorderFramesMax"),
    timing: [get("unitsInTick"), get("timeScale")],
  };
}

const sizes = [
  { name: "full HD", sps: {}, expected: [1920, 1080] },
  { name: "not cropped", sps: { crop: undefined }, expected: [1920, 1088] },
  {
    name: "cropped on all sides",
    sps: { crop: [1, 2, 3, 4] },
    expected: [1914, 1074],
  },
  {
    name: "fields, whose rows count twice",
    sps: { isFramesOnly: false, mapUnits: 34, crop: [0, 0, 0, 2] },
    expected: [1920, 1080],
  },
  {
    name: "4:2:2, cropped by single rows",
    sps: { profile: 122, chromaFormat: 2, crop: [1, 0, 0, 1] },
    expected: [1918, 1087],
  },
  {
    name: "4:4:4, cropped by single columns",
    sps: { profile: 244, chromaFormat: 3, crop: [1, 0, 0, 1] },
    expected: [1919, 1087],
  },
  {
    name: "4:4:4 in separate planes",
    sps: {
      profile: 244,
      chromaFormat: 3,
      hasSeparatePlanes: true,
      crop: [1, 0, 0, 1],
    },
    expected: [1919, 1087],
  },
  {
    name: "monochrome",
    sps: { chromaFormat: 0, crop: [1, 0, 0, 1] },
    expected: [1919, 1087],
  },
  {
    name: "one macroblock",
    sps: { across: 1, mapUnits: 1, crop: undefined },
    expected: [16, 16],
  },
  {
    name: "as wide as level 6.2 goes",
    sps: { across: 1055, mapUnits: 132, crop: undefined },
    expected: [16880, 2112],
  },
  {
    name: "wider than any level",
    sps: { across: 1056, mapUnits: 132 },
    expected: [0, 0],
  },
  {
    name: "higher than any level",
    sps: { across: 16, mapUnits: 65536 },
    expected: [0, 0],
  },
  {
    name: "cropped to nothing",
    sps: { crop: [480, 480, 0, 0] },
    expected: [0, 0],
  },
  {
    name: "cropped by more than 32 bits hold",
    sps: { crop: [2 ** 31 - 1, 2 ** 31 - 1, 0, 0] },
    expected: [0, 0],
  },
  {
    name: "an unknown chroma format",
    sps: { chromaFormat: 4 },
    expected: [0, 0],
  },
] as const;

for (const { name, sps, expected } of sizes) {
  Deno.test(`the SPS's picture size: ${name}`, async () => {
    const { crop, ...rest } = { ...PLAIN, ...sps };
    const bytes = writeSps({ ...rest, ...crop !== undefined && { crop } });
    const { width, height } = factsOf(await load(), bytes);
    assertEquals([width, height], [...expected]);
  });
}

const code = fc.nat(65534);
const hrd = fc.record({
  buffers: fc.array(fc.tuple(code, code), { minLength: 1, maxLength: 4 }),
});
const word = fc.oneof(
  fc.constantFrom(0, 1, 2, 256, 65536, 0xffffffff),
  fc.nat(0xffffffff),
);

const usability = fc.record({
  sampleAspect: fc.oneof(
    fc.nat(16),
    fc.tuple(fc.nat(65535), fc.nat(65535)),
  ),
  overscan: fc.boolean(),
  videoSignal: fc.boolean(),
  chromaLocation: fc.tuple(fc.nat(5), fc.nat(5)),
  timing: fc.tuple(word, word),
  nalHrd: hrd,
  vclHrd: hrd,
  reorderFramesMax: fc.nat(16),
}, { requiredKeys: [] });

const parameters = fc.record({
  profile: fc.constantFrom(66, 77, 88, ...CHROMA_PROFILES),
  constraints: fc.nat(255),
  level: fc.nat(255),
  id: fc.nat(31),
  chromaFormat: fc.nat(3),
  hasSeparatePlanes: fc.boolean(),
  scalingLists: fc.array(
    fc.option(
      fc.array(fc.integer({ min: -20, max: 20 }), {
        minLength: 1,
        maxLength: 5,
      }),
      { nil: undefined },
    ),
    { maxLength: 4 },
  ),
  orderCountType: fc.nat(2),
  offsets: fc.array(fc.integer({ min: -500, max: 500 }), { maxLength: 8 }),
  across: fc.integer({ min: 2, max: 600 }),
  mapUnits: fc.integer({ min: 2, max: 400 }),
  isFramesOnly: fc.boolean(),
  crop: fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3), fc.nat(3)),
  usability,
}, {
  requiredKeys: [
    "profile",
    "constraints",
    "level",
    "id",
    "chromaFormat",
    "hasSeparatePlanes",
    "orderCountType",
    "offsets",
    "across",
    "mapUnits",
    "isFramesOnly",
  ],
});

/** Table 6-1 and section 7.4.2.1.1, by way of samples. */
function expectedSize(sps: SequenceParameters): [number, number] {
  const hasFormat = CHROMA_PROFILES.includes(sps.profile);
  const format = hasFormat ? sps.chromaFormat : 1;
  const isHalvedX = format === 1 || format === 2;
  const isHalvedY = format === 1;
  const rows = sps.isFramesOnly ? 1 : 2;
  const [left, right, top, bottom] = sps.crop ?? [0, 0, 0, 0];
  return [
    sps.across * 16 - (left + right) * (isHalvedX ? 2 : 1),
    sps.mapUnits * 16 * rows - (top + bottom) * (isHalvedY ? 2 : 1) * rows,
  ];
}

Deno.test("the SPS's facts are those that were written into it", async () => {
  const packetizer = await load();
  fc.assert(
    fc.property(parameters, (sps) => {
      const bytes = writeSps(sps);
      // What is longer is not read to its end.
      fc.pre(bytes.length <= 512);
      const { usability: vui } = sps;
      const [width, height] = expectedSize(sps);
      const id = sps.profile << 16 | sps.constraints << 8 | sps.level;
      assertEquals(factsOf(packetizer, bytes), {
        profileLevelId: id.toString(16).padStart(6, "0"),
        width,
        height,
        reorderFramesMax: vui?.reorderFramesMax ?? UNKNOWN,
        timing: [...vui?.timing ?? [0, 0]],
      });
    }),
    { numRuns: RUNS },
  );
});

Deno.test("an SPS that is cut short has no facts after the cut", async () => {
  const packetizer = await load();
  fc.assert(
    fc.property(parameters, fc.nat(511), (sps, size) => {
      const bytes = writeSps(sps);
      fc.pre(bytes.length <= 512 && size < bytes.length);
      const whole = factsOf(packetizer, bytes);
      const cut = bytes.slice(0, Math.max(1, size));
      if (cut.at(-1) === 0) return; // A NAL unit does not end so.
      const facts = factsOf(packetizer, cut);
      // What is known is right, but for what the last byte's zeros made up.
      assert([whole.profileLevelId, "000000"].includes(facts.profileLevelId));
      if (size < 4) assertEquals([facts.width, facts.height], [0, 0]);
      if (facts.width > 0) assertEquals(facts.width, whole.width);
      if (facts.height > 0) assertEquals(facts.height, whole.height);
    }),
    { numRuns: RUNS },
  );
});
