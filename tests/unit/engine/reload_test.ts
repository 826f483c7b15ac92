import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async/delay";
import { makeClip, TestCamera } from "../../support/camera.ts";
import { TestEngine } from "../../support/engine.ts";
import { sinkName } from "../../support/sink.ts";
import { type TestViewer, Viewers } from "../../support/viewer.ts";

interface PluginData {
  readonly "error_code"?: number;
  readonly result?: { readonly cameras: readonly { readonly id: string }[] };
}

/** Waits until these are the engine's cameras. */
async function haveCome(viewers: Viewers, ...ids: string[]): Promise<void> {
  const viewer = await viewers.attach();
  for (let tries = 0; tries < 500; tries++) {
    const { result } = await ask(viewer, { request: "status" });
    const found = result?.cameras.map(({ id }) => id).join();
    if (found === ids.join()) return;
    await delay(20);
  }
  throw new Error(`no ${ids}`);
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
    // The first one is what a `watch` without an id means.
    await haveCome(viewers, "side", "front", "back");
    const viewer = await viewers.watch({ id: "side" });
    await viewer.received(1);
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
    await engine.configure({ back: side, front });
    await haveCome(viewers, "back", "front");
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
    await haveCome(viewers);
    const viewer = await viewers.attach();
    assertEquals((await ask(viewer, { request: "watch" })).error_code, 404);
    await engine.configure({ front });
    await haveCome(viewers, "front");
    const again = await viewers.watch({ id: "front" });
    await again.received(1);
  });

  await t.step("and it ends in good order", async () => {
    assertEquals(await engine.stop(), 0);
  });
});
