import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  annexB,
  Depacketizer,
  parseRtpPacket,
  type ReceivedAccessUnit,
} from "../../support/depacketizer.ts";
import { byteStream, nalUnit } from "../../support/h264.ts";
import {
  PacketizerModel,
  splitNalUnits,
} from "../../support/packetizer_model.ts";
import { type Build, WasmPacketizer } from "../../support/wasm_packetizer.ts";

const RUNS = 10_000;

/** Bytes with many zeros, ones and threes among them. */
const payload = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.uint8Array({ maxLength: 700 }),
  fc.array(fc.constantFrom(0, 0, 0, 1, 2, 3, 0x80, 0xff), { maxLength: 300 })
    .map((bytes) => Uint8Array.from(bytes)),
);

const header = fc.record({
  type: fc.oneof(
    fc.constantFrom(1, 5, 6, 7, 8, 9),
    fc.integer({ min: 0, max: 31 }),
  ),
  nri: fc.integer({ min: 0, max: 3 }),
  forbidden: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.constant(1)),
}).map(({ type, nri, forbidden }) => forbidden << 7 | nri << 5 | type);

const unit = fc.record({
  unit: fc.tuple(header, payload).map(([first, rest]) => nalUnit(first, rest)),
  framing: fc.record({
    startCodeSize: fc.integer({ min: 3, max: 5 }),
    zerosAfter: fc.integer({ min: 0, max: 3 }),
  }),
});

/** Access units in a row, NAL units as an encoder writes them. */
const stream = fc.array(fc.array(unit, { minLength: 1, maxLength: 6 }), {
  minLength: 1,
  maxLength: 4,
});

const configuration = fc.record({
  packetSizeMax: fc.oneof(
    fc.integer({ min: 128, max: 160 }),
    fc.integer({ min: 128, max: 1500 }),
  ),
  extensionSizeMax: fc.constantFrom(0, 8, 32),
  payloadType: fc.integer({ min: 0, max: 127 }),
  ssrc: fc.nat(0xffffffff),
  sequenceNumber: fc.oneof(
    fc.integer({ min: 65530, max: 65535 }),
    fc.nat(65535),
  ),
});

/** A block that an extension fills wholly; its id is 1. */
function blockOf(size: number): Uint8Array {
  const block = new Uint8Array(size);
  if (size === 0) return block;
  block.set([0xbe, 0xde, 0, size / 4 - 1]);
  const [elementSize] = [Math.min(size - 5, 16)];
  block.set([1 << 4 | (elementSize - 1)], 4);
  block.fill(0x5a, 5, 5 + elementSize);
  return block;
}

/** Makes the remembered sets and the model's the same: one SPS, no PPS. */
function forgetAll(packetizer: WasmPacketizer): PacketizerModel {
  const model = new PacketizerModel();
  for (const sps of [[0x67, 1], [0x67, 2]]) {
    const units = [Uint8Array.from(sps), Uint8Array.of(0x41, 0x9a)];
    packetizer.packetize(annexB(units));
    model.expect(units);
  }
  return model;
}

const receive = (
  depacketizer: Depacketizer,
  packets: readonly Uint8Array[],
): ReceivedAccessUnit[] =>
  packets.map((packet) => depacketizer.add(packet))
    .filter((received) => received !== undefined);

