import { assert, assertEquals } from "@std/assert";
import {
  annexB,
  Depacketizer,
  parseRtpPacket,
} from "../../support/depacketizer.ts";
import {
  type Build,
  type Packetized,
  WasmPacketizer,
} from "../../support/wasm_packetizer.ts";
import { bytesOf } from "../../vectors/packetizer.ts";

const TOO_LARGE = -1;
const NO_START_CODE = -2;
const TOO_MANY_NAL_UNITS = -3;
const INVALID_ARGUMENT = -4;

const MIB = 1024 * 1024;
const SPS = bytesOf("67 42e01e8f");
const PPS = bytesOf("68 ce3c80");
const IDR = bytesOf("65 88");
const SLICE = bytesOf("41 9a");
/** PPSs 1 and 2: their ids are 010 and 011. */
const PPS_1 = bytesOf("68 40");
const PPS_2 = bytesOf("68 60");

const filled = (header: number, size: number) => {
  const unit = new Uint8Array(size).fill(0x55);
  unit[0] = header;
  return unit;
};

/** NAL units as they arrive. */
function received({ packets }: Packetized): string[] {
  const depacketizer = new Depacketizer();
  const units = packets.map((packet) => depacketizer.add(packet));
  return units.flatMap((unit) => unit?.nalUnits ?? []).map((u) => u.toHex());
}

const hex = (units: readonly Uint8Array[]) => units.map((unit) => unit.toHex());

