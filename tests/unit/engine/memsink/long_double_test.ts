import { assertEquals } from "@std/assert";
import {
  BINARY128,
  BINARY64,
  type LongDouble,
  X87_EXTENDED,
} from "../../../../src/engine/memsink/long_double.ts";
import { fromHex, toHex } from "../../../support/sink.ts";

// The bytes come from gcc 12: long double on x86-64, _Float128, double.
const VECTORS = [
  {
    value: 0,
    x87: "00000000000000000000",
    binary128: "00000000000000000000000000000000",
    binary64: "0000000000000000",
  },
  {
    value: 1234.5,
    x87: "000000000000509a0940",
    binary128: "000000000000000000000000a0340940",
    binary64: "00000000004a9340",
  },
  {
    value: 2859.116091314,
    x87: "00b0cf9082dbb1b20a40",
    binary128: "00000000000000609f2105b763650a40",
    binary64: "f61952703b56a640",
  },
  {
    value: 1e-9,
    x87: "00a8b436415f7089e13f",
    binary128: "0000000000000050696d82bee012e13f",
    binary64: "95d626e80b2e113e",
  },
  {
    value: 4294967296.000001,
    x87: "00080000000000801f40",
    binary128: "00000000000000100000000000001f40",
    binary64: "010000000000f041",
  },
];

const CODECS: Readonly<
  Record<"x87" | "binary128" | "binary64", LongDouble>
> = { x87: X87_EXTENDED, binary128: BINARY128, binary64: BINARY64 };

for (const [name, codec] of Object.entries(CODECS)) {
  Deno.test(`${name} reads and writes what gcc stores`, async (t) => {
    for (const vector of VECTORS) {
      await t.step(String(vector.value), () => {
        const hex = vector[name as keyof typeof CODECS];
        const view = new DataView(new ArrayBuffer(24));
        codec.write(view, 3, vector.value);
        const written = new Uint8Array(view.buffer, 3, codec.size);
        assertEquals(toHex(written), hex);
        written.set(fromHex(hex));
        assertEquals(codec.read(view, 3), vector.value);
      });
    }
  });

  Deno.test(`${name} gives back what it was given`, () => {
    const view = new DataView(new ArrayBuffer(24));
    const values = [-1, 1, 0.1, -123456.789, 2 ** 52 + 0.5, 2 ** 1023, NaN];
    for (const value of [...values, Infinity, -Infinity]) {
      codec.write(view, 3, value);
      assertEquals(codec.read(view, 3), value);
    }
  });
}

Deno.test("times keep their nanoseconds for a century", () => {
  const view = new DataView(new ArrayBuffer(16));
  const century = 3_155_760_000.123456;
  for (const codec of Object.values(CODECS)) {
    codec.write(view, 0, century);
    assertEquals(codec.read(view, 0), century);
  }
});
