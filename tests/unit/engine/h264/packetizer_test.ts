import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  Packetizer,
  type Refusal,
} from "../../../../src/engine/h264/packetizer.ts";
import { ACCESS_UNIT_SIZE_MAX } from "../../../../src/limits.ts";
import {
  annexB,
  Depacketizer,
  parseRtpPacket,
} from "../../../support/depacketizer.ts";
import { WasmPacketizer } from "../../../support/wasm_packetizer.ts";
import { bytesOf } from "../../../vectors/packetizer.ts";

/** 1280 × 720 at 30 fps, high profile, level 3.1, as x264 writes it. */
const SPS = bytesOf(
  "67 64001f acb402802dd8088000000300800000 1e078c1950",
);
const PPS = bytesOf("68 ef0fcb");
const IDR = bytesOf("65 88 55*3000");
const SLICE = bytesOf("41 9a 55*3000");

const create = (options = {}) =>
  Packetizer.create({ packetSizeMax: 1200, ...options });

function begin(
  packetizer: Packetizer,
  units: readonly Uint8Array[],
): number | Refusal {
  const bytes = annexB(units);
  packetizer.frame.set(bytes);
  return packetizer.begin(bytes.length, 0);
}

/** Packets until there is none; a view lasts until the next call. */
function take(packetizer: Packetizer): Uint8Array[] {
  const packets: Uint8Array[] = [];
  for (let packet; (packet = packetizer.next()) !== undefined;) {
    packets.push(packet.slice());
  }
  return packets;
}

function received(packets: readonly Uint8Array[]): string[] {
  const depacketizer = new Depacketizer();
  return packets.flatMap((packet) => depacketizer.add(packet)?.nalUnits ?? [])
    .map((unit) => unit.toHex());
}

const hex = (units: readonly Uint8Array[]) => units.map((unit) => unit.toHex());

Deno.test("Packetizer packetizes, and tells what it saw", async () => {
  const packetizer = await create();
  assertEquals(packetizer.frame.length, ACCESS_UNIT_SIZE_MAX);
  assertEquals(packetizer.profileLevelId, undefined);
  assertEquals(packetizer.framesPerSecond, undefined);
  assertEquals([packetizer.width, packetizer.height], [0, 0]);
  assertEquals(packetizer.parameterSets(), []);

  assertEquals(begin(packetizer, [SPS, PPS, IDR]), 4);
  assertEquals(received(take(packetizer)), hex([SPS, PPS, IDR]));
  assert(packetizer.isKeyFrame && packetizer.parameterSetsChanged);
  assert(!packetizer.hasBSlices);
  assertEquals(packetizer.nalTypes, 1 << 5 | 1 << 7 | 1 << 8);
  assertEquals(packetizer.profileLevelId, "64001f");
  assertEquals([packetizer.width, packetizer.height], [1280, 720]);
  assertEquals(packetizer.parameterSets(), [SPS, PPS]);

  assertEquals(begin(packetizer, [SLICE]), 3);
  assert(!packetizer.isKeyFrame && !packetizer.parameterSetsChanged);
  assertEquals(packetizer.nalTypes, 1 << 1);
  assertEquals(packetizer.profileLevelId, "64001f");
  begin(packetizer, [bytesOf("01 9c 55")]);
  assert(packetizer.hasBSlices);
});

Deno.test("Packetizer writes a profile-level-id with its zeros", async () => {
  const packetizer = await create();
  begin(packetizer, [bytesOf("67 0a0b0c ff")]);
  assertEquals(packetizer.profileLevelId, "0a0b0c");
});

for (
  const { name, bytes, refusal } of [
    { name: "no bytes", bytes: "", refusal: "no_start_code" },
    { name: "noise", bytes: "65 88", refusal: "no_start_code" },
    { name: "1025 NAL units", bytes: "00000141*1025", refusal: "too_many" },
  ] as const
) {
  Deno.test(`Packetizer refuses ${name}`, async () => {
    const packetizer = await create();
    const unit = bytesOf(bytes);
    packetizer.frame.set(unit);
    const answer = packetizer.begin(unit.length, 0);
    assertEquals(String(answer).startsWith(refusal), true, String(answer));
    assertEquals(packetizer.next(), undefined);
  });
}

Deno.test("Packetizer refuses more than its frame holds", async () => {
  const packetizer = await create();
  assertEquals(packetizer.begin(ACCESS_UNIT_SIZE_MAX + 1, 0), "too_large");
});

