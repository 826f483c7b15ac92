import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { JanusClient } from "../../../src/janus/client.ts";
import { makeClip, TestCamera } from "../../support/camera.ts";
import { TestEngine } from "../../support/engine.ts";
import { sinkName } from "../../support/sink.ts";
import { until, Viewers } from "../../support/viewer.ts";

const STARTED = { ustreamer: "event", result: { status: "started" } };
const STOPPED = { ustreamer: "event", result: { status: "stopped" } };

const failed = (code: number, error: string) => ({
  ustreamer: "event",
  error_code: code,
  error,
});

Deno.test("the message table", async (t) => {
  const clip = await makeClip({ gop: 60 });
  const high = await makeClip({ profile: "high", size: "640x360" });
  await using front = new TestCamera(sinkName(), clip);
  await using back = new TestCamera(sinkName(), high);
  await using engine = await TestEngine.start({
    cameras: { front: front.sink, back: back.sink, dark: sinkName() },
    engine: { iceServers: [{ url: "stun:127.0.0.1:1" }] },
  });
  await using viewers = await Viewers.at(engine);
  const viewer = await viewers.attach();
  const data = async (body: unknown) =>
    (await viewer.ask(body)).plugindata?.data;

  const cases: readonly {
    readonly name: string;
    readonly body: unknown;
    readonly expected: unknown;
  }[] = [
    {
      name: "an unknown id",
      body: { request: "watch", id: "attic" },
      expected: failed(404, "No such camera"),
    },
    {
      name: "an orientation that is none",
      body: { request: "watch", params: { orientation: 45 } },
      expected: failed(400, "Invalid value (params.orientation)"),
    },
    {
      name: "an id that is no text",
      body: { request: "watch", id: 7 },
      expected: failed(400, "Invalid value (id)"),
    },
    {
      name: "no request",
      body: {},
      expected: failed(400, "Missing or invalid request"),
    },
    {
      name: "a request that is no text",
      body: { request: 1 },
      expected: failed(400, "Missing or invalid request"),
    },
    {
      name: "anything else",
      body: { request: "dance" },
      expected: failed(405, "Not implemented"),
    },
    {
      name: "features",
      body: { request: "features" },
      expected: {
        ustreamer: "event",
        result: {
          status: "features",
          features: {
            audio: false,
            mic: false,
            ice: { url: "stun:127.0.0.1:1" },
          },
        },
      },
    },
    {
      name: "start without an answer",
      body: { request: "start" },
      expected: STARTED,
    },
    {
      name: "stop without a viewer",
      body: { request: "stop" },
      expected: STOPPED,
    },
  ];
  for (const { name, body, expected } of cases) {
    await t.step(name, async () => assertEquals(await data(body), expected));
  }

  await t.step("an answer to nothing", async () => {
    const event = await viewer.ask({ request: "start" }, {
      type: "answer",
      sdp: "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n",
    });
    assertEquals(event.plugindata?.data, failed(400, "Nothing is watched"));
  });

  await t.step("watch with an answer", async () => {
    const event = await viewer.ask({ request: "watch" }, {
      type: "answer",
      sdp: "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n",
    });
    assertEquals(
      event.plugindata?.data,
      failed(400, "Cannot watch with an answer"),
    );
  });

  await t.step("a dark camera: 503 after a second, with why", async () => {
    const begin = performance.now();
    assertEquals(await data({ request: "watch", id: "dark" }), {
      ...failed(503, "Camera is off"),
      reason: "sink_absent",
    });
    const tookMs = performance.now() - begin;
    assert(tookMs > 900, `${tookMs} ms: a client that retries would spin`);
    assert(tookMs < 5_000, `${tookMs} ms`);
  });

  await t.step("watch: an offer, and it tells the truth", async () => {
    const event = await viewer.ask({ request: "watch", id: "back" });
    assertEquals(event.plugindata?.data, STARTED);
    assertEquals(event.jsep?.type, "offer");
    const sdp = event.jsep?.sdp ?? "";
    assertMatch(sdp, /a=fmtp:96 .*packetization-mode=1;profile-level-id=6400/);
    assertMatch(sdp, /level-asymmetry-allowed=1/);
    assertMatch(sdp, /^m=video /m);
    for (
      const line of [
        "a=sendonly",
        "a=setup:actpass",
        "a=rtcp-mux",
        "a=rtcp-fb:96 nack\r",
        "a=rtcp-fb:96 nack pli",
        "a=rtcp-fb:96 ccm fir",
        "/playout-delay",
        "/abs-capture-time",
        "urn:3gpp:video-orientation",
      ]
    ) assertStringIncludes(sdp, line);
    assert(!sdp.includes("m=audio") && !sdp.includes("m=application"));
  });

  await t.step("the first camera without an id", async () => {
    const event = await viewer.ask({ request: "watch" });
    assertMatch(event.jsep?.sdp ?? "", /profile-level-id=42c0/);
  });

  await t.step("stop, start, stop", async () => {
    await viewer.watch();
    await viewer.received(20);
    assertEquals(await data({ request: "stop" }), STOPPED);
    // What is under way still comes.
    await new Promise((resolve) => setTimeout(resolve, 200));
    const count = viewer.packets.length;
    await new Promise((resolve) => setTimeout(resolve, 500));
    assertEquals(viewer.packets.length, count);
    assertEquals(await data({ request: "start" }), STARTED);
    await viewer.received(count + 20);
    const [, ...units] = viewer.accessUnits();
    assert(units.length > 0);
  });

  await t.step("stop, then watch again", async () => {
    assertEquals(await data({ request: "stop" }), STOPPED);
    viewer.packets.length = 0;
    const event = await viewer.watch({ id: "back" });
    assertEquals(event.plugindata?.data, STARTED);
    await viewer.received(20);
  });

  await t.step("watch while watching", async () => {
    viewer.packets.length = 0;
    await viewer.watch({ id: "front" });
    await viewer.received(20);
    assertEquals(viewer.accessUnits()[0]?.has(5), true);
  });

  await t.step("key_required: no event, a key frame", async () => {
    const { session, handle } = viewer;
    const before = front.requestedAtMs.length;
    const ack = await session.ask({
      janus: "trickle",
      handle_id: handle.id,
      candidate: { completed: true },
    });
    assertEquals(ack.janus, "ack");
    const answers: string[] = [];
    session.request({
      janus: "message",
      handle_id: handle.id,
      body: { request: "key_required" },
    }, (reply) => answers.push("janus" in reply ? reply.janus : reply.code));
    await until(
      () => front.requestedAtMs.length > before,
      () => "nobody asked the camera",
    );
    // The next request's answer would come after one to this.
    await viewer.ask({ request: "features" });
    assertEquals(answers, ["ack"]);
  });

  await t.step("status: every camera", async () => {
    const { result } = await data({ request: "status" }) as {
      result: { status: string; cameras: Record<string, unknown>[] };
    };
    assertEquals(result.status, "status");
    const [one, two, three] = result.cameras;
    assertEquals(
      [one?.id, one?.state, one?.width, one?.height, one?.viewers],
      ["front", "live", 320, 240, 1],
    );
    assertMatch(String(one?.profile_level_id), /^42c0/);
    assertEquals(
      [two?.id, two?.state, two?.width, two?.height, two?.viewers],
      ["back", "live", 640, 360, 0],
    );
    assertEquals([three?.id, three?.state], ["dark", "sink_absent"]);
    assertEquals(three && "width" in three, false);
  });

  await t.step("hangup: the media ends, the handle stays", async () => {
    viewer.events.length = 0;
    const reply = await viewer.session.ask({
      janus: "hangup",
      handle_id: viewer.handle.id,
    });
    assertEquals(reply.janus, "success");
    const { reason } = await viewer.event("hangup");
    assertEquals(reason, "Janus API");
    await viewer.watch();
  });

  await t.step("detach: a detached event", async () => {
    const reply = await viewer.handle.detach();
    assertEquals(reply.janus, "success");
    assertEquals((await viewer.event("detached")).sender, viewer.handle.id);
  });

  await t.step("a wrong secret", async () => {
    await using stranger = await JanusClient.connect(engine.url, {
      apiSecret: "guess",
    });
    const error = await stranger.create().then(
      () => undefined,
      (error: { context: Record<string, unknown> }) => error,
    );
    assertEquals(error?.context.janusError, 403);
  });
});
