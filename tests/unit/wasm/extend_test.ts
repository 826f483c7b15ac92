import { assert, assertEquals } from "@std/assert";
import { annexB, parseRtpPacket } from "../../support/depacketizer.ts";
import { type Build, WasmPacketizer } from "../../support/wasm_packetizer.ts";
import { bytesOf } from "../../vectors/packetizer.ts";

const INVALID_ARGUMENT = -4;
const SPS = bytesOf("67 42e01e8f");
const PPS = bytesOf("68 ce3c80");
const IDR = bytesOf("65 88");
const SLICE = bytesOf("41 9a");
const LONG_SLICE = bytesOf("41 9a 55*398");

for (const build of ["packetizer.simd.wasm", "packetizer.wasm"] as Build[]) {
  const test = (name: string, body: (packetizer: WasmPacketizer) => void) =>
    Deno.test(`${build} ${name}`, async () => {
      body(await WasmPacketizer.load(build));
    });

  const BLOCK = bytesOf("bede 0001 1007 0000");
  for (
    const { name, block } of [
      { name: "longer than its room", block: bytesOf("bede 0002 1007 00*6") },
      { name: "of 6 bytes", block: bytesOf("bede 0001 1007") },
      { name: "whose length says less", block: bytesOf("bede 0000 1007 0000") },
      { name: "whose length says more", block: bytesOf("bede 0101 1007 0000") },
    ]
  ) {
    test(`extend() refuses a block ${name}`, (packetizer) => {
      packetizer.configure({ extensionSizeMax: 8 });
      packetizer.begin(annexB([SLICE]));
      const plain = packetizer.next()!;
      assertEquals(packetizer.extend(block), INVALID_ARGUMENT);
      assertEquals(packetizer.extend(new Uint8Array(0)), plain);
    });
  }

  test("extend() serves a frame's first packet only", (packetizer) => {
    packetizer.configure({ extensionSizeMax: 8, packetSizeMax: 200 });
    assertEquals(packetizer.extend(BLOCK), INVALID_ARGUMENT);
    packetizer.begin(annexB([LONG_SLICE]));
    assertEquals(packetizer.extend(BLOCK), INVALID_ARGUMENT);
    packetizer.next();
    assert(packetizer.extend(BLOCK) instanceof Uint8Array);
    packetizer.next();
    assertEquals(packetizer.extend(BLOCK), INVALID_ARGUMENT);
    packetizer.next();
    packetizer.next();
    assertEquals(packetizer.extend(BLOCK), INVALID_ARGUMENT);
    packetizer.begin(annexB([bytesOf("09f0")]));
    packetizer.next();
    assertEquals(packetizer.extend(BLOCK), INVALID_ARGUMENT);
    packetizer.begin(new Uint8Array(3));
    packetizer.next();
    assertEquals(packetizer.extend(BLOCK), INVALID_ARGUMENT);
  });

  test("extend() serves added parameter sets too", (packetizer) => {
    packetizer.configure({ extensionSizeMax: 32 });
    packetizer.packetize(annexB([SPS, PPS, IDR]));
    packetizer.begin(annexB([IDR]));
    const plain = parseRtpPacket(packetizer.next()!);
    const block = bytesOf("bede 0007 1f 00*16 29 00*10");
    const extended = parseRtpPacket(packetizer.extend(block) as Uint8Array);
    assertEquals(extended.payload, plain.payload);
    assertEquals([...extended.extensions.keys()], [1, 2]);
  });
}