for (const build of ["packetizer.simd.wasm", "packetizer.wasm"] as Build[]) {
  const test = (name: string, body: (packetizer: WasmPacketizer) => void) =>
    Deno.test(`${build} ${name}`, async () => {
      const packetizer = await WasmPacketizer.load(build);
      packetizer.configure();
      body(packetizer);
    });

  for (
    const { name, to } of [
      { name: "packets below 128", to: { packetSizeMax: 127 } },
      { name: "packets beyond 1500", to: { packetSizeMax: 1501 } },
      { name: "packets of -1", to: { packetSizeMax: -1 } },
      { name: "an extension beyond 32", to: { extensionSizeMax: 36 } },
      { name: "an extension of 6", to: { extensionSizeMax: 6 } },
      { name: "payload type 128", to: { payloadType: 128 } },
    ]
  ) {
    test(`refuses to configure ${name}, and stays as it was`, (packetizer) => {
      packetizer.configure({ packetSizeMax: 200, sequenceNumber: 7 });
      assertEquals(packetizer.configure(to), INVALID_ARGUMENT);
      const { packets } = packetizer.packetize(annexB([filled(0x41, 500)]));
      assertEquals(packets.map(({ length }) => length), [200, 200, 141]);
      assertEquals(parseRtpPacket(packets[0]!).sequenceNumber, 7);
    });
  }

  test("packetizes by 1200 bytes before it is configured", (packetizer) => {
    const { packets } = packetizer.packetize(annexB([filled(0x41, 2000)]));
    assertEquals(packets[0]?.length, 1200);
  });

  test("has no packet before begin and none after the last", (packetizer) => {
    assertEquals(packetizer.next(), undefined);
    packetizer.begin(annexB([SLICE]));
    assert(packetizer.next() !== undefined);
    assertEquals(packetizer.next(), undefined);
    assertEquals(packetizer.next(), undefined);
  });

  test("takes 2 MiB in one NAL unit, refuses a byte more", (packetizer) => {
    const size = 2 * MIB - 4;
    const made = packetizer.packetize(annexB([filled(0x65, size)]));
    assertEquals(made.answer, made.packets.length);
    const [unit] = received(made);
    assertEquals(unit, filled(0x65, size).toHex());
    const larger = new Uint8Array(2 * MIB).fill(0x55);
    larger.set([0, 0, 1, 0x65]);
    packetizer.begin(larger);
    assertEquals(packetizer.exports.begin(2 * MIB + 1, 0), TOO_LARGE);
    assertEquals(packetizer.exports.begin(-1, 0), TOO_LARGE);
    assertEquals(packetizer.next(), undefined);
  });

  test("takes 2 MiB of zeros with a slice at each end", (packetizer) => {
    const unit = new Uint8Array(2 * MIB);
    unit.set([0, 0, 1, ...SLICE]);
    unit.set([0, 0, 1, ...SLICE], 2 * MIB - 5);
    assertEquals(received(packetizer.packetize(unit)), hex([SLICE, SLICE]));
  });

  test("takes 1024 NAL units, refuses one more", (packetizer) => {
    const units = Array.from({ length: 1024 }, () => SLICE);
    const made = packetizer.packetize(annexB(units));
    assertEquals(made.answer, 1024);
    assertEquals(received(made), hex(units));
    const more = packetizer.packetize(annexB([...units, SLICE]));
    assertEquals(more.answer, TOO_MANY_NAL_UNITS);
    assertEquals(more.packets, []);
  });

  test("sends 1024 NAL units with nine sets in front", (packetizer) => {
    // Ids 0 to 7: the codes 1, 010, 011, 00100, 00101, 00110, 00111, 0001000.
    const ids = [0x80, 0x40, 0x60, 0x20, 0x28, 0x30, 0x38, 0x10];
    const sets = [
      filled(0x67, 512),
      ...ids.map((id) => {
        const set = filled(0x68, 512);
        set[1] = id;
        return set;
      }),
    ];
    assertEquals(packetizer.begin(annexB(sets)), 0);
    const slices = Array.from({ length: 1024 }, () => IDR);
    const made = packetizer.packetize(annexB(slices));
    assertEquals(received(made), hex([...sets, ...slices]));
  });

  for (
    const { name, unit, status } of [
      { name: "of no bytes", unit: new Uint8Array(0), status: NO_START_CODE },
      { name: "of noise", unit: filled(9, 999), status: NO_START_CODE },
      {
        name: "of 1025 NAL units, parameter sets among them",
        unit: annexB([
          bytesOf("67 640028"),
          ...Array.from({ length: 1024 }, () => SLICE),
        ]),
        status: TOO_MANY_NAL_UNITS,
      },
    ]
  ) {
    test(`changes nothing for an access unit ${name}`, (packetizer) => {
      packetizer.packetize(annexB([SPS, PPS, IDR]));
      const facts = packetizer.facts();
      const refused = packetizer.packetize(unit);
      assertEquals(refused, { answer: status, packets: [], facts });
      const made = packetizer.packetize(annexB([IDR]));
      assertEquals(received(made), hex([SPS, PPS, IDR]));
      assertEquals(parseRtpPacket(made.packets[0]!).sequenceNumber, 2);
    });
  }

  test("begins anew where the one before is not finished", (packetizer) => {
    packetizer.begin(annexB([filled(0x41, 9000)]));
    packetizer.next();
    const made = packetizer.packetize(annexB([SLICE]));
    assertEquals(received(made), hex([SLICE]));
    assertEquals(parseRtpPacket(made.packets[0]!).sequenceNumber, 1);
  });

  test("replaces a PPS of the same id, keeps the others", (packetizer) => {
    packetizer.packetize(annexB([SPS, PPS, PPS_1, PPS_2, IDR]));
    const changed = bytesOf("68 4f");
    const made = packetizer.packetize(annexB([changed, SLICE]));
    assertEquals(received(made), hex([changed, SLICE]));
    assert(packetizer.has("parameterSetsChanged"));
    assertEquals(
      received(packetizer.packetize(annexB([IDR]))),
      hex([SPS, PPS, changed, PPS_2, IDR]),
    );
    assert(!packetizer.has("parameterSetsChanged"));
    assert(packetizer.has("parameterSetsAdded"));
  });

  test("forgets the PPSs of an SPS that another replaces", (packetizer) => {
    packetizer.packetize(annexB([SPS, PPS, PPS_1, IDR]));
    const other = bytesOf("67 640028ac");
    packetizer.packetize(annexB([other, PPS, IDR]));
    assert(packetizer.has("parameterSetsChanged"));
    const made = packetizer.packetize(annexB([IDR]));
    assertEquals(received(made), hex([other, PPS, IDR]));
  });

  test("adds nothing to an IDR picture that has all of them", (packetizer) => {
    for (let times = 0; times < 2; times++) {
      const made = packetizer.packetize(annexB([SPS, PPS, PPS_1, IDR]));
      assertEquals(received(made), hex([SPS, PPS, PPS_1, IDR]));
      assert(!packetizer.has("parameterSetsAdded"));
      assert(packetizer.has("keyFrame"));
      assertEquals(packetizer.has("parameterSetsChanged"), times === 0);
    }
  });

  test("calls an IDR picture without any no key frame", (packetizer) => {
    packetizer.packetize(annexB([IDR]));
    assert(!packetizer.has("keyFrame"));
    packetizer.packetize(annexB([SPS, IDR]));
    assert(!packetizer.has("keyFrame"));
    packetizer.packetize(annexB([SPS, PPS, SLICE]));
    assert(!packetizer.has("keyFrame"));
    packetizer.packetize(annexB([IDR]));
    assert(packetizer.has("keyFrame"));
  });

  for (
    const { name, sets } of [
      { name: "an SPS of 513 bytes", sets: [filled(0x67, 513), PPS] },
      { name: "a PPS of 2000 bytes", sets: [SPS, filled(0x68, 2000)] },
      { name: "a PPS without an id", sets: [SPS, PPS, bytesOf("68 01")] },
      {
        name: "a ninth PPS",
        sets: [
          SPS,
          ...[0x80, 0x40, 0x60, 0x20, 0x28, 0x30, 0x38, 0x10, 0x12]
            .map((id) => Uint8Array.of(0x68, id)),
        ],
      },
    ]
  ) {
    test(`never drops ${name}, with a picture or without`, (packetizer) => {
      for (const units of [[...sets, IDR], sets, [...sets, SLICE]]) {
        assertEquals(
          received(packetizer.packetize(annexB(units))),
          hex(units),
        );
      }
    });
  }

  test("forgets a PPS that one too long to remember replaces", (packetizer) => {
    packetizer.packetize(annexB([SPS, PPS, PPS_1, IDR]));
    // Its id is 0, as PPS's is.
    const long = filled(0x68, 513);
    long[1] = 0xce;
    packetizer.packetize(annexB([long, SLICE]));
    assert(packetizer.has("parameterSetsChanged"));
    const made = packetizer.packetize(annexB([IDR]));
    assertEquals(received(made), hex([SPS, PPS_1, IDR]));
  });

  test("keeps facts of the SPS while pictures come and go", (packetizer) => {
    const sps = bytesOf(
      "67 64001facb402802dd80880000003008000000507 8c1950",
    );
    packetizer.packetize(annexB([bytesOf("09f0"), sps, PPS, IDR]));
    assertEquals(
      packetizer.fact("nalTypes"),
      1 << 9 | 1 << 7 | 1 << 8 | 1 << 5,
    );
    assertEquals(packetizer.fact("nalUnitsDropped"), 1);
    packetizer.packetize(annexB([SLICE]));
    assertEquals(packetizer.fact("nalTypes"), 1 << 1);
    assertEquals(packetizer.fact("nalUnitsDropped"), 0);
    assertEquals(packetizer.fact("profileLevelId"), 0x64001f);
    assertEquals(packetizer.fact("width"), 1280);
    assertEquals(packetizer.fact("height"), 720);
  });

  // first_mb_in_slice 0 is "1"; slice types 0, 1, 5 and 6 as codes follow.
  for (
    const { slice, isB } of [
      { slice: "41 c0", isB: false },
      { slice: "41 a0", isB: true },
      { slice: "41 98", isB: false },
      { slice: "41 9c", isB: true },
      { slice: "41", isB: false },
    ]
  ) {
    test(`says of slice ${slice} that B is ${isB}`, (packetizer) => {
      packetizer.packetize(annexB([bytesOf(slice)]));
      assertEquals(packetizer.has("bSlices"), isB);
      assert(packetizer.has("picture"));
    });
  }
}