Deno.test("Packetizer cannot be made for senseless packets", async () => {
  for (
    const options of [
      { packetSizeMax: 127 },
      { packetSizeMax: 1501 },
      { packetSizeMax: 1200, extensionSizeMax: 36 },
      { packetSizeMax: 1200, extensionSizeMax: 5 },
    ]
  ) {
    await assertRejects(() => Packetizer.create(options), RangeError);
  }
});

Deno.test("Packetizer.extend() writes each viewer's block", async () => {
  const packetizer = await create({ extensionSizeMax: 24 });
  begin(packetizer, [SLICE]);
  const plain = parseRtpPacket(packetizer.next()!.slice());
  const blocks = ["bede 0001 1007 0000", "", "bede 0002 2055 3266 6677 0000"];
  for (const [index, text] of blocks.entries()) {
    const extended = packetizer.extend(bytesOf(text));
    assert(extended.length <= 1200);
    const { extensions, payload } = parseRtpPacket(extended);
    assertEquals(payload, plain.payload);
    assertEquals([...extensions.keys()], [[1], [], [2, 3]][index]);
  }
  assertThrows(() => packetizer.extend(bytesOf("bede 0007 00*28")), RangeError);
  packetizer.next();
  assertThrows(() => packetizer.extend(bytesOf(blocks[0]!)), RangeError);
});

Deno.test("Packetizer: a host may overwrite the header's fields", async () => {
  const packetizer = await create({ extensionSizeMax: 8 });
  begin(packetizer, [SLICE]);
  for (let packet; (packet = packetizer.next()) !== undefined;) {
    packet.fill(0xff, 2, 12);
  }
  begin(packetizer, [SLICE]);
  assertEquals(received(take(packetizer)), hex([SLICE]));
});

Deno.test("Packetizer: cameras share nothing", async () => {
  const [one, other] = [await create(), await create()];
  begin(one, [SPS, PPS, IDR]);
  begin(other, [SLICE]);
  assertEquals(received(take(one)), hex([SPS, PPS, IDR]));
  assertEquals(received(take(other)), hex([SLICE]));
  assertEquals(other.parameterSets(), []);
});

/** Where the module keeps its parameter sets, from the frame on. */
async function setsOffset(): Promise<number> {
  const module = await WasmPacketizer.load("packetizer.simd.wasm");
  return module.constant("PARAMETER_SETS") - module.constant("FRAME");
}

/** Linear memory from the frame on: its view shows the way to the rest. */
const fromFrame = ({ frame }: Packetizer) =>
  new Uint8Array(frame.buffer, frame.byteOffset);

Deno.test("Packetizer: a trap costs one access unit, no more", async () => {
  const packetizer = await create();
  const setsAt = await setsOffset();
  for (let times = 0; times < 3; times++) {
    assertEquals(begin(packetizer, [SPS, PPS, IDR]), 4);
    assert(packetizer.next() !== undefined);
    const { buffer } = packetizer.frame;
    // The tables of NAL units and payloads.
    fromFrame(packetizer).fill(0xff, ACCESS_UNIT_SIZE_MAX, setsAt);
    assertEquals(packetizer.next(), undefined);
    assert(packetizer.frame.buffer !== buffer, "it is the same instance");
    assertEquals(packetizer.next(), undefined);
    assertEquals(packetizer.parameterSets(), [SPS, PPS]);
    assertEquals(packetizer.profileLevelId, "64001f");
    assertEquals([packetizer.width, packetizer.height], [1280, 720]);

    begin(packetizer, [IDR]);
    assert(packetizer.isKeyFrame);
    assertEquals(received(take(packetizer)), hex([SPS, PPS, IDR]));
  }
});

Deno.test("Packetizer: what spoilt sets trap on is not kept", async () => {
  const packetizer = await create({ packetSizeMax: 300 });
  begin(packetizer, [SPS, PPS, IDR]);
  const setsAt = await setsOffset();
  fromFrame(packetizer).fill(0xff, setsAt, setsAt + 4);
  assertEquals(begin(packetizer, [IDR]), "trap");
  assertEquals(packetizer.next(), undefined);
  assertEquals(packetizer.parameterSets(), [PPS]);

  begin(packetizer, [SPS, PPS, IDR]);
  const packets = take(packetizer);
  assertEquals(received(packets), hex([SPS, PPS, IDR]));
  assert(packets.every(({ length }) => length <= 300));
});
