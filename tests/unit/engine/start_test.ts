import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async/delay";
import { makeClip, TestCamera } from "../../support/camera.ts";
import { parseRtpPacket } from "../../support/depacketizer.ts";
import { TestEngine } from "../../support/engine.ts";
import { sinkName } from "../../support/sink.ts";
import { type TestViewer, until, Viewers } from "../../support/viewer.ts";

const IDR = 5;
const SPS = 7;

/** The first picture can be decoded, and nothing is missing after it. */
function assertDecodableStart(viewer: TestViewer): void {
  const [first] = viewer.accessUnits();
  assert(first?.has(IDR) && first.has(SPS), "starts with no key frame");
}

/** RTP time never goes back. */
function assertTimeGoesOn(viewer: TestViewer): void {
  const times = viewer.packets.map((one) => parseRtpPacket(one).rtpTimestamp);
  for (const [index, time] of times.slice(1).entries()) {
    assert(((time - times[index]!) | 0) >= 0, `packet ${index + 1}`);
  }
}

/** Waits until the engine says so of its camera. */
async function state(viewers: Viewers, wanted: string): Promise<void> {
  const viewer = await viewers.attach();
  for (let found = ""; found !== wanted; await delay(20)) {
    const { plugindata } = await viewer.ask({ request: "status" });
    const { result } = plugindata?.data as {
      result: { cameras: { state: string; width?: number }[] };
    };
    const [camera] = result.cameras;
    // Live, but before its first key frame.
    const isBlank = camera?.state === "live" && camera.width === undefined;
    found = isBlank ? "" : camera?.state ?? "";
  }
  viewer.session.destroy();
}

Deno.test("a viewer starts with a key frame that it has asked for", async () => {
  // One key frame in two seconds, unless somebody asks.
  await using camera = new TestCamera(sinkName(), await makeClip({ gop: 60 }));
  await using engine = await TestEngine.start({
    cameras: { front: camera.sink },
  });
  await using viewers = await Viewers.at(engine);
  for (let count = 0; count < 3; count++) {
    const viewer = await viewers.watch();
    await viewer.received(10);
    assertDecodableStart(viewer);
    await viewer.handle.detach();
  }
  assert(camera.requestedAtMs.length > 0);
});

Deno.test("a camera that cannot be asked: the cached group", async (t) => {
  const cases = [
    { name: "version 2 has no way to ask", layout: "2", obeys: true },
    { name: "a writer that does not listen", layout: "10", obeys: false },
  ];
  for (const { name, layout, obeys } of cases) {
    await t.step(name, async () => {
      const clip = await makeClip({ frames: 900, gop: 900 });
      const sink = sinkName();
      await using engine = await TestEngine.start({ cameras: { front: sink } });
      await using viewers = await Viewers.at(engine);
      await using camera = new TestCamera(sink, clip, { layout, obeys });
      // The only key frame must not be written before somebody looks.
      camera.paused = true;
      await state(viewers, "sink_waiting");
      camera.paused = false;
      await state(viewers, "live");
      const viewer = await viewers.watch();
      const { length: joinedAt } = camera.written;
      await until(
        () => viewer.accessUnits().length > joinedAt + 20,
        () => "only the group came",
      );
      assertDecodableStart(viewer);
      assertTimeGoesOn(viewer);
      // There has been no other key frame than that of before.
      assertEquals(camera.written.lastIndexOf(0), 0);
    });
  }
});

Deno.test("a key frame that comes while a viewer catches up", async () => {
  // Pictures so large that catching up takes a while; key frames each 0.5 s.
  const clip = await makeClip({ size: "1280x720", gop: 15 });
  await using camera = new TestCamera(sinkName(), clip, { layout: "2" });
  await using engine = await TestEngine.start({
    cameras: { front: camera.sink },
  });
  await using viewers = await Viewers.at(engine);
  const all: TestViewer[] = [];
  for (let count = 0; count < 6; count++) all.push(await viewers.watch());
  for (const viewer of all) {
    await until(
      () => viewer.accessUnits().length > 30,
      () => "no pictures",
    );
    assertDecodableStart(viewer);
    assertTimeGoesOn(viewer);
  }
});

Deno.test("a group that outgrows the cache", async () => {
  const clip = await makeClip({ gop: 60 });
  // Filler data makes each picture large; 4 MiB are over after 20 of them.
  const padding = new Uint8Array(200_000).fill(0xff);
  padding.set([0, 0, 0, 1, 12]);
  padding[padding.length - 1] = 0x80;
  const large = clip.map(({ bytes, keyFrame }) => ({
    keyFrame,
    bytes: Uint8Array.from([...bytes, ...padding]),
  }));
  await using camera = new TestCamera(sinkName(), large, { layout: "2" });
  await using engine = await TestEngine.start({
    cameras: { front: camera.sink },
  });
  await using viewers = await Viewers.at(engine);
  await state(viewers, "live");
  await until(
    () => camera.written.at(-1)! > 25 && camera.written.at(-1)! < 40,
    () => "the camera does not run",
  );
  const viewer = await viewers.watch();
  await until(() => viewer.accessUnits().length > 5, () => "no pictures");
  assertDecodableStart(viewer);
  assertEquals(camera.written.at(-1)! < 25, true);
});

Deno.test("viewers who come before the camera", async (t) => {
  const clip = await makeClip({ gop: 60 });
  const sink = sinkName();
  await using engine = await TestEngine.start({ cameras: { front: sink } });
  await using viewers = await Viewers.at(engine);
  const viewer = await viewers.attach();

  await t.step("are told so", async () => {
    const { plugindata } = await viewer.ask({ request: "watch" });
    assertEquals(
      (plugindata?.data as { error_code: number }).error_code,
      503,
    );
  });

  await t.step("are served as soon as it comes", async () => {
    const watching = viewer.ask({ request: "watch" });
    await delay(300);
    // From the middle: no parameter sets until somebody asks.
    await using camera = new TestCamera(sink, clip, { from: 30 });
    let event = await watching;
    // The seed's page tries again.
    for (let count = 0; event.jsep === undefined && count < 5; count++) {
      event = await viewer.ask({ request: "watch" });
    }
    assertEquals(event.jsep?.type, "offer");
    assert(camera.requestedAtMs.length > 0);
    await viewer.watch();
    await viewer.received(10);
    assertDecodableStart(viewer);
  });
});

Deno.test("another writer begins where it likes", async () => {
  const clip = await makeClip({ gop: 60 });
  const sink = sinkName();
  await using engine = await TestEngine.start({ cameras: { front: sink } });
  await using viewers = await Viewers.at(engine);
  const viewer = await viewers.attach();
  {
    await using camera = new TestCamera(sink, clip);
    await until(() => camera.written.length > 5, () => "no pictures");
    await viewer.watch();
    await viewer.received(30);
  }
  // What is under way still comes.
  await delay(300);
  const count = viewer.accessUnits().length;
  // The old sink is gone; the new one starts in the middle of a group.
  await using _next = new TestCamera(sink, clip, { from: 30 });
  await until(
    () => viewer.accessUnits().length > count + 5,
    () => "nothing more came",
  );
  assert(viewer.accessUnits()[count]!.has(IDR), "goes on with no key frame");
  assertTimeGoesOn(viewer);
});
