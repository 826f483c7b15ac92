import { assert, assertEquals } from "@std/assert";
import { JanusServer } from "../../support/janus_server.ts";
import { makePlugin } from "../../support/janus_plugin.ts";
import { Reloading } from "../../support/reloading.ts";

await makePlugin("all");

Deno.test("serve starts, restarts and ends Januses of its own", async (t) => {
  await using lab = await JanusServer.start();
  const labJanus = `  lab: { janus: { url: "${lab.url}" } }\n`;
  const labCamera = "  lab: { upstream: lab, id: lab }\n";
  const sink = `nalgate-test-${Deno.pid}`;
  const own = (...names: readonly string[]) =>
    `upstreams:\n${labJanus}  own: { janus: spawn }\ncameras:\n${labCamera}${
      names.map((name) =>
        `  ${name}: { upstream: own, sink: ${sink}${name} }\n`
      )
        .join("")
    }`;
  const none = `upstreams:\n${labJanus}cameras:\n${labCamera}`;
  await using site = await Reloading.start(none);
  const cookie = await site.signIn();
  const viewer = await site.watch("lab", cookie);
  const states = async () =>
    (await site.cameras(cookie)).map(({ title, state }) => `${title} ${state}`)
      .filter((text) => !text.startsWith("lab"));

  await t.step("one more", async () => {
    await site.write(own("front"));
    await site.reloaded({ added: "cameras.front upstreams.own" });
    await site.until(async () =>
      (await states()).join() === "front sink_absent"
    );
  });
  // The gateway before keeps its viewer.
  const gateways = await site.gateways();
  assertEquals(gateways.length, 2);

  await t.step("another camera of it: it alone begins anew", async () => {
    const [before] = await site.januses();
    await site.write(own("front", "back"));
    await site.reloaded({ added: "cameras.back" });
    await site.until(async () =>
      (await states()).join() === "front sink_absent,back sink_absent"
    );
    const januses = await site.januses();
    assertEquals(januses.length, 1);
    assert(januses[0] !== before);
    assertEquals(await site.gateways(), gateways);
  });

  await t.step("none any more", async () => {
    await site.write(none);
    await site.until(async () => (await site.januses()).length === 0);
    assertEquals(await states(), []);
    assertEquals(await site.gateways(), gateways);
  });

  assertEquals(viewer.socket.readyState, viewer.socket.OPEN);
});
