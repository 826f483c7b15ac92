import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { monotonicSeconds } from "../../../src/engine/memsink/libc.ts";
import { type ClipUnit, makeClip, TestCamera } from "../../support/camera.ts";
import {
  concatenate,
  parseRtpPacket,
  type ReceivedAccessUnit,
} from "../../support/depacketizer.ts";
import { TestEngine } from "../../support/engine.ts";
import { sinkName } from "../../support/sink.ts";
import { until, Viewers } from "../../support/viewer.ts";

const ACCESS_UNIT_DELIMITER = 9;
const RTP_CLOCK_HZ = 90_000;

/** The NAL units that are sent: delimiters are the packets' own affair. */
function nalUnits({ bytes }: ClipUnit): Uint8Array[] {
  const starts: number[] = [];
  for (let at = 0; at + 2 < bytes.length; at++) {
    if (bytes[at] === 0 && bytes[at + 1] === 0 && bytes[at + 2] === 1) {
      starts.push(at + 3);
    }
  }
  return starts.map((start, index) => {
    let end = (starts[index + 1] ?? bytes.length + 3) - 3;
    while (bytes[end - 1] === 0) end--;
    return bytes.subarray(start, end);
  }).filter(([header = 0]) => (header & 0x1f) !== ACCESS_UNIT_DELIMITER);
}

const hex = (units: readonly Uint8Array[]) =>
  units.map((unit) => unit.toHex()).join(" ");

/** What ffmpeg makes of a byte stream: a hash of each picture. */
async function decode(stream: Uint8Array<ArrayBuffer>): Promise<string[]> {
  const ffmpeg = new Deno.Command("ffmpeg", {
    args: "-v error -xerror -err_detect explode -f h264 -i - -f framemd5 -"
      .split(" "),
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = ffmpeg.stdin.getWriter();
  const writing = writer.write(stream).then(() => writer.close());
  const { stdout, success } = await ffmpeg.output();
  await writing;
  assert(success, "ffmpeg has complained");
  return new TextDecoder().decode(stdout).split("\n")
    .filter((line) => /^\d/.test(line))
    .map((line) => line.split(",").at(-1)!.trim());
}

const isSenderReport = (packet: Uint8Array) => packet[1] === 200;

const view = ({ buffer, byteOffset, length }: Uint8Array) =>
  new DataView(buffer, byteOffset, length);

/** An NTP time as seconds of Unix. */
const ntpSeconds = (data: DataView, at: number) =>
  data.getUint32(at) - 2_208_988_800 + data.getUint32(at + 4) / 2 ** 32;

/** Which units of the clip came, in order. */
function indexes(
  received: readonly ReceivedAccessUnit[],
  clip: readonly ClipUnit[],
): number[] {
  const known = new Map(
    clip.map((unit, index) => [hex(nalUnits(unit)), index]),
  );
  return received.map((unit, at) => {
    const index = known.get(hex(unit.nalUnits));
    assert(index !== undefined, `access unit ${at} is not of the clip`);
    return index;
  });
}

/** Where each came from in what was written; later ones come later. */
function positions(came: readonly number[], written: readonly number[]) {
  let at = written.length;
  return [...came].reverse().map((index) => {
    at = written.lastIndexOf(index, at - 1);
    assert(at >= 0, "out of order");
    return at;
  }).reverse();
}

Deno.test("what viewers receive is what was written", async (t) => {
  const clip = await makeClip();
  await using camera = new TestCamera(sinkName(), clip, { fps: 25 });
  await using engine = await TestEngine.start({
    cameras: { front: camera.sink },
  });
  await using viewers = await Viewers.at(engine);
  const first = await viewers.watch();
  const second = await viewers.watch({ params: { orientation: 90 } });
  const received = () =>
    [first, second].map((viewer) => viewer.accessUnits().length);
  await until(
    () => received().every((count) => count >= 40),
    () => `${received()} pictures`,
  );

  for (
    const [name, viewer] of [["first", first], ["second", second]] as const
  ) {
    const units = viewer.accessUnits();
    const came = indexes(units, clip);
    // Those of the last moment may have been written after this look.
    const sources = positions(came, camera.written);

    await t.step(`${name}: starts with a key frame`, () => {
      assert(clip[came[0]!]!.keyFrame);
    });

    await t.step(`${name}: nothing is left out`, () => {
      const span = sources.at(-1)! - sources[0]! + 1;
      // A busy machine may let the writer overtake the reader.
      assert(span - units.length <= span / 10, `${span - units.length} lost`);
    });

    await t.step(`${name}: ffmpeg sees the same pictures`, async () => {
      const expected = concatenate(came.map((index) => clip[index]!.bytes));
      const pictures = await decode(expected);
      assertEquals(pictures.length, units.length);
      const stream = concatenate(units.map((unit) => unit.annexB()));
      assertEquals(await decode(stream), pictures);
    });

    await t.step(`${name}: RTP time is grab time`, () => {
      const [start] = units;
      for (const [at, { rtpTimestamp }] of units.entries()) {
        const seconds = camera.grabSeconds[sources[at]!]! -
          camera.grabSeconds[sources[0]!]!;
        const ticks = (rtpTimestamp - start!.rtpTimestamp) >>> 0;
        // Each of the two is rounded to a tick.
        assert(Math.abs(ticks - seconds * RTP_CLOCK_HZ) <= 2, `unit ${at}`);
      }
    });
  }

  await t.step("sender reports: both times mean the same instant", async () => {
    await until(() => first.reports.some(isSenderReport), () => "no report");
    const report = view(first.reports.find(isSenderReport)!);
    const units = first.accessUnits();
    const at = positions(indexes(units, clip), camera.written);
    const wallNow = Date.now() / 1000 - monotonicSeconds();
    for (const [index, { rtpTimestamp }] of units.entries()) {
      // RFC 3550 section 6.4.1: NTP at 8, RTP at 16.
      const ticks = (rtpTimestamp - report.getUint32(16)) | 0;
      const wall = ntpSeconds(report, 8) + ticks / RTP_CLOCK_HZ;
      const grabbed = camera.grabSeconds[at[index]!]! + wallNow;
      assert(Math.abs(wall - grabbed) < 0.1, `${wall - grabbed} s apart`);
    }
  });

  await t.step("abs-capture-time is the grab's wall clock", () => {
    const packets = first.packets.map(parseRtpPacket);
    const report = view(first.reports.find(isSenderReport)!);
    const stamped = packets.filter(({ extensions }) => extensions.has(1));
    assert(stamped.length > 20);
    for (const { rtpTimestamp, extensions } of stamped) {
      const ticks = (rtpTimestamp - report.getUint32(16)) | 0;
      const wall = ntpSeconds(report, 8) + ticks / RTP_CLOCK_HZ;
      const captured = ntpSeconds(view(extensions.get(1)!), 0);
      assert(Math.abs(wall - captured) < 0.1, `${wall - captured} s apart`);
    }
  });

  await t.step("each viewer has numbers of its own", () => {
    const [a, b] = [first, second].map(({ packets }) =>
      parseRtpPacket(packets[0]!)
    );
    assertNotEquals(a!.ssrc, b!.ssrc);
    assertNotEquals(
      [a!.sequenceNumber, a!.rtpTimestamp],
      [b!.sequenceNumber, b!.rtpTimestamp],
    );
  });

  await t.step("no packet is larger than configured", () => {
    for (const { length } of first.packets) assert(length <= 1200, `${length}`);
  });
});
