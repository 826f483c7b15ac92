import { assert, assertEquals } from "@std/assert";
import {
  CLIENT_MESSAGE_BURST,
  CLIENT_MESSAGE_SIZE_MAX,
} from "../../../../src/limits.ts";
import { ERRORS, GatewayError } from "../../../../src/errors.ts";
import { USTREAMER_PLUGIN } from "../../../../src/janus/message.ts";
import { JanusServer } from "../../../support/janus_server.ts";
import { TestClient, TunnelServer, until } from "../../../support/tunnel.ts";
import { tunnelScene } from "../../../support/tunnel_scene.ts";

Deno.test("openTunnel() ends when the client's rights do", async (t) => {
  for (
    const code of [
      "rights_ended",
      "session_ended",
      "camera_removed",
      "shutting_down",
    ] as const
  ) {
    await t.step(code, async () => {
      await using parts = await tunnelScene();
      const { janus, server, client } = parts;
      server.rights.abort(new GatewayError(code));
      const { close, text } = ERRORS[code];
      assertEquals(await client.closed, { code: close, reason: text });
      const hangup = client.messages.at(-1);
      assertEquals(hangup?.janus, "hangup");
      assertEquals(hangup?.sender, client.handleId);
      assertEquals(hangup?.reason, text);
      await until(() => janus.sessions.size === 0);
      assertEquals(janus.got("destroy").length, 1);
    });
  }
});

Deno.test("openTunnel() takes no client whose rights have ended", async () => {
  await using parts = await tunnelScene();
  const { server, connect } = parts;
  server.rights.abort(new GatewayError("rights_ended"));
  const late = await connect();
  assertEquals((await late.closed).code, 4403);
});

Deno.test("openTunnel() ends the session of a client that leaves", async () => {
  await using parts = await tunnelScene();
  const { janus, client } = parts;
  client.socket.terminate();
  await until(() => janus.sessions.size === 0);
  assertEquals(janus.connectionCount, 1);
});

Deno.test("openTunnel() tells of a lost upstream, and back is back", async () => {
  await using parts = await tunnelScene({ tickMs: 10 });
  const { janus, client, connect } = parts;
  const idle = await connect();
  janus.cut();
  assertEquals((await client.closed).code, 1013);
  const told = client.messages.slice(-2).map(({ janus }) => janus);
  assertEquals(told, ["hangup", "timeout"]);
  // Who had no session has lost nothing, and needs no new connection.
  const again = await connect();
  await Promise.all([
    idle.open(USTREAMER_PLUGIN),
    again.open(USTREAMER_PLUGIN),
  ]);
  assertEquals((await idle.askPlugin({ request: "stop" })).janus, "event");
});

Deno.test("openTunnel() tells fifty of a lost upstream, and serves them again", async () => {
  await using parts = await tunnelScene({ tickMs: 10 });
  const { janus, server, connect } = parts;
  const join = async () => (await connect()).open(USTREAMER_PLUGIN);
  const crowd = await Promise.all(Array.from({ length: 50 }, join));
  janus.cut();
  for (const { closed } of crowd) assertEquals((await closed).code, 1013);
  // At once, without any pause: `create` waits until the upstream is back.
  const again = await Promise.all(Array.from({ length: 50 }, join));
  assert(again.every(({ handleId }) => handleId > 0));
  assertEquals(janus.connectionCount, 1);
  await until(() => janus.sessions.size === again.length);
  assertEquals(server.upstream.state, "open");
});

Deno.test("openTunnel() ends one session that Janus timed out", async () => {
  await using parts = await tunnelScene();
  const { janus, client, connect } = parts;
  const other = await (await connect()).open(USTREAMER_PLUGIN);
  const [sessionId] = janus.sessions.keys();
  janus.push({ janus: "timeout", "session_id": sessionId });
  assertEquals((await client.closed).code, 1013);
  assertEquals((await other.askPlugin({ request: "stop" })).janus, "event");
});

