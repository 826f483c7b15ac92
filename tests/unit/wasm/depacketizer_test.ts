import { assertEquals, assertThrows } from "@std/assert";
import { fromHex } from "../../support/sink.ts";
import {
  annexB,
  Depacketizer,
  parseRtpPacket,
} from "../../support/depacketizer.ts";

// The judge is judged first: every other test of packets relies on it.

const HEADER = "8060 0001 00000002 00000003";
const MARKED = "80e0 0001 00000002 00000003";

const refused = [
  { name: "no packet", packets: [""], why: "packet of 0 bytes" },
  { name: "half a header", packets: ["8060 0001"], why: "of 4 bytes" },
  { name: "version 1", packets: [`40${HEADER.slice(2)} 41`], why: "version 1" },
  { name: "no payload", packets: [HEADER], why: "empty payload" },
  {
    name: "an extension longer than the packet",
    packets: ["9060 0001 00000002 00000003 bede 0002 10000000"],
    why: "longer than the packet",
  },
  {
    name: "an element longer than its extension",
    packets: ["9060 0001 00000002 00000003 bede 0001 13000000 41"],
    why: "element too long",
  },
  {
    name: "more padding than payload",
    packets: ["a060 0001 00000002 00000003 4103"],
    why: "longer than the payload",
  },
  { name: "type 0", packets: [`${MARKED} 00`], why: "packet type 0" },
  { name: "STAP-B", packets: [`${MARKED} 19 0000 0001 41`], why: "type 25" },
  { name: "an empty STAP-A", packets: [`${MARKED} 18`], why: "of nothing" },
  { name: "a STAP-A of 2 bytes", packets: [`${MARKED} 1800`], why: "half" },
  {
    name: "a STAP-A of no NAL unit",
    packets: [`${MARKED} 180000`],
    why: "empty",
  },
  {
    name: "a STAP-A whose size is past its end",
    packets: [`${MARKED} 78 0001 67 0002 68`],
    why: "STAP-A overrun",
  },
  {
    name: "a STAP-A in a STAP-A",
    packets: [`${MARKED} 18 0001 18`],
    why: "type 24 in a STAP-A",
  },
  {
    name: "a STAP-A with less than the highest NRI",
    packets: [`${MARKED} 38 0001 67 0001 26`],
    why: "wrong F or NRI",
  },
  {
    name: "a STAP-A without the F of its NAL unit",
    packets: [`${MARKED} 78 0001 e7 0001 68`],
    why: "wrong F or NRI",
  },
  { name: "an FU-A of 1 byte", packets: [`${MARKED} 7c`], why: "of 1 bytes" },
  { name: "an FU-A of 2 bytes", packets: [`${MARKED} 7c85`], why: "of 2" },
  { name: "an FU-A of 3 bytes", packets: [`${MARKED} 7c8501`], why: "of 3" },
  {
    name: "start and end at once",
    packets: [`${MARKED} 7cc50102`],
    why: "both start and end",
  },
  {
    name: "a reserved bit",
    packets: [`${HEADER} 7ca50102`],
    why: "reserved",
  },
  { name: "no start", packets: [`${MARKED} 7c450102`], why: "no start" },
  {
    name: "a marker in the middle",
    packets: [`${MARKED} 7c850102`],
    why: "marker inside",
  },
  {
    name: "a second start",
    packets: [`${HEADER} 7c850102`, "8060 0002 00000002 00000003 7c850102"],
    why: "start of a NAL unit in another",
  },
  {
    name: "a NAL unit between fragments",
    packets: [`${HEADER} 7c850102`, "8060 0002 00000002 00000003 41"],
    why: "between fragments",
  },
  {
    name: "fragments of two types",
    packets: [`${HEADER} 7c850102`, "80e0 0002 00000002 00000003 7c410102"],
    why: "fragments that differ",
  },
  {
    name: "a gap",
    packets: [`${HEADER} 41`, "80e0 0003 00000002 00000003 41"],
    why: "packet 3 after 1",
  },
  {
    name: "two timestamps in a picture",
    packets: [`${HEADER} 41`, "80e0 0002 00000007 00000003 41"],
    why: "another timestamp",
  },
  {
    name: "another stream",
    packets: [`${HEADER} 41`, "80e0 0002 00000002 00000009 41"],
    why: "SSRC 9",
  },
];

for (const { name, packets, why } of refused) {
  Deno.test(`Depacketizer refuses ${name}`, () => {
    const depacketizer = new Depacketizer();
    const add = () => packets.map((hex) => depacketizer.add(fromHex(hex)));
    assertThrows(add, Error, why);
  });
}

Deno.test("Depacketizer puts a picture together", () => {
  const depacketizer = new Depacketizer();
  const packets = [
    "8060 ffff 00000002 00000003 78 0002 6701 0001 48",
    "8060 0000 00000002 00000003 7c85 0203",
    "8060 0001 00000002 00000003 7c05 0405",
    "8060 0002 00000002 00000003 7c45 0607",
    "80e0 0003 00000002 00000003 4109",
  ].map(fromHex);
  for (const packet of packets.slice(0, -1)) {
    assertEquals(depacketizer.add(packet), undefined);
  }
  const unit = depacketizer.add(packets.at(-1)!);
  const nalUnits = ["6701", "48", "65020304050607", "4109"].map(fromHex);
  assertEquals(unit?.nalUnits, nalUnits);
  assertEquals(unit?.rtpTimestamp, 2);
  assertEquals(unit?.annexB(), annexB(nalUnits));
  assertEquals([1, 2, 5, 7].map((type) => unit?.has(type)), [
    true,
    false,
    true,
    true,
  ]);
});

const extended = [
  {
    name: "one-byte headers and their padding",
    extension: "bede 0002 1007 0021 0809 0000",
    elements: [[1, "07"], [2, "0809"]] as const,
  },
  {
    name: "nothing after id 15",
    extension: "bede 0001 1007 f010",
    elements: [[1, "07"]] as const,
  },
  {
    name: "two-byte headers",
    extension: "1000 0002 1000 1102 0809 0000",
    elements: [[16, ""], [17, "0809"]] as const,
  },
];

for (const { name, extension, elements } of extended) {
  Deno.test(`parseRtpPacket() reads ${name}`, () => {
    const packet = parseRtpPacket(
      fromHex(`90e0 0001 00000002 00000003 ${extension} 41`),
    );
    assertEquals(
      [...packet.extensions],
      elements.map(([id, hex]) => [id, fromHex(hex)]),
    );
    assertEquals(packet.payload, Uint8Array.of(0x41));
  });
}

Deno.test("parseRtpPacket() leaves CSRCs and padding out", () => {
  const packet = parseRtpPacket(
    fromHex("a1e1 ff01 fffffff2 fffffff3 0a0b0c0d 41 09 0002"),
  );
  assertEquals(packet, {
    marker: true,
    payloadType: 97,
    sequenceNumber: 0xff01,
    rtpTimestamp: 0xfffffff2,
    ssrc: 0xfffffff3,
    extensions: new Map(),
    payload: Uint8Array.of(0x41, 0x09),
  });
});
