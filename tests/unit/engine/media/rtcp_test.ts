import { assertEquals } from "@std/assert";
import {
  parseFeedback,
  senderReport,
} from "../../../../src/engine/media/rtcp.ts";

const PLI = "81ce0002 00000001 00000002";
const FIR = "84ce0004 00000001 00000000 00000002 05000000";
const RECEIVER_REPORT = "81c90007 00000001 00000002 00000000 00000000 " +
  "00000000 00000000 00000000";
/** One packet, and those two and sixteen after it. */
const NACK = "81cd0003 00000001 00000002 00108002";

const bytes = (hex: string) => Uint8Array.fromHex(hex.replaceAll(" ", ""));

Deno.test("parseFeedback()", async (t) => {
  const cases = [
    { name: "a PLI", hex: PLI, key: true, lost: 0 },
    { name: "a FIR", hex: FIR, key: true, lost: 0 },
    { name: "a NACK", hex: NACK, key: false, lost: 3 },
    { name: "a receiver report", hex: RECEIVER_REPORT, key: false, lost: 0 },
    {
      name: "a compound packet",
      hex: `${RECEIVER_REPORT} ${NACK} ${PLI}`,
      key: true,
      lost: 3,
    },
    { name: "nothing", hex: "", key: false, lost: 0 },
    { name: "half a header", hex: "81ce00", key: false, lost: 0 },
    { name: "a length beyond the end", hex: "81ceffff", key: false, lost: 0 },
    { name: "another version", hex: `41${PLI.slice(2)}`, key: false, lost: 0 },
    {
      name: "a good packet before a bad one",
      hex: `${PLI} 81ceffff`,
      key: true,
      lost: 0,
    },
    {
      name: "a NACK without an item",
      hex: "81cd0002 00000001 00000002",
      key: false,
      lost: 0,
    },
    {
      name: "a NACK shorter than its header",
      hex: "81cd0000",
      key: false,
      lost: 0,
    },
  ];
  for (const { name, hex, key, lost } of cases) {
    await t.step(name, () => {
      assertEquals(parseFeedback(bytes(hex)), {
        keyFrameWanted: key,
        lostCount: lost,
      });
    });
  }
});

Deno.test("parseFeedback() ends, whatever comes", () => {
  for (let seed = 0; seed < 20_000; seed++) {
    const noise = new Uint8Array(seed % 97);
    crypto.getRandomValues(noise);
    // Otherwise nearly all end at the version.
    if (noise.length > 1) [noise[0], noise[1]] = [0x81, 200 + seed % 8];
    const { lostCount } = parseFeedback(noise);
    assertEquals(lostCount <= noise.length / 4 * 17, true);
  }
});

Deno.test("senderReport() is laid out as RFC 3550 section 6.4.1 says", () => {
  const report = senderReport({
    ssrc: 0x01020304,
    ntpSeconds: 0x05060708,
    ntpFraction: 0x090a0b0c,
    rtpTimestamp: 0x0d0e0f10,
    packetCount: 0x11121314,
    octetCount: 0x15161718,
  });
  assertEquals(
    report.toHex(),
    "80c80006" + "01020304" + "05060708090a0b0c" + "0d0e0f10" + "11121314" +
      "15161718",
  );
});
