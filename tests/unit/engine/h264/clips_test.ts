import { assert, assertEquals } from "@std/assert";
import {
  type AccessUnit,
  AccessUnitSplitter,
} from "../../../../src/engine/h264/access_unit_splitter.ts";
import { Packetizer } from "../../../../src/engine/h264/packetizer.ts";
import { concatenate, Depacketizer } from "../../../support/depacketizer.ts";
import { type ClipOptions, makeClip } from "../../../support/h264.ts";
import { splitNalUnits } from "../../../support/packetizer_model.ts";

// x264's streams, judged by ffprobe and decoded by ffmpeg.

interface Case extends ClipOptions {
  readonly name: string;
  readonly hasBSlices?: boolean;
}

const CASES: readonly Case[] = [
  { name: "baseline", encoding: ["-profile:v", "baseline", "-g", "10"] },
  {
    name: "main with B slices",
    encoding: ["-profile:v", "main", "-bf", "2", "-b_strategy", "0"],
    hasBSlices: true,
  },
  {
    name: "high, full HD, cropped",
    size: "1920x1080",
    frames: 6,
    encoding: ["-preset", "ultrafast", "-tune", "zerolatency", "-g", "3"],
  },
  {
    name: "high with scaling lists",
    encoding: ["-bf", "0", "-x264-params", "cqm=jvt:8x8dct=1"],
  },
  { name: "an odd size", size: "642x362", encoding: ["-bf", "0"] },
  {
    name: "four slices and delimiters",
    encoding: ["-bf", "0", "-x264-params", "slices=4:aud=1:keyint=8"],
  },
  {
    name: "slices as small as packets",
    size: "640x480",
    encoding: ["-bf", "0", "-x264-params", "slice-max-size=500"],
  },
  {
    name: "interlaced",
    encoding: ["-bf", "0", "-flags", "+ildct+ilme", "-x264-params", "tff=1"],
  },
  {
    name: "HRD parameters and filler",
    encoding: [
      ...["-bf", "0", "-b:v", "2M", "-maxrate", "2M", "-bufsize", "1M"],
      ...["-x264-params", "nal-hrd=cbr:filler=1"],
    ],
  },
  { name: "high 10", encoding: ["-bf", "0", "-pix_fmt", "yuv420p10le"] },
  { name: "high 4:2:2", encoding: ["-bf", "0", "-pix_fmt", "yuv422p"] },
  { name: "high 4:4:4", encoding: ["-bf", "0", "-pix_fmt", "yuv444p"] },
  { name: "monochrome", encoding: ["-bf", "0", "-pix_fmt", "gray"] },
];

/** profile_idc by ffprobe's name for it. */
const PROFILES: Readonly<Record<string, string>> = {
  "Constrained Baseline": "42",
  "Main": "4d",
  "High": "64",
  "High 10": "6e",
  "High 4:2:2": "7a",
  "High 4:4:4 Predictive": "f4",
};

async function run(command: string, args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

interface Probe {
  readonly profile: string;
  readonly level: number;
  readonly width: number;
  readonly height: number;
  readonly packetSizes: readonly number[];
  readonly keyFrames: readonly boolean[];
}

async function probe(path: string): Promise<Probe> {
  const { streams: [stream], packets } = JSON.parse(
    await run("ffprobe", [
      ...["-loglevel", "error", "-of", "json", "-show_streams"],
      ...["-show_packets", path],
    ]),
  );
  return {
    ...stream,
    packetSizes: packets.map(({ size }: { size: string }) => Number(size)),
    keyFrames: packets.map(({ flags }: { flags: string }) =>
      flags.startsWith("K")
    ),
  };
}

/** A checksum of every decoded picture. */
const pictures = (path: string) =>
  run("ffmpeg", [
    ...["-loglevel", "error", "-i", path, "-f", "framemd5", "-"],
  ]);

async function split(path: string): Promise<AccessUnit[]> {
  const file = await Deno.open(path);
  const units = file.readable.pipeThrough(new AccessUnitSplitter());
  return await Array.fromAsync(units);
}

/** Sends the access units and writes what is received to a file. */
async function sendAndReceive(
  packetizer: Packetizer,
  units: readonly AccessUnit[],
): Promise<string> {
  const depacketizer = new Depacketizer();
  const streams: Uint8Array[] = [];
  for (const { bytes, keyFrame } of units) {
    packetizer.frame.set(bytes);
    const answer = packetizer.begin(bytes.length, 0);
    assertEquals(packetizer.isKeyFrame, keyFrame);
    const sent = splitNalUnits(bytes).filter((unit) =>
      ![9, 12].includes((unit[0] ?? 0) & 0x1f)
    );
    let packetCount = 0;
    for (let packet; (packet = packetizer.next()) !== undefined;) {
      packetCount++;
      const unit = depacketizer.add(packet);
      if (unit === undefined) continue;
      assertEquals(unit.nalUnits.length, sent.length);
      assert(unit.nalUnits.every((each, at) => equals(each, sent[at]!)));
      streams.push(unit.annexB());
    }
    assertEquals(packetCount, answer);
  }
  assertEquals(streams.length, units.length);
  const path = await Deno.makeTempFile({ suffix: ".h264" });
  await Deno.writeFile(path, concatenate(streams));
  return path;
}

const equals = (one: Uint8Array, other: Uint8Array) =>
  one.length === other.length && one.every((byte, at) => byte === other[at]);

for (const { name, hasBSlices = false, ...options } of CASES) {
  Deno.test(`a clip of x264's, ${name}, goes all the way`, async (t) => {
    const path = await makeClip(options);
    const expected = await probe(path);
    const units = await split(path);
    const packetizer = await Packetizer.create({ packetSizeMax: 1000 });
    let receivedPath: string | undefined;

    await t.step("it is split as ffprobe splits it", () => {
      assertEquals(
        units.map(({ bytes }) => bytes.length),
        expected.packetSizes,
      );
      assertEquals(
        units.map(({ keyFrame }) => keyFrame),
        expected.keyFrames,
      );
    });

    await t.step("every NAL unit is received", async () => {
      receivedPath = await sendAndReceive(packetizer, units);
    });

    await t.step("its facts are ffprobe's", () => {
      const { profile, level, width, height } = expected;
      const levelHex = level.toString(16).padStart(2, "0");
      const { profileLevelId = "" } = packetizer;
      // The constraint flags between the two are the encoder's to set.
      assertEquals(profileLevelId.slice(0, 2), PROFILES[profile], profile);
      assertEquals(profileLevelId.slice(4), levelHex);
      assertEquals([packetizer.width, packetizer.height], [width, height]);
      assertEquals(packetizer.framesPerSecond, 30);
    });

    await t.step("its pictures are decoded the same", async () => {
      assertEquals(await pictures(receivedPath!), await pictures(path));
    });

    await t.step("B slices are noticed", () => {
      const has = units.map(({ bytes }) => {
        packetizer.frame.set(bytes);
        packetizer.begin(bytes.length, 0);
        return packetizer.hasBSlices;
      });
      assertEquals(has.includes(true), hasBSlices);
    });

    await Deno.remove(path);
    if (receivedPath !== undefined) await Deno.remove(receivedPath);
  });
}