Deno.test("openTunnel() reflects nothing invalid", async (t) => {
  await t.step("a message of a wrong shape ends its session", async () => {
    await using parts = await tunnelScene();
    const { janus, client, connect } = parts;
    const other = await (await connect()).open(USTREAMER_PLUGIN);
    const [sessionId] = janus.sessions.keys();
    janus.push({ janus: "event", "session_id": sessionId, jsep: "MARK" });
    assertEquals((await client.closed).code, 1013);
    assert(!JSON.stringify(client.messages).includes("MARK"));
    assertEquals((await other.askPlugin({ request: "stop" })).janus, "event");
  });
  const everyone: readonly [string, string | Uint8Array][] = [
    ["no JSON", "MARK"],
    ["an array", '["MARK"]'],
    ["a binary message", new TextEncoder().encode('{"janus":"MARK"}')],
    ["10 MiB", JSON.stringify({ janus: "MARK".padEnd(10 << 20, "x") })],
    ["100 000 levels", '{"MARK":'.repeat(100_000)],
  ];
  for (const [name, data] of everyone) {
    await t.step(`${name} ends the connection`, async () => {
      await using parts = await tunnelScene({ tickMs: 10 });
      const { janus, client, connect } = parts;
      janus.pushRaw(data);
      assertEquals((await client.closed).code, 1013);
      assert(!JSON.stringify(client.messages).includes("MARK"));
      await (await connect()).open(USTREAMER_PLUGIN);
    });
  }
});

Deno.test("openTunnel() waits for an upstream, not for ever", async () => {
  let port: number;
  {
    await using gone = await JanusServer.start();
    port = gone.port;
  }
  await using server = await TunnelServer.start({
    url: `ws://127.0.0.1:${port}/`,
    tickMs: 40,
  });
  await using client = await TestClient.connect(server.url);
  const refused = await client.ask({ janus: "create" });
  assertEquals(refused.error.code, 490);
  assertEquals((await client.closed).code, 1013);
  await using patient = await TestClient.connect(server.url);
  const created = patient.ask({ janus: "create" });
  await using _janus = await JanusServer.start({ port });
  assertEquals((await created).janus, "success");
});

Deno.test("openTunnel() drops the session of who left meanwhile", async () => {
  let port: number;
  {
    await using gone = await JanusServer.start();
    port = gone.port;
  }
  await using server = await TunnelServer.start({
    url: `ws://127.0.0.1:${port}/`,
  });
  const client = await TestClient.connect(server.url);
  client.send({ janus: "create", transaction: "t" });
  client.socket.close();
  await client.closed;
  await using janus = await JanusServer.start({ port });
  await until(() => janus.got("destroy").length === 1);
  assertEquals(janus.got("create").length, 1);
});

Deno.test("openTunnel() closes on a flood", async () => {
  await using parts = await tunnelScene();
  const { server, client, connect } = parts;
  const other = await connect();
  for (let i = 0; i < CLIENT_MESSAGE_BURST * 2; i++) {
    client.send({ janus: "ping", transaction: "t" });
  }
  assertEquals((await client.closed).code, 1008);
  assertEquals(server.upstream.counters.cutClients, 1);
  assertEquals((await other.ask({ janus: "ping" })).janus, "pong");
});

Deno.test("openTunnel() closes on a flood of control frames or of bytes", async (t) => {
  const large = '{"janus":"ping","transaction":"t"}'.padEnd(60_000);
  const cases = [
    // One after the other: ws itself cuts who does not wait for its pongs.
    ["pings", async ({ socket, closed }: TestClient) => {
      const answered = new Promise((resolve) => socket.once("pong", resolve));
      socket.ping();
      await Promise.race([answered, closed]);
    }],
    ["pongs", ({ socket }: TestClient) => socket.pong()],
    ["empty messages", ({ socket }: TestClient) => socket.send("")],
    ["large messages", ({ socket }: TestClient) => socket.send(large)],
  ] as const;
  for (const [name, send] of cases) {
    await t.step(name, async () => {
      await using parts = await tunnelScene();
      const { server, client } = parts;
      for (let i = 0; i < CLIENT_MESSAGE_BURST * 2; i++) await send(client);
      assertEquals((await client.closed).code, 1008);
      assertEquals(server.upstream.counters.cutClients, 1);
    });
  }
});

