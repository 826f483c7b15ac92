import { assertEquals } from "@std/assert";
import { AccessUnitSplitter } from "../../../src/engine/h264/access_unit_splitter.ts";
import { Depacketizer } from "../../support/depacketizer.ts";
import {
  PacketizerModel,
  splitNalUnits,
} from "../../support/packetizer_model.ts";
import { makeClip, Random, randomAccessUnit } from "../../support/h264.ts";
import { NativePacketizer } from "../../support/native_packetizer.ts";
import {
  type Packetized,
  WasmPacketizer,
} from "../../support/wasm_packetizer.ts";

// One source, three programs: V8 with SIMD, V8 without, and C by wasm2c.

const SEED = 20261123;
const CASES = 100_000;
const NATIVE_CASES = 4_000;
const CONFIGURATION = { packetSizeMax: 128, extensionSizeMax: 12 };

// Cheaper than assertEquals, which is for showing what differs.
const same = (a: Uint8Array, b: Uint8Array) =>
  a.length === b.length && a.every((byte, at) => byte === b[at]);
const areSame = (a: readonly Uint8Array[], b: readonly Uint8Array[]) =>
  a.length === b.length && a.every((bytes, at) => same(bytes, b[at]!));

function isSame(one: Packetized, other: Packetized): boolean {
  return one.answer === other.answer && same(one.facts, other.facts) &&
    areSame(one.packets, other.packets);
}

function assertSame(one: Packetized, other: Packetized, what: string): void {
  if (!isSame(one, other)) assertEquals(one, other, what);
}

Deno.test(`both builds and the model agree in ${CASES} cases`, async () => {
  const simd = await WasmPacketizer.load("packetizer.simd.wasm");
  const scalar = await WasmPacketizer.load("packetizer.wasm");
  simd.configure(CONFIGURATION);
  scalar.configure(CONFIGURATION);
  const random = new Random(SEED);
  const model = new PacketizerModel();
  const depacketizer = new Depacketizer();
  let packetCount = 0;
  for (let index = 0; index < CASES; index++) {
    const unit = randomAccessUnit(random);
    const made = simd.packetize(unit, index);
    const what = `seed ${SEED}, case ${index}`;
    packetCount += made.packets.length;
    assertSame(made, scalar.packetize(unit, index), what);
    if (made.answer < 0) continue;
    const expected = model.expect(splitNalUnits(unit));
    const received = made.packets.map((packet) => depacketizer.add(packet))
      .flatMap((picture) => picture?.nalUnits ?? []);
    if (!areSame(received, expected)) assertEquals(received, expected, what);
  }
  // Refusals agree too, but would prove little.
  assertEquals(packetCount > CASES, true, `${packetCount} packets`);
});

/** A start code at every distance from every other, in rough terrain. */
Deno.test("the SIMD and the scalar build find every start code", async () => {
  const simd = await WasmPacketizer.load("packetizer.simd.wasm");
  const scalar = await WasmPacketizer.load("packetizer.wasm");
  for (const filling of [0xff, 0x03, 0x02, 0x01]) {
    for (const rough of [[], [0], [0, 0], [0, 0, 2], [0, 2], [0, 0, 3, 0]]) {
      for (let at = 1; at < 140; at++) {
        const unit = new Uint8Array(300).fill(filling);
        unit.set([0, 0, 1, 0x41]);
        unit.set(rough, 4 + at);
        unit.set([0, 0, 1, 0x41], 4 + at + rough.length);
        const made = simd.packetize(unit);
        assertSame(made, scalar.packetize(unit), `${filling} ${rough} ${at}`);
        assertEquals(made.answer, 2, `${filling} ${rough} ${at}`);
        assertEquals(made.packets[1]?.length, 12 + 293 - at - rough.length);
      }
    }
  }
});

async function clipUnits(encoding: readonly string[]): Promise<Uint8Array[]> {
  const path = await makeClip({ size: "640x360", frames: 60, encoding });
  try {
    const file = await Deno.open(path);
    const units = file.readable.pipeThrough(new AccessUnitSplitter());
    return (await Array.fromAsync(units)).map(({ bytes }) => bytes);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("V8 and wasm2c agree, at random and on x264's clips", async () => {
  await using native = await NativePacketizer.build();
  const scalar = await WasmPacketizer.load("packetizer.wasm");
  scalar.configure(CONFIGURATION);
  const random = new Random(SEED + 1);
  const units = [
    ...Array.from({ length: NATIVE_CASES }, () => randomAccessUnit(random)),
    ...await clipUnits(["-profile:v", "baseline", "-g", "10"]),
    ...await clipUnits(["-preset", "ultrafast", "-x264-params", "slices=4"]),
    ...await clipUnits(["-bf", "2", "-x264-params", "aud=1"]),
  ];
  const results = await native.packetize(
    units.map((unit, rtpTimestamp) => ({ unit, rtpTimestamp })),
    CONFIGURATION,
  );
  assertEquals(results.length, units.length);
  for (const [index, unit] of units.entries()) {
    assertSame(results[index]!, scalar.packetize(unit, index), `${index}`);
  }
});
