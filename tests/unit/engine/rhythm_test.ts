import { assert } from "@std/assert";
import { delay } from "@std/async/delay";
import { fromFileUrl } from "@std/path";
import { makeClip, TestCamera } from "../../support/camera.ts";
import { parseRtpPacket } from "../../support/depacketizer.ts";
import { TestEngine } from "../../support/engine.ts";
import { TestProcess } from "../../support/process.ts";
import { sinkName } from "../../support/sink.ts";
import { type TestViewer, Viewers } from "../../support/viewer.ts";

const FLOOD = fromFileUrl(
  new URL("../../support/flood_child.ts", import.meta.url),
);

/** Milliseconds by which pictures were late against their own clock. */
async function lateness(viewer: TestViewer): Promise<number[]> {
  const { length: from } = viewer.packets;
  await viewer.received(from + 1);
  await delay(4000);
  const start = parseRtpPacket(viewer.packets[from]!).rtpTimestamp;
  const arrivals = viewer.packets.slice(from).flatMap((packet, index) => {
    const { marker, rtpTimestamp } = parseRtpPacket(packet);
    const ms = viewer.arrivedMs[from + index]!;
    return marker ? [ms - ((rtpTimestamp - start) >>> 0) / 90] : [];
  });
  const earliest = Math.min(...arrivals);
  return arrivals.map((one) => one - earliest).sort((a, b) => a - b);
}

const quantile = (sorted: readonly number[], share: number) =>
  sorted[Math.floor((sorted.length - 1) * share)]!;

Deno.test("pictures keep their rhythm while signalling is busy", async () => {
  await using camera = new TestCamera(sinkName(), await makeClip());
  await using engine = await TestEngine.start({
    cameras: { front: camera.sink },
  });
  await using viewers = await Viewers.at(engine);
  const viewer = await viewers.watch();
  await viewer.received(30);
  const quiet = await lateness(viewer);
  await using flood = new TestProcess({
    args: ["run", "-q", "-P=test", FLOOD, engine.url, engine.apiSecret],
  });
  await flood.output("stdout", /flooding/);
  const busy = await lateness(viewer);
  await flood.closeInput();
  const [, answers] = await flood.output("stdout", /(\d+) answers/);
  assert(Number(answers) > 2_000, `a flood of ${answers} only`);
  // Seen: medians of 2 ms and nine in ten within 7 ms, quiet and busy alike.
  assert(busy.length > quiet.length / 2, `${busy.length} pictures`);
  const [median, most] = [quantile(busy, 0.5), quantile(busy, 0.9)];
  assert(median < 20 && most < 70, `${median} and ${most} ms late`);
});
