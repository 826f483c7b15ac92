import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { join } from "@std/path";
import { JanusClient } from "../../src/janus/client.ts";
import { PLUGIN_FOLDER, PluginJanus } from "../support/janus_plugin.ts";
import { sinkName } from "../support/sink.ts";
import {
  assertSameStream,
  Camera,
  expectedPayloads,
  makeClip,
} from "./plugin_camera.ts";
import { PluginViewer } from "./plugin_viewer.ts";

async function threadCount(pid: number): Promise<number> {
  const status = await new Deno.Command("cat", {
    args: [`/proc/${pid}/status`],
  }).output();
  const match = /Threads:\s*(\d+)/.exec(new TextDecoder().decode(
    status.stdout,
  ));
  return Number(match?.[1]);
}

Deno.test("a real Janus with plugin-c", async (t) => {
  const high = await makeClip("high");
  const baseline = await makeClip("baseline");
  const sinks = { front: sinkName(), lab: sinkName() };
  await using front = new Camera(sinks.front, "10", high);
  await using _lab = new Camera(sinks.lab, "2", baseline);
  await using janus = await PluginJanus.start({
    config: `cameras: (
  { id = "front", sink = "${sinks.front}", keep_warm = true },
  { id = "lab", sink = "${sinks.lab}" },
  { id = "dark", sink = "${sinkName()}" },
  { id = "lab", sink = "twice" },
  { id = "odd", sink = "x", colour = "red" }
)
`,
  });
  await using client = await JanusClient.connect(janus.url);
  const session = await client.create();

  await t.step("logs each mistake and goes on", () => {
    assertStringIncludes(
      janus.log,
      'configuration: cameras[3]: the id "lab" is taken already',
    );
    assertStringIncludes(
      janus.log,
      'configuration: cameras[4]: unknown key "colour"',
    );
  });

  await t.step("answers watch with an offer of the live profile", async () => {
    const handle = await session.attach("janus.plugin.ustreamer");
    const { jsep, plugindata } = await handle.message({ request: "watch" });
    assertEquals(plugindata?.data, {
      ustreamer: "event",
      result: { status: "started" },
    });
    assertEquals(jsep?.type, "offer");
    assertMatch(jsep?.sdp ?? "", /packetization-mode=1;profile-level-id=6400/);
    assertMatch(jsep?.sdp ?? "", /a=extmap:1 .*playout-delay/);
    assertMatch(jsep?.sdp ?? "", /a=rtcp-fb:96 nack pli/);
    await handle.detach();
  });

  await t.step("says why a camera is dark", async () => {
    const handle = await session.attach("janus.plugin.ustreamer");
    const { plugindata } = await handle.message({
      request: "watch",
      id: "dark",
    });
    assertEquals(plugindata?.data, {
      ustreamer: "event",
      error_code: 503,
      error: "No memory sink of that name exists",
      reason: "sink_absent",
    });
    await handle.detach();
  });

  const streams = [
    { id: "front", clip: high, version: 10 },
    { id: "lab", clip: baseline, version: 2 },
  ];
  for (const { id, clip, version } of streams) {
    await t.step(
      `plays the engine's bytes from version ${version}`,
      async () => {
        using viewer = await PluginViewer.watch(session, { id });
        const packets = await viewer.received(150);
        assertSameStream(packets, await expectedPayloads(clip));
        assertEquals(
          new Set(packets.map((it) => it.payloadType)),
          new Set([96]),
        );
        await viewer.handle.detach();
      },
    );
  }

  await t.step("answers a client's offer", async () => {
    using viewer = await PluginViewer.offer(session, {
      id: "front",
      payloadType: 109,
      profile: "640032",
    });
    const packets = await viewer.received(100);
    assertSameStream(packets, await expectedPayloads(high));
    assertEquals(new Set(packets.map((it) => it.payloadType)), new Set([109]));
    await viewer.handle.detach();
  });

  await t.step("turns a PLI into a key frame request", async () => {
    using viewer = await PluginViewer.watch(session, { id: "front" });
    await viewer.received(50);
    const before = front.keyFrameRequests;
    for (let round = 0; front.keyFrameRequests === before; round++) {
      assert(round < 200, "no request reached the camera");
      viewer.requestKeyFrame();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await viewer.handle.detach();
  });

  await t.step("pauses, and goes on without a gap", async () => {
    using viewer = await PluginViewer.watch(session, { id: "front" });
    await viewer.received(50);
    await viewer.handle.message({ request: "stop" });
    await new Promise((resolve) => setTimeout(resolve, 200));
    const paused = viewer.packets.length;
    await viewer.handle.message({ request: "start" });
    const packets = await viewer.received(paused + 100);
    const numbers = packets.map((packet) => packet.sequenceNumber);
    const first = Math.min(...numbers);
    assertEquals(Math.max(...numbers) - first + 1, new Set(numbers).size);
    await viewer.handle.detach();
  });

  await t.step("keeps no thread of 200 viewers", async () => {
    const threads = await threadCount(janus.process.pid);
    for (let cycle = 0; cycle < 200; cycle++) {
      const handle = await session.attach("janus.plugin.ustreamer");
      await handle.message({
        request: "watch",
        id: cycle % 2 === 0 ? "front" : "lab",
      });
      if (cycle % 3 !== 0) {
        await session.ask({ janus: "hangup", handle_id: handle.id });
      }
      await handle.detach();
    }
    // Janus ends a handle's thread a moment after its answer.
    for (
      let round = 0;
      await threadCount(janus.process.pid) > threads;
      round++
    ) {
      assert(round < 100, "threads are left");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const handle = await session.attach("janus.plugin.ustreamer");
    const { plugindata } = await handle.message({ request: "status" });
    const data = plugindata?.data as {
      result: { cameras: { id: string; state: string; viewers: number }[] };
    };
    assertEquals(
      data.result.cameras.map(({ id, viewers }) => ({ id, viewers })),
      ["front", "lab", "dark"].map((id) => ({ id, viewers: 0 })),
    );
    assertEquals(data.result.cameras[0]?.state, "live");
  });

  await t.step("ends under a viewer", async () => {
    using viewer = await PluginViewer.watch(session, { id: "front" });
    await viewer.received(50);
    assertEquals((await janus.stop()).code, 0);
  });
});

Deno.test("plugin-c loses no memory in a real Janus", async () => {
  const clip = await makeClip("baseline");
  const sink = sinkName();
  await using _camera = new Camera(sink, "10", clip);
  await using janus = await PluginJanus.start({
    config: `memsink: { object = "${sink}" }`,
    wrapper: "valgrind --leak-check=full --keep-debuginfo=yes".split(" "),
  });
  {
    await using client = await JanusClient.connect(janus.url);
    const session = await client.create();
    for (let cycle = 0; cycle < 200; cycle++) {
      const handle = await session.attach("janus.plugin.ustreamer");
      await handle.message({ request: "watch" });
      if (cycle % 2 === 0) {
        await session.ask({ janus: "hangup", handle_id: handle.id });
      }
      await handle.detach();
    }
    for (let round = 0; round < 3; round++) {
      using viewer = await PluginViewer.watch(session);
      await viewer.received(20);
      await viewer.handle.detach();
    }
  }
  // Asked while it runs: Janus's signal handler allocates and locks, and under
  // valgrind now and then it never returns.
  const { stdout } = await new Deno.Command("vgdb", {
    args: [
      `--pid=${janus.process.pid}`,
      ..."leak_check full definiteleak any".split(" "),
    ],
  }).output();
  const leaks = new TextDecoder().decode(stdout);
  assertMatch(leaks, /definitely lost: [\d,]+/);
  // Janus and its libraries lose a little of their own; no record is ours.
  const records = (janus.log + leaks).split(/^==\d+== *\n/m);
  const sources = [...Deno.readDirSync(join(PLUGIN_FOLDER, "src"))]
    .map(({ name }) => `(${name}:`);
  const ours = records.filter((record) =>
    /Invalid (read|write|free)|uninitialised|definitely lost/.test(record) &&
    ["libjanus_nalgate", ...sources].some((name) => record.includes(name))
  );
  assertEquals(ours, []);
});
