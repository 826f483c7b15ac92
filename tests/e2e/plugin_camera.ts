/**
 * A camera that loops a clip, and what viewers of it have to get.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { Packetizer } from "../../src/engine/h264/packetizer.ts";
import { layoutByName } from "../../src/engine/memsink/layouts.ts";
import { MemsinkWriter } from "../../src/engine/memsink/writer.ts";
import type { Packet } from "./plugin_viewer.ts";

const FPS = 30;
/** Of the default 1 200, Janus's extensions and RTX take 14. */
const PACKET_SIZE = 1186;

/** A real x264 clip, by access unit: a second, a key frame for each ten. */
export async function makeClip(
  profile: string,
): Promise<readonly Uint8Array[]> {
  const { stdout, success } = await new Deno.Command("ffmpeg", {
    args: [
      ..."-v error -f lavfi -i testsrc2=size=640x480:rate=30 -frames:v 30"
        .split(" "),
      ..."-pix_fmt yuv420p -c:v libx264 -preset veryfast -bf 0".split(" "),
      ...`-profile:v ${profile} -g 10 -x264-params aud=1 -f h264 -`.split(" "),
    ],
    stdin: "null",
  }).output();
  assert(success);
  const starts = [...stdout.keys()].filter((at) =>
    stdout[at] === 0 && stdout[at + 1] === 0 && stdout[at + 2] === 0 &&
    stdout[at + 3] === 1 && stdout[at + 4] === 9
  );
  const units = starts.map((at, index) => stdout.slice(at, starts[index + 1]));
  assertEquals(units.length, 30);
  return units;
}

/** A camera that loops a clip into a sink, as an encoder would. */
export class Camera implements AsyncDisposable {
  keyFrameRequests = 0;
  readonly #writer: MemsinkWriter;
  readonly #loop: Promise<void>;
  #stopped = false;

  constructor(name: string, layout: string, clip: readonly Uint8Array[]) {
    this.#writer = new MemsinkWriter(name, { layout: layoutByName(layout)! });
    this.#loop = this.#run(clip);
  }

  async #run(clip: readonly Uint8Array[]): Promise<void> {
    for (let index = 0; !this.#stopped; index++) {
      if (this.#writer.keyFrameRequested) {
        this.keyFrameRequests++;
        // As far as a recording can: its next key frame comes now.
        while (index % 10 !== 0) index++;
      }
      await this.#writer.write({
        bytes: clip[index % clip.length]!,
        keyFrame: index % 10 === 0,
        width: 640,
        height: 480,
        gop: 0,
      });
      await new Promise((resolve) => setTimeout(resolve, 1000 / FPS));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    await this.#loop;
    this.#writer[Symbol.dispose]();
  }
}

/** What the engine's packetizer makes of the clip: payloads in order. */
export async function expectedPayloads(
  clip: readonly Uint8Array[],
): Promise<readonly string[]> {
  const packetizer = await Packetizer.create({ packetSizeMax: PACKET_SIZE });
  const payloads: string[] = [];
  for (const unit of clip) {
    packetizer.frame.set(unit);
    const count = packetizer.begin(unit.length, 0);
    assert(typeof count === "number", String(count));
    for (let packet; (packet = packetizer.next()) !== undefined;) {
      payloads.push(packet.subarray(12).toHex());
    }
  }
  return payloads;
}

/** The packets are a run of the expected payloads, key frames in order. */
export function assertSameStream(
  packets: readonly Packet[],
  expected: readonly string[],
): void {
  const got = [...packets]
    .sort((a, b) => ((a.sequenceNumber - b.sequenceNumber) << 16) >> 16)
    .map(({ payload }) => payload.toHex());
  const start = expected.indexOf(got[0]!);
  assert(start >= 0, "the first packet is not of the clip");
  let at = start;
  for (const [index, payload] of got.entries()) {
    // A key frame request may let the camera go on elsewhere.
    if (payload !== expected[at]) at = expected.indexOf(payload);
    assert(at >= 0, `packet ${index} is not of the clip`);
    at = (at + 1) % expected.length;
  }
}