for (const build of ["packetizer.simd.wasm", "packetizer.wasm"] as Build[]) {
  // The depacketizer itself insists on: consecutive sequence numbers, one
  // timestamp per access unit, S and E never together, F and NRI of STAP-A.
  Deno.test(`${build}: what is received is what the model expects`, async () => {
    const module = await WasmPacketizer.load(build);
    fc.assert(
      fc.property(stream, configuration, fc.nat(0xffffffff), (
        units,
        to,
        firstTimestamp,
      ) => {
        const model = forgetAll(module);
        assertEquals(module.configure(to), 0);
        const depacketizer = new Depacketizer();
        let number = to.sequenceNumber;
        for (const [index, nalUnits] of units.entries()) {
          const bytes = byteStream(nalUnits);
          const rtpTimestamp = firstTimestamp + index >>> 0;
          const { answer, packets } = module.packetize(bytes, rtpTimestamp);
          assertEquals(answer, packets.length);
          const expected = model.expect(nalUnits.map((each) => each.unit));
          const received = receive(depacketizer, packets);
          assertEquals(
            received.flatMap((each) => each.nalUnits),
            expected,
          );
          // Exactly one marker, on the last packet.
          assertEquals(received.length, expected.length > 0 ? 1 : 0);
          for (const [at, packet] of packets.entries()) {
            const { length } = packet;
            const room = at === 0 ? to.extensionSizeMax : 0;
            assert(length + room <= to.packetSizeMax, `${length} bytes`);
            const head = parseRtpPacket(packet);
            assertEquals(head.marker, at === packets.length - 1);
            assertEquals(head.sequenceNumber, number & 0xffff);
            assertEquals(head.rtpTimestamp, rtpTimestamp);
            assertEquals(head.payloadType, to.payloadType);
            assertEquals(head.ssrc, to.ssrc);
            assertEquals(head.extensions.size, 0);
            number++;
          }
        }
      }),
      { numRuns: RUNS },
    );
  });

  Deno.test(`${build}: any block, in any order, leaves the packet whole`, async () => {
    const module = await WasmPacketizer.load(build);
    const sizes = fc.array(fc.constantFrom(0, 8, 12, 24, 32), { maxLength: 5 });
    fc.assert(
      fc.property(stream, sizes, ([nalUnits], blockSizes) => {
        module.configure({ packetSizeMax: 140, extensionSizeMax: 32 });
        if (module.begin(byteStream(nalUnits ?? []), 7) <= 0) return;
        const plain = parseRtpPacket(module.next()!);
        for (const size of blockSizes) {
          const extended = module.extend(blockOf(size)) as Uint8Array;
          assert(extended.length <= 140);
          const packet = parseRtpPacket(extended);
          const { extensions, ...rest } = packet;
          assertEquals({ ...rest, extensions: new Map() }, plain);
          assertEquals(
            extensions.get(1)?.length,
            size === 0 ? undefined : Math.min(size - 5, 16),
          );
        }
        const last = blockSizes.at(-1) ?? 0;
        const depacketizer = new Depacketizer();
        const first = module.extend(blockOf(last)) as Uint8Array;
        const rest: Uint8Array[] = [];
        for (let packet; (packet = module.next()) !== undefined;) {
          rest.push(packet);
        }
        assertEquals(receive(depacketizer, [first, ...rest]).length, 1);
      }),
      { numRuns: RUNS },
    );
  });

  Deno.test(`${build}: any bytes are taken or refused, never a trap`, async () => {
    const module = await WasmPacketizer.load(build);
    module.configure({ packetSizeMax: 128 });
    const anyBytes = fc.oneof(
      fc.uint8Array({ maxLength: 600 }),
      fc.array(fc.constantFrom(0, 0, 0, 1, 1, 3, 0x65, 0x67, 0x68, 0xff), {
        maxLength: 400,
      }).map((bytes) => Uint8Array.of(0, 0, 1, ...bytes)),
    );
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const model = forgetAll(module);
        const depacketizer = new Depacketizer();
        const zeros = bytes.findIndex((byte) => byte !== 0);
        const isStream = zeros >= 2 && bytes[zeros] === 1;
        const { answer, packets } = module.packetize(bytes);
        assertEquals(answer, isStream ? packets.length : -2);
        if (!isStream) return;
        assertEquals(
          receive(depacketizer, packets).flatMap((each) => each.nalUnits),
          model.expect(splitNalUnits(bytes)),
        );
      }),
      { numRuns: RUNS },
    );
  });

  Deno.test(`${build}: same input and same state give the same bytes`, async () => {
    const one = await WasmPacketizer.load(build);
    const other = await WasmPacketizer.load(build);
    fc.assert(
      fc.property(stream, (units) => {
        [one, other].forEach(forgetAll);
        [one, other].forEach((each) => each.configure());
        for (const nalUnits of units) {
          const bytes = byteStream(nalUnits);
          const before = bytes.slice();
          const made = one.packetize(bytes, 1);
          // The caller's own buffer is as it was.
          assertEquals(bytes, before);
          assertEquals(other.packetize(bytes, 1), made);
        }
      }),
      { numRuns: RUNS / 10 },
    );
  });
}