Deno.test("openTunnel() lets a flood of many end nobody else", async () => {
  await using parts = await tunnelScene();
  const { janus, server, client, connect } = parts;
  const sdp = await Deno.readTextFile(
    new URL("sdp/chromium_answer.sdp", import.meta.url),
  );
  const connected = Array.from({ length: 20 }, () => connect());
  const crowd = await Promise.all(
    connected.map(async (one) => (await one).open(USTREAMER_PLUGIN)),
  );
  for (const { socket, sessionId, handleId } of crowd) {
    const text = JSON.stringify({
      janus: "message",
      transaction: "t",
      "session_id": sessionId,
      "handle_id": handleId,
      body: { request: "start" },
      jsep: { type: "answer", sdp },
    });
    for (let i = 0; i < CLIENT_MESSAGE_BURST; i++) socket.send(text);
  }
  await Promise.all(crowd.map(({ closed }) => closed));
  assertEquals(server.upstream.counters.cutClients, crowd.length);
  assertEquals((await client.askPlugin({ request: "stop" })).janus, "event");
  assertEquals(janus.connectionCount, 1);
});

Deno.test("openTunnel() closes on what is too large, or no text", async (t) => {
  const cases = [
    ["one byte too many", (client: TestClient) => {
      client.send(" ".repeat(CLIENT_MESSAGE_SIZE_MAX + 1));
    }, 1009],
    ["too many in fragments", (client: TestClient) => {
      const part = " ".repeat(1000);
      for (let i = 0; i * 1000 <= CLIENT_MESSAGE_SIZE_MAX; i++) {
        client.socket.send(part, { fin: false });
      }
    }, 1009],
    ["a binary message", (client: TestClient) => {
      client.socket.send(new Uint8Array(10));
    }, 1008],
  ] as const;
  for (const [name, misbehave, code] of cases) {
    await t.step(name, async () => {
      await using parts = await tunnelScene();
      const { janus, client } = parts;
      const before = janus.received.length;
      misbehave(client);
      assertEquals((await client.closed).code, code);
      await until(() => janus.sessions.size === 0);
      const sent = janus.received.slice(before).map(({ janus }) => janus);
      assertEquals(sent, ["destroy"]);
    });
  }
});

Deno.test("openTunnel() cuts a client that does not read", async () => {
  await using parts = await tunnelScene({ tickMs: 50 });
  const { janus, server, client, connect } = parts;
  const other = await (await connect()).open(USTREAMER_PLUGIN);
  const [sessionId] = janus.sessions.keys();
  client.socket.pause();
  const filler = "x".repeat(60_000);
  // Kernel buffers come first; then ours, up to its bound.
  for (let i = 0; i < 400 && server.upstream.counters.cutClients === 0; i++) {
    janus.push({ janus: "x-filler", "session_id": sessionId, filler });
    await other.ask({ janus: "ping" });
  }
  assertEquals(server.upstream.counters.cutClients, 1);
  await until(() => janus.sessions.size === 1);
  await server.tunnels[0]?.closed;
  assertEquals((await other.askPlugin({ request: "stop" })).janus, "event");
});

Deno.test("openTunnel() notices a client that is gone", async () => {
  await using parts = await tunnelScene({ tickMs: 5 });
  const { janus, connect, client } = parts;
  const mute = await connect({ autoPong: false });
  await mute.open(USTREAMER_PLUGIN);
  assertEquals(janus.sessions.size, 2);
  // No FIN, no pong: only the pings tell. 27 ticks.
  assertEquals((await mute.closed).code, 1006);
  await until(() => janus.sessions.size === 1);
  // Who answers pings stays, however idle.
  assertEquals((await client.askHandle({ janus: "keepalive" })).janus, "ack");
});

Deno.test("every close reason fits into a Close frame", () => {
  // RFC 6455 section 5.5: 125 bytes with the two of the code.
  for (const { text } of Object.values(ERRORS)) {
    assert(new TextEncoder().encode(text).length <= 123, text);
  }
});
