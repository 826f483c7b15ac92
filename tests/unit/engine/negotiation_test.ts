import { assert, assertEquals, assertMatch } from "@std/assert";
import { delay } from "@std/async/delay";
import { createSocket } from "node:dgram";
import { makeClip, TestCamera } from "../../support/camera.ts";
import { parseRtpPacket } from "../../support/depacketizer.ts";
import { TestEngine } from "../../support/engine.ts";
import { sinkName } from "../../support/sink.ts";
import { type TestViewer, until, Viewers } from "../../support/viewer.ts";

type Failure = { "error_code"?: number; error?: string };

/** The lines `m=`, with `port 0` for those that are refused. */
const mediaLines = (sdp: string) =>
  sdp.split("\r\n").filter((line) => line.startsWith("m="))
    .map((line) => line.split(" ").slice(0, 2).join(" "));

/**
 * An offer's SDP, and its candidates apart. They have to wait until the answer
 * is in place: libdatachannel 0.24 lets ICE go before it has stored the
 * answer's fingerprint, and breaks off if the other end is faster than that.
 */
async function ownOffer(viewer: TestViewer) {
  const lines = (await viewer.local("offer")).split("\r\n");
  const isCandidate = (line: string) => line.startsWith("a=candidate:");
  return {
    sdp: lines.filter((line) => !isCandidate(line)).join("\r\n"),
    candidates: lines.filter(isCandidate).map((line) => line.slice(2)),
  };
}

/**
 * Offers a video that receives, as WHEP does; gives the answer's SDP. Its own
 * candidates are never told: the engine learns them by ICE itself.
 */
async function offer(
  viewer: TestViewer,
  { prepare, edit = (sdp) => sdp, trickle }: {
    prepare: () => Promise<void>;
    edit?: (sdp: string) => string;
    trickle?: boolean;
  },
): Promise<string> {
  await viewer.open();
  await prepare();
  const sdp = edit((await ownOffer(viewer)).sdp);
  const event = await viewer.ask({ request: "watch" }, {
    type: "offer",
    sdp,
    ...trickle !== undefined && { trickle },
  });
  assertEquals(event.jsep?.type, "answer", JSON.stringify(event));
  await viewer.remote("answer", event.jsep!.sdp);
  return event.jsep!.sdp;
}

