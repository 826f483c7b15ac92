import { assertEquals } from "@std/assert";
import { NativePacketizer } from "../../support/native_packetizer.ts";
import { type Build, WasmPacketizer } from "../../support/wasm_packetizer.ts";
import { type Vector, VECTORS } from "../../vectors/packetizer.ts";

/** As text, which a failure shows better. */
const hex = (packets: readonly Uint8Array[]) => packets.map((p) => p.toHex());

function replay(packetizer: WasmPacketizer, { units }: Vector): void {
  for (const { unit, rtpTimestamp, block, answer, packets } of units) {
    assertEquals(packetizer.begin(unit, rtpTimestamp), answer);
    const made: Uint8Array[] = [];
    for (let packet; (packet = packetizer.next()) !== undefined;) {
      made.push(packet);
      if (made.length > 1 || block.length === 0) continue;
      made.push(packetizer.extend(block) as Uint8Array);
    }
    assertEquals(hex(made), hex(packets));
  }
}

for (const build of ["packetizer.simd.wasm", "packetizer.wasm"] as Build[]) {
  for (const vector of VECTORS) {
    Deno.test(`${build}: ${vector.name}`, async () => {
      const packetizer = await WasmPacketizer.load(build);
      assertEquals(packetizer.configure(vector.configuration), 0);
      replay(packetizer, vector);
    });
  }
}

Deno.test("packetizer through wasm2c", async (t) => {
  await using native = await NativePacketizer.build();
  for (const { name, configuration, units } of VECTORS) {
    await t.step(name, async () => {
      const results = await native.packetize(units, configuration);
      for (const [index, { answer, packets }] of units.entries()) {
        assertEquals(results[index]?.answer, answer);
        assertEquals(hex(results[index]?.packets ?? []), hex(packets));
      }
    });
  }
});
