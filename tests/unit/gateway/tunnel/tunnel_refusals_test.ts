import { assertEquals } from "@std/assert";
import { TRANSACTION_LENGTH_MAX } from "../../../../src/limits.ts";
import { USTREAMER_PLUGIN } from "../../../../src/janus/message.ts";
import type { Recorded } from "../../../support/janus_server.ts";
import { until } from "../../../support/tunnel.ts";
import { tunnelScene } from "../../../support/tunnel_scene.ts";

const ANSWER = await Deno.readTextFile(
  new URL("./sdp/chromium_answer.sdp", import.meta.url),
);

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
  await using parts = await tunnelScene();
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
  await using parts = await tunnelScene();
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
  await using parts = await tunnelScene();
  const { janus, server, client, connect } = parts;
  const other = await (await connect()).open(USTREAMER_PLUGIN);
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

Deno.test("openTunnel() answers text that is no request", async () => {
  await using parts = await tunnelScene();
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
