import { assert, assertEquals } from "@std/assert";
import {
  HANDLES_PER_SESSION_MAX,
  TRANSACTION_LENGTH_MAX,
} from "../../../../src/limits.ts";
import { USTREAMER_PLUGIN } from "../../../../src/janus/message.ts";
import { JanusServer, type Recorded } from "../../../support/janus_server.ts";
import { TestClient, TunnelServer, until } from "../../../support/tunnel.ts";

const ANSWER = await Deno.readTextFile(
  new URL("./sdp/chromium_answer.sdp", import.meta.url),
);
const CANDIDATE = "candidate:1 1 udp 2113937151 192.168.1.7 9000 typ host";

/** A camera with id "front", one client attached to it. */
async function setUp() {
  const stack = new AsyncDisposableStack();
  const janus = stack.use(await JanusServer.start({ apiSecret: "s3cret" }));
  const server = stack.use(
    await TunnelServer.start({
      url: janus.url,
      apiSecret: "s3cret",
      id: "front",
    }),
  );
  const connect = async () =>
    stack.use(await TestClient.connect(server.url)).open(USTREAMER_PLUGIN);
  return {
    janus,
    server,
    connect,
    client: await connect(),
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  };
}

Deno.test("openTunnel() carries the whole life of a viewer", async () => {
  await using parts = await setUp();
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
  await using parts = await setUp();
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
  await using parts = await setUp();
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

/** Verb, fields, expected error; all of them within the client's session. */
const REFUSED: readonly [string, Recorded, number][] = [
  ["claim", { janus: "claim" }, 453],
  ["capitals", { janus: "Message", body: { request: "watch" } }, 453],
  ["an admin request", { janus: "list_sessions", admin_secret: "x" }, 453],
  ["set_session_timeout", { janus: "set_session_timeout", timeout: 1 }, 453],
  ["a foreign plugin", {
    janus: "attach",
    plugin: "janus.plugin.streaming",
  }, 460],
  ["a second session", { janus: "create" }, 472],
  ["a foreign handle", { janus: "detach", "handle_id": 12345 }, 459],
  ["no handle", { janus: "hangup", "handle_id": undefined }, 457],
  ["an answer to nothing", {
    janus: "message",
    body: { request: "watch" },
    jsep: { type: "answer", sdp: ANSWER },
  }, 469],
  ["an offer with start", {
    janus: "message",
    body: { request: "start" },
    jsep: { type: "offer", sdp: ANSWER },
  }, 469],
  ["an SDP that sends", {
    janus: "message",
    body: { request: "start" },
    jsep: { type: "answer", sdp: ANSWER.replace("recvonly", "sendrecv") },
  }, 465],
  ["a transaction too long", {
    janus: "hangup",
    transaction: "x".repeat(TRANSACTION_LENGTH_MAX + 1),
  }, 467],
];

Deno.test("openTunnel() refuses without a word upstream", async (t) => {
  await using parts = await setUp();
  const { janus, server, client } = parts;
  const before = janus.received.length;
  for (const [name, message, code] of REFUSED) {
    await t.step(name, async () => {
      const refusals = server.upstream.counters.refusedRequests;
      const answered = client.messages.length;
      client.send({
        transaction: "t",
        session_id: client.sessionId,
        handle_id: client.handleId,
        ...message,
      });
      await until(() => client.messages.length > answered);
      const answer = client.messages[answered];
      assertEquals(answer?.janus, "error");
      assertEquals(answer?.error.code, code);
      assertEquals(server.upstream.counters.refusedRequests, refusals + 1);
    });
  }
  assertEquals(janus.received.length, before);
});

const PLUGIN_REFUSED: readonly [string, unknown, number][] = [
  ["status", { request: "status" }, 405],
  ["an unknown request", { request: "configure" }, 405],
  ["capitals", { request: "WATCH" }, 405],
  ["no request", {}, 400],
  ["a request of the wrong type", { request: ["watch"] }, 400],
  ["an orientation of the wrong type", {
    request: "watch",
    params: { orientation: "90" },
  }, 400],
];

Deno.test("openTunnel() refuses bodies as the plugin would", async (t) => {
  await using parts = await setUp();
  const { janus, client } = parts;
  const before = janus.received.length;
  for (const [name, body, code] of PLUGIN_REFUSED) {
    await t.step(name, async () => {
      const event = await client.askPlugin(body);
      assertEquals(event.plugindata.plugin, USTREAMER_PLUGIN);
      assertEquals(event.plugindata.data.error_code, code);
      assertEquals(event.sender, client.handleId);
    });
  }
  assertEquals(janus.received.length, before);
});

const VERBS = [
  "keepalive",
  "destroy",
  "attach",
  "message",
  "trickle",
  "hangup",
  "detach",
  "claim",
  "info2",
  "DESTROY",
  "set_session_timeout",
  "query_logger",
] as const;

Deno.test("openTunnel() knows no session of another socket", async (t) => {
  await using parts = await setUp();
  const { janus, server, client, connect } = parts;
  const other = await connect();
  const [upstreamId] = janus.sessions.keys();
  const [handleId] = [...janus.sessions.values()][0]?.keys() ?? [];
  const before = janus.received.length;
  const ids = [
    ["given to another socket", client.sessionId, client.handleId],
    ["the upstream's own", upstreamId, handleId],
  ] as const;
  for (const [whose, sessionId, handleId] of ids) {
    for (const janus of VERBS) {
      await t.step(`${janus} with an id ${whose}`, async () => {
        const foreign = server.upstream.counters.foreignIds;
        const answer = await other.ask({
          janus,
          "session_id": sessionId,
          "handle_id": handleId,
          plugin: USTREAMER_PLUGIN,
          body: { request: "watch" },
          candidate: { completed: true },
        });
        assertEquals(answer.error.code, 458);
        assertEquals(answer.session_id, sessionId);
        assertEquals(server.upstream.counters.foreignIds, foreign + 1);
      });
    }
  }
  assertEquals(janus.received.length, before);
});

Deno.test("openTunnel() answers itself what is not about a camera", async () => {
  await using parts = await setUp();
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

Deno.test("openTunnel() answers text that is no request", async () => {
  await using parts = await setUp();
  const { janus, client } = parts;
  const before = janus.received.length;
  const own = `"session_id":${client.sessionId},"transaction":"t"`;
  for (
    const text of [
      "",
      "hello",
      `{"janus":"keepalive",${own}}{"janus":"destroy",${own}}`,
      `[{"janus":"destroy",${own}}]`,
      `\ufeff{"janus":"destroy",${own}}`,
      `{"janus":"destroy","session_id":${client.sessionId}.0}`,
    ]
  ) {
    const answered = client.messages.length;
    client.send(text);
    await until(() => client.messages.length > answered);
    assertEquals(client.messages[answered]?.janus, "error");
  }
  assertEquals(janus.received.length, before);
});

Deno.test("openTunnel() bounds the handles of a session", async () => {
  await using parts = await setUp();
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