Deno.test("clients that offer", async (t) => {
  await using camera = new TestCamera(sinkName(), await makeClip());
  await using engine = await TestEngine.start({
    cameras: { front: camera.sink },
  });
  await using viewers = await Viewers.at(engine);

  await t.step("get an answer under their own numbers", async () => {
    const viewer = await viewers.attach();
    const sdp = await offer(viewer, {
      prepare: () => viewer.receive({ mid: "v7", payloadType: 109 }),
      edit: (own) =>
        own.replace(
          "a=mid:v7",
          "a=mid:v7\r\na=extmap:9 http://www.webrtc.org/experiments/" +
            "rtp-hdrext/playout-delay",
        ),
    });
    assertMatch(sdp, /a=mid:v7/);
    assertMatch(sdp, /a=sendonly/);
    assertMatch(sdp, /a=extmap:9 .*playout-delay/);
    await viewer.received(20);
    const packet = parseRtpPacket(viewer.packets[0]!);
    assertEquals(packet.payloadType, 109);
    assertEquals([...packet.extensions.keys()], [9]);
    viewer.accessUnits();
    await viewer.handle.detach();
  });

  await t.step("may put audio first: it stays inactive", async () => {
    const viewer = await viewers.attach();
    const sdp = await offer(viewer, {
      prepare: async () => {
        await viewer.receive({ kind: "audio", mid: "0", payloadType: 111 });
        await viewer.receive({ mid: "1", payloadType: 102 });
      },
    });
    const [audio, video] = mediaLines(sdp);
    assert(audio?.startsWith("m=audio ") && audio !== "m=audio 0");
    assert(video?.startsWith("m=video ") && video !== "m=video 0");
    assertMatch(sdp, /a=group:BUNDLE 0 1\r\n/);
    const [, audioLines = ""] = sdp.split("m=");
    assertMatch(audioLines, /a=inactive\r\n/);
    await viewer.received(10);
    await viewer.handle.detach();
  });

  await t.step("may put audio last: it is refused", async () => {
    const viewer = await viewers.attach();
    const sdp = await offer(viewer, {
      prepare: async () => {
        await viewer.receive({ mid: "0", payloadType: 102 });
        await viewer.receive({ kind: "audio", mid: "1", payloadType: 111 });
      },
    });
    const [video, audio] = mediaLines(sdp);
    assert(video !== "m=video 0");
    assertEquals(audio, "m=audio 0");
    assertMatch(sdp, /a=group:BUNDLE 0\r\n/);
    await viewer.received(10);
    await viewer.handle.detach();
  });

  await t.step("get no data channel", async () => {
    const viewer = await viewers.attach();
    const sdp = await offer(viewer, {
      prepare: async () => {
        await viewer.receive({ mid: "0", payloadType: 102 });
        await viewer.data();
      },
    });
    const [video, data] = mediaLines(sdp);
    assert(video !== "m=video 0");
    assertEquals(data, "m=application 0");
    await viewer.received(30);
    assert(!viewer.states.includes("data channel"));
    await viewer.handle.detach();
  });

  await t.step("without trickle: all candidates in the SDP", async () => {
    const viewer = await viewers.attach({ route: () => undefined });
    const sdp = await offer(viewer, {
      prepare: () => viewer.receive({ mid: "0", payloadType: 102 }),
      trickle: false,
    });
    assertMatch(sdp, /a=candidate:\S+ 1 UDP \d+ 127\.0\.0\.1 \d+ typ host/);
    await viewer.received(10);
    assert(!viewer.events.some(({ janus }) => janus === "trickle"));
    await viewer.handle.detach();
  });

  await t.step("with trickle: candidates apart", async () => {
    const viewer = await viewers.attach({ route: () => undefined });
    await viewer.open();
    await viewer.receive({ mid: "0", payloadType: 102 });
    const { sdp, candidates } = await ownOffer(viewer);
    const { jsep } = await viewer.ask({ request: "watch" }, {
      type: "offer",
      sdp,
    });
    assert(!jsep!.sdp.includes("a=candidate:"));
    await viewer.remote("answer", jsep!.sdp);
    const { session, handle } = viewer;
    for (const candidate of candidates) {
      // A wrong mid is no reason to fail: there is but one transport.
      await session.ask({
        janus: "trickle",
        handle_id: handle.id,
        candidate: { candidate, sdpMid: "nonsense", sdpMLineIndex: 5 },
      });
    }
    await viewer.received(10);
    await viewer.handle.detach();
  });

  const refusals: readonly { name: string; sdp: string; error: string }[] = [
    { name: "no SDP at all", sdp: "hello", error: "SDP has no media section" },
    {
      name: "no H.264",
      sdp: "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\n" +
        "a=rtpmap:96 VP8/90000\r\n",
      error: "No H.264 with packetization-mode=1 in the video section",
    },
    {
      name: "H.264 in packetization mode 0",
      sdp: "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\n" +
        "a=rtpmap:96 H264/90000\r\n",
      error: "No H.264 with packetization-mode=1 in the video section",
    },
    {
      name: "a video that only sends",
      sdp: "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\n" +
        "a=sendonly\r\n",
      error: "No video section that wants to receive",
    },
    {
      name: "nothing of a transport",
      sdp: "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n" +
        "m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\n" +
        "a=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\n",
      error: "The SDP cannot be used",
    },
  ];
  for (const { name, sdp, error } of refusals) {
    await t.step(`refused: ${name}`, async () => {
      const viewer = await viewers.attach();
      const event = await viewer.ask({ request: "watch" }, {
        type: "offer",
        sdp,
      });
      const data = event.plugindata?.data as Failure;
      assertEquals([data.error_code, data.error], [400, error]);
      await viewer.handle.detach();
    });
  }

  await t.step("a bad answer costs its viewer, who may try again", async () => {
    const viewer = await viewers.attach();
    const event = await viewer.watch({}, () => "v=0\r\nm=audio 9 x 0\r\n");
    assertEquals((event.plugindata?.data as Failure).error_code, 400);
    await viewer.watch();
    await viewer.received(10);
    await viewer.handle.detach();
  });

  await t.step("a wrong fingerprint: no media, then a hangup", async () => {
    const viewer = await viewers.attach();
    await viewer.watch(
      {},
      (sdp) =>
        sdp.replace(
          /(a=fingerprint:sha-256 )(..)/,
          (_, head, byte) => head + (byte === "00" ? "01" : "00"),
        ),
    );
    const { reason } = await viewer.event("hangup");
    assertEquals(reason, "ICE failed");
    assertEquals(viewer.packets.length, 0);
    await viewer.handle.detach();
  });

  await t.step("an answer to a viewer who is gone", async () => {
    const viewer = await viewers.attach();
    const offered = await viewer.ask({ request: "watch" });
    const answer = await viewer.answer(offered.jsep!.sdp);
    await viewer.session.ask({
      janus: "hangup",
      handle_id: viewer.handle.id,
    });
    const event = await viewer.ask({ request: "start" }, answer);
    const data = event.plugindata?.data as Failure;
    assertEquals([data.error_code, data.error], [400, "Nothing is watched"]);
    await viewer.handle.detach();
  });

  await t.step("more candidates than anybody has", async () => {
    const viewer = await viewers.attach();
    await viewer.watch();
    const { session, handle } = viewer;
    for (let count = 0; count < 20; count++) {
      const reply = await session.ask({
        janus: "trickle",
        handle_id: handle.id,
        candidates: Array.from({ length: 50 }, (_, index) => ({
          candidate: `candidate:1 1 udp 1 127.0.0.1 ${1000 + index} typ host`,
          sdpMid: "video",
          sdpMLineIndex: 0,
        })),
      });
      assertEquals(reply.janus, "ack");
    }
    const { length } = viewer.packets;
    await viewer.received(length + 20);
    await viewer.handle.detach();
  });
});

