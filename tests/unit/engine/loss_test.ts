import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async/delay";
import { createSocket, type RemoteInfo } from "node:dgram";
import { makeClip, TestCamera } from "../../support/camera.ts";
import { parseRtpPacket } from "../../support/depacketizer.ts";
import { TestEngine } from "../../support/engine.ts";
import { sinkName } from "../../support/sink.ts";
import { type TestViewer, until, Viewers } from "../../support/viewer.ts";

/** A path between two peers that loses each nth media packet of one. */
class LossyPath implements AsyncDisposable {
  readonly #socket = createSocket("udp4");
  readonly #engine: number;
  #viewer: RemoteInfo | undefined;
  #count = 0;
  /** Sequence numbers of what was lost on the way to the viewer. */
  readonly lost: number[] = [];
  loses: (count: number) => boolean = () => false;

  static async to(enginePort: number): Promise<LossyPath> {
    const path = new LossyPath(enginePort);
    path.#socket.bind(0, "127.0.0.1");
    await new Promise((resolve) => path.#socket.once("listening", resolve));
    return path;
  }

  private constructor(engine: number) {
    this.#engine = engine;
    this.#socket.on("message", (bytes, from) => this.#relay(bytes, from));
  }

  get port(): number {
    return this.#socket.address().port;
  }

  #relay(bytes: Uint8Array, from: RemoteInfo): void {
    if (from.port !== this.#engine) {
      this.#viewer = from;
      this.#socket.send(bytes, this.#engine, "127.0.0.1");
      return;
    }
    const [first = 0, second = 0, high = 0, low = 0] = bytes;
    const type = second & 0x7f;
    // RFC 7983 section 7: 128 to 191 is RTP or RTCP; SRTP hides no header.
    const isMedia = first >= 128 && first < 192 && (type < 64 || type >= 96);
    if (isMedia && this.loses(++this.#count)) {
      this.lost.push(high << 8 | low);
      return;
    }
    if (this.#viewer === undefined) return;
    this.#socket.send(bytes, this.#viewer.port, "127.0.0.1");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }
}

const sequenceNumbers = (viewer: TestViewer) =>
  viewer.packets.map((packet) => parseRtpPacket(packet).sequenceNumber);

/** Watches through a path of that kind, and by no other way. */
async function watchThroughLoss(
  viewers: Viewers,
): Promise<{ viewer: TestViewer; path: LossyPath }> {
  const viewer = await viewers.attach({ route: () => undefined });
  const { jsep } = await viewer.ask({ request: "watch" });
  const answer = await viewer.answer(jsep!.sdp);
  // The engine must not find the viewer past the path.
  const sdp = answer.sdp.split("\r\n")
    .filter((line) => !line.startsWith("a=candidate:")).join("\r\n");
  await viewer.ask({ request: "start" }, { type: "answer", sdp });
  const { candidate } = await viewer.event("trickle") as unknown as {
    candidate: { candidate: string };
  };
  const fields = candidate.candidate.split(" ");
  const path = await LossyPath.to(Number(fields[5]));
  fields[5] = String(path.port);
  await viewer.candidate(fields.join(" "));
  return { viewer, path };
}

Deno.test("lost packets are sent again, when asked for", async () => {
  const clip = await makeClip({ size: "640x360" });
  await using camera = new TestCamera(sinkName(), clip);
  await using engine = await TestEngine.start({
    cameras: { front: camera.sink },
  });
  await using viewers = await Viewers.at(engine);
  const { viewer, path } = await watchThroughLoss(viewers);
  await using _path = path;
  await viewer.received(50);
  path.loses = (count) => count % 20 === 0;
  const asked = new Set<number>();
  await until(() => path.lost.length >= 20, () => `${path.lost.length} lost`);
  path.loses = () => false;
  for (const number of path.lost) {
    await viewer.sendNack([number]);
    asked.add(number);
  }
  await until(
    () => path.lost.every((one) => sequenceNumbers(viewer).includes(one)),
    () => `${path.lost} are missing`,
  );
  // In order, nothing is missing and nothing is damaged.
  const inOrder = viewer.packets.map((bytes) => ({ bytes, ...order(bytes) }))
    .sort((a, b) => (a.sequenceNumber - b.sequenceNumber) << 16 >> 16)
    .map(({ bytes }) => bytes);
  viewer.packets.splice(0, viewer.packets.length, ...inOrder);
  assert(viewer.accessUnits().length > 20);
  assertEquals((await viewer.event("slowlink")).media, "video");
});

const order = (bytes: Uint8Array) => ({
  sequenceNumber: parseRtpPacket(bytes).sequenceNumber,
});

Deno.test("key frame requests are shared", async (t) => {
  // One natural key frame in half a minute.
  const clip = await makeClip({ frames: 900, gop: 900, size: "160x120" });
  // Asked, it starts over: the clip has no other key frame.
  const sink = sinkName();
  await using camera = new TestCamera(sink, clip);
  await using engine = await TestEngine.start({ cameras: { front: sink } });
  await using viewers = await Viewers.at(engine);
  const all: TestViewer[] = [];
  for (let count = 0; count < 20; count++) all.push(await viewers.watch());
  for (const viewer of all) await viewer.received(1);
  const requests = { PLI: "sendPli", FIR: "sendFir" } as const;
  for (const [name, method] of Object.entries(requests)) {
    await t.step(`20 viewers send ${name}s`, async () => {
      await delay(1000);
      const before = camera.requestedAtMs.length;
      const begin = performance.now();
      const rounds = 12;
      for (let round = 0; round < rounds; round++) {
        await Promise.all(all.map((viewer) => viewer[method](round)));
        await delay(100);
      }
      const seconds = (performance.now() - begin) / 1000;
      const count = camera.requestedAtMs.length - before;
      assert(count >= 1, "nobody asked the camera");
      // At most one in half a second, and one that was under way.
      assert(count <= seconds * 2 + 1, `${count} in ${seconds} s`);
    });
  }
});
