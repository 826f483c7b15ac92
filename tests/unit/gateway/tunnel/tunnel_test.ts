import { assert, assertEquals } from "@std/assert";
import {
  CANDIDATES_MAX,
  HANDLES_PER_SESSION_MAX,
} from "../../../../src/limits.ts";
import { USTREAMER_PLUGIN } from "../../../../src/janus/message.ts";
import type { Recorded } from "../../../support/janus_server.ts";
import { until } from "../../../support/tunnel.ts";
import { tunnelScene } from "../../../support/tunnel_scene.ts";

const ANSWER = await Deno.readTextFile(
  new URL("./sdp/chromium_answer.sdp", import.meta.url),
);
const CANDIDATE = "candidate:1 1 udp 2113937151 192.168.1.7 9000 typ host";

Deno.test("openTunnel() carries the whole life of a viewer", async () => {
  await using parts = await tunnelScene();
  const { janus, server, client } = parts;
  const offer = await client.askPlugin({ request: "watch" });
  assertEquals(offer.jsep.type, "offer");
  assertEquals(offer.session_id, client.sessionId);
  assertEquals(offer.sender, client.handleId);
  const started = await client.askPlugin({ request: "start" }, {
    type: "answer",
    sdp: ANSWER,
  });
  assertEquals(started.plugindata.data.result, { status: "started" });
  const trickled = await client.askHandle({
    janus: "trickle",
    candidate: { candidate: CANDIDATE, sdpMid: "0", sdpMLineIndex: 0 },
  });
  assertEquals(trickled.janus, "ack");
  assertEquals(janus.got("trickle").at(-1)?.candidate, {
    candidate: CANDIDATE,
    sdpMid: "0",
    sdpMLineIndex: 0,
  });
  const { session_id, handle_id } = janus.got("trickle")[0] ?? {};
  janus.push({ janus: "webrtcup", session_id, sender: handle_id });
  const up = await client.next(({ janus }) => janus === "webrtcup");
  assertEquals(up, {
    janus: "webrtcup",
    session_id: client.sessionId,
    sender: client.handleId,
  });
  assertEquals(server.viewing, [true]);
  for (const janus of ["hangup", "detach"]) {
    assertEquals((await client.askHandle({ janus })).janus, "success");
  }
  assertEquals(server.viewing, [true, false]);
  const gone = await client.askHandle({ janus: "destroy" });
  assertEquals(gone.janus, "success");
  await until(() => janus.sessions.size === 0);
  await client.open(USTREAMER_PLUGIN);
  assertEquals(janus.sessions.size, 1);
});

Deno.test("openTunnel() tells every message from an unmapped id", async () => {
  await using parts = await tunnelScene();
  const { janus, client } = parts;
  const [sessionId] = janus.sessions.keys();
  assert(sessionId !== undefined && sessionId !== client.sessionId);
  janus.push({ janus: "slowlink", session_id: sessionId, sender: 999 });
  janus.push({ janus: "x-new", session_id: sessionId, "opaque_id": "ours" });
  const unknown = await client.next(({ janus }) => janus === "x-new");
  assertEquals(unknown, { janus: "x-new", session_id: client.sessionId });
  assert(client.messages.every(({ janus }) => janus !== "slowlink"));
});

/** What a client sends within its handle, and what arrives upstream. */
const REBUILT: readonly [string, Recorded, Recorded][] = [
  [
    "watch with another camera's id",
    { janus: "message", body: { request: "watch", id: "secret" } },
    { body: { request: "watch", id: "front" } },
  ],
  [
    "watch with params, known and not",
    {
      janus: "message",
      body: {
        request: "watch",
        params: { orientation: 90, audio: true, mic: true, x: 1 },
        y: 2,
      },
    },
    {
      body: {
        request: "watch",
        id: "front",
        params: { orientation: 90, audio: true },
      },
    },
  ],
  [
    "secrets of the client's",
    {
      janus: "message",
      body: { request: "stop", secret: "CLIENT", token: "CLIENT" },
      apisecret: "CLIENT",
      token: "CLIENT",
      "admin_secret": "CLIENT",
    },
    { body: { request: "stop" }, apisecret: "s3cret", token: undefined },
  ],
  [
    "an attach with everything",
    {
      janus: "attach",
      plugin: USTREAMER_PLUGIN,
      "opaque_id": "CLIENT",
      "loop_index": 1,
      id: 77,
      "force-bundle": true,
    },
    {
      plugin: USTREAMER_PLUGIN,
      opaque_id: undefined,
      loop_index: undefined,
      id: undefined,
      "force-bundle": undefined,
    },
  ],
  [
    "several candidates, one of them ours",
    {
      janus: "trickle",
      candidates: [
        { candidate: CANDIDATE.replace("192.168.1.7", "169.254.169.254") },
        { candidate: CANDIDATE, usernameFragment: "x" },
        { completed: true },
      ],
    },
    { candidates: [{ candidate: CANDIDATE }, { completed: true }] },
  ],
];

Deno.test("openTunnel() asks in its own words", async (t) => {
  await using parts = await tunnelScene();
  const { janus, client } = parts;
  for (const [name, message, expected] of REBUILT) {
    await t.step(name, async () => {
      const before = janus.received.length;
      await client.askHandle(message);
      const sent = janus.received[before];
      for (const [field, value] of Object.entries(expected)) {
        assertEquals(sent?.[field], value, field);
      }
      assert(!(janus.texts[before] ?? "").includes("CLIENT"));
      assert(sent?.session_id !== client.sessionId);
      assert(sent?.transaction.startsWith("tx-") === false);
    });
  }
});

Deno.test("openTunnel() answers itself what is not about a camera", async () => {
  await using parts = await tunnelScene();
  const { janus, client } = parts;
  const before = janus.received.length;
  const info = await client.ask({ janus: "info" });
  assertEquals(info.janus, "server_info");
  assertEquals(Object.keys(info).sort(), ["janus", "name", "transaction"]);
  assertEquals((await client.ask({ janus: "ping" })).janus, "pong");
  const ack = await client.askHandle({ janus: "keepalive" });
  assertEquals(ack.janus, "ack");
  assertEquals(ack.session_id, client.sessionId);
  assertEquals(janus.received.length, before);
});

Deno.test("openTunnel() bounds the handles of a session", async () => {
  await using parts = await tunnelScene();
  const { client } = parts;
  const attach = { janus: "attach", plugin: USTREAMER_PLUGIN };
  const answers = await Promise.all(
    Array.from(
      { length: HANDLES_PER_SESSION_MAX },
      () => client.askHandle(attach),
    ),
  );
  const codes = answers.map(({ error }) => error?.code);
  assertEquals(codes.filter((code) => code === undefined).length, 3);
  assertEquals(codes.filter((code) => code === 461).length, 1);
});

Deno.test("openTunnel() bounds the candidates of a handle", async () => {
  await using parts = await tunnelScene();
  const { janus, server, client } = parts;
  for (let i = 0; i < CANDIDATES_MAX + 10; i++) {
    const candidate = { candidate: CANDIDATE, sdpMid: "0" };
    const answer = await client.askHandle({ janus: "trickle", candidate });
    assertEquals(answer.janus, "ack");
  }
  assertEquals(janus.got("trickle").length, CANDIDATES_MAX);
  assertEquals(server.upstream.counters.droppedCandidates, 10);
});