Deno.test("header extensions: what was asked for, where it was", async (t) => {
  const clip = await makeClip();
  await using direct = new TestCamera(sinkName(), clip, { gop: 0 });
  await using relaxed = new TestCamera(sinkName(), clip, { gop: 30 });
  await using engine = await TestEngine.start({
    cameras: { direct: direct.sink, relaxed: relaxed.sink },
  });
  await using viewers = await Viewers.at(engine);
  const accept = (names: readonly string[]) => (sdp: string) =>
    // libdatachannel accepts what it does not know; a browser may not.
    sdp.split("\r\n").filter((line) =>
      !line.startsWith("a=extmap:") ||
      names.some((name) => line.includes(name))
    ).join("\r\n");
  const all = ["abs-capture-time", "playout-delay", "video-orientation"];
  const cases = [
    { name: "all", id: "direct", orientation: 90, takes: all, ids: [1, 2, 3] },
    { name: "upright", id: "direct", orientation: 0, takes: all, ids: [1, 2] },
    { name: "gop 30", id: "relaxed", orientation: 0, takes: all, ids: [1] },
    {
      name: "no capture time in the answer",
      id: "direct",
      orientation: 270,
      takes: all.slice(1),
      ids: [2, 3],
    },
    { name: "none", id: "direct", orientation: 90, takes: [], ids: [] },
  ];
  for (const { name, id, orientation, takes, ids } of cases) {
    await t.step(name, async () => {
      const viewer = await viewers.attach();
      await viewer.watch({ id, params: { orientation } }, accept(takes));
      await viewer.received(20);
      const packets = viewer.packets.map(parseRtpPacket);
      const firsts = packets.filter((_, index) =>
        packets[index - 1]?.marker !== false
      );
      const [first] = firsts;
      assertEquals([...first!.extensions.keys()], ids);
      if (ids.includes(2)) {
        assertEquals(first!.extensions.get(2)?.toHex(), "000000");
      }
      if (ids.includes(3)) {
        assertEquals(first!.extensions.get(3)?.toHex(), `0${orientation / 90}`);
      }
      // Only a frame's first packet carries them.
      for (const [index, packet] of packets.entries()) {
        if (packets[index - 1]?.marker === false) {
          assertEquals(packet.extensions.size, 0);
        }
      }
      if (ids.includes(1)) assertCaptureTime(first!.extensions.get(1)!);
      await viewer.handle.detach();
    });
  }
});

/** The NTP time is of these minutes: the exact one is in `clock_test.ts`. */
function assertCaptureTime(bytes: Uint8Array): void {
  const seconds = new DataView(bytes.slice().buffer).getUint32(0);
  const unixSeconds = seconds - 2_208_988_800;
  assert(Math.abs(unixSeconds - Date.now() / 1000) < 60, `${unixSeconds}`);
}

async function freeUdpPort(): Promise<number> {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await new Promise((resolve) => socket.once("listening", resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}

Deno.test("one UDP port for all viewers", async () => {
  await using camera = new TestCamera(sinkName(), await makeClip());
  const udpPort = await freeUdpPort();
  await using engine = await TestEngine.start({
    cameras: { front: camera.sink },
    engine: { udpPort },
  });
  await using viewers = await Viewers.at(engine);
  const ports = new Set<string>();
  const all: TestViewer[] = [];
  for (let count = 0; count < 5; count++) {
    const viewer = await viewers.watch({}, {
      route: (candidate) => {
        ports.add(candidate.split(" ")[5] ?? "");
        return candidate;
      },
    });
    all.push(viewer);
  }
  for (const viewer of all) await viewer.received(30);
  assertEquals([...ports], [String(udpPort)]);
  for (const viewer of all) viewer.accessUnits();
});

Deno.test("a profile that changes", async (t) => {
  const baseline = await makeClip();
  const wide = await makeClip({ size: "640x360" });
  const high = await makeClip({ profile: "high" });
  await using camera = new TestCamera(sinkName(), baseline);
  await using engine = await TestEngine.start({
    cameras: { front: camera.sink },
  });
  await using viewers = await Viewers.at(engine);
  const viewer = await viewers.watch();
  await viewer.received(10);

  await t.step("another size: the stream goes on", async () => {
    camera.clip = wide;
    camera.jump(0);
    await delay(1500);
    assert(!viewer.events.some(({ janus }) => janus === "hangup"));
    const { length } = viewer.packets;
    await viewer.received(length + 20);
    viewer.accessUnits();
  });

  await t.step("another profile: a hangup that says so", async () => {
    camera.clip = high;
    camera.jump(0);
    const { reason } = await viewer.event("hangup");
    assertEquals(reason, "The camera's H.264 profile has changed");
    await until(
      () => camera.written.length > 0,
      () => "the camera has stopped",
    );
    const event = await viewer.ask({ request: "watch" });
    assertMatch(event.jsep!.sdp, /profile-level-id=64/);
  });
});
