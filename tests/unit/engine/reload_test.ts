import { assert, assertEquals } from "@std/assert";
import { makeClip, TestCamera } from "../../support/camera.ts";
import { TestEngine } from "../../support/engine.ts";
import { sinkName } from "../../support/sink.ts";
import { type TestViewer, until, Viewers } from "../../support/viewer.ts";

interface PluginData {
  readonly "error_code"?: number;
  readonly result?: { readonly cameras: readonly { readonly id: string }[] };
}

async function ask(viewer: TestViewer, body: unknown): Promise<PluginData> {
  return (await viewer.ask(body)).plugindata?.data as PluginData;
}

Deno.test("the engine goes over to other cameras while others go on", async (t) => {
  const sinks = { front: sinkName(), back: sinkName(), side: sinkName() };
  const { front, back, side } = sinks;
  const clip = await makeClip({ frames: 30, gop: 5 });
  await using _front = new TestCamera(front, clip);
  await using _back = new TestCamera(back, clip);
  await using _side = new TestCamera(side, clip);
  await using engine = await TestEngine.start({ cameras: { front, back } });
  await using viewers = await Viewers.at(engine);
  const stays = await viewers.watch({ id: "front" });
  await stays.received(1);
  const goesOn = () => stays.received(stays.packets.length + 20);

  await t.step("one more", async () => {
    const none = await viewers.attach();
    assertEquals(
      (await ask(none, { request: "watch", id: "side" })).error_code,
      404,
    );
    await engine.configure({ side, front, back });
    await until(
      () => /"camera":"side","state":"live"/.test(engine.process.stderr),
      () => engine.process.stderr,
    );
    const viewer = await viewers.watch({ id: "side" });
    await viewer.received(1);
    // The first one is what a `watch` without an id means.
    const first = await viewers.attach();
    const { result } = await ask(first, { request: "status" });
    const ids = result?.cameras.map(({ id }) => id);
    assertEquals(ids, ["side", "front", "back"]);
    await goesOn();
    await viewer.close();
  });

  await t.step("one less: its viewers are told, the waiting too", async () => {
    const viewer = await viewers.watch({ id: "back" });
    await viewer.received(1);
    await engine.configure({ front });
    const { reason } = await viewer.event("hangup");
    assertEquals(reason, "The camera's configuration has changed");
    assertEquals(
      (await ask(viewer, { request: "watch", id: "back" })).error_code,
      404,
    );
    await goesOn();
  });

  await t.step("another sink, another packet size: watched anew", async () => {
    await engine.configure({ front, back: side });
    const viewer = await viewers.watch({ id: "back" });
    await viewer.received(1);
    await engine.configure({ front, back });
    await viewer.event("hangup");
    await engine.configure({ front, back }, 600);
    const { reason } = await stays.event("hangup");
    assert(reason);
    const again = await viewers.watch({ id: "front" });
    await again.received(30);
    assert(again.packets.every(({ length }) => length <= 600));
  });

  await t.step("none at all, and back again", async () => {
    await engine.configure({});
    const viewer = await viewers.attach();
    assertEquals((await ask(viewer, { request: "watch" })).error_code, 404);
    await engine.configure({ front });
    const again = await viewers.watch({ id: "front" });
    await again.received(1);
  });
  assertEquals(await engine.stop(), 0);
});
