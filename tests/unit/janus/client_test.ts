import { assert, assertEquals, assertRejects } from "@std/assert";
import { GatewayError } from "../../../src/errors.ts";
import {
  PENDING_REQUESTS_MAX,
  UPSTREAM_BUSY_BUFFERED,
  UPSTREAM_MESSAGE_SIZE_MAX,
} from "../../../src/limits.ts";
import { JanusClient } from "../../../src/janus/client.ts";
import { USTREAMER_PLUGIN } from "../../../src/janus/message.ts";
import type { JanusSession } from "../../../src/janus/session.ts";
import { JanusServer } from "../../support/janus_server.ts";
import { until } from "../../support/tunnel.ts";

Deno.test("JanusClient talks to a plugin", async () => {
  await using janus = await JanusServer.start({ apiSecret: "s" });
  await using client = await JanusClient.connect(janus.url, {
    apiSecret: "s",
  });
  const session = await client.create();
  const handle = await session.attach(USTREAMER_PLUGIN);
  const watched = await handle.message({ request: "watch" });
  assertEquals(watched.jsep?.type, "offer");
  assertEquals((await handle.trickle({ completed: true })).janus, "ack");
  assertEquals((await handle.detach()).janus, "success");
  assertEquals(client.sessionCount, 1);
  session.destroy();
  assertEquals(client.sessionCount, 0);
  await until(() => janus.sessions.size === 0);
  assert(janus.received.every(({ apisecret }) => apisecret === "s"));
});

Deno.test("JanusClient rejects what the core refuses", async () => {
  await using janus = await JanusServer.start({ apiSecret: "s" });
  await using stranger = await JanusClient.connect(janus.url);
  const refused = await assertRejects(() => stranger.create(), GatewayError);
  assertEquals(refused.context.janusError, 403);
  await using client = await JanusClient.connect(janus.url, {
    apiSecret: "s",
  });
  const session = await client.create();
  const missing = await assertRejects(
    () => session.attach("janus.plugin.none"),
    GatewayError,
  );
  assertEquals(missing.context.janusError, 460);
});

Deno.test("JanusClient tells an ack before its event", async () => {
  await using janus = await JanusServer.start();
  await using client = await JanusClient.connect(janus.url);
  const session = await client.create();
  const { id } = await session.attach(USTREAMER_PLUGIN);
  const heard: string[] = [];
  for (let i = 0; i < 20; i++) {
    session.request({
      janus: "message",
      "handle_id": id,
      body: { request: "features" },
    }, (reply) => {
      heard.push(reply instanceof GatewayError ? reply.code : reply.janus);
    });
  }
  await until(() => heard.length === 40);
  assertEquals(heard, Array(20).fill(["ack", "event"]).flat());
});

Deno.test("JanusClient bounds what is unanswered", async () => {
  await using janus = await JanusServer.start();
  await using client = await JanusClient.connect(janus.url);
  const session = await client.create();
  janus.isSilent = true;
  const replies: unknown[] = [];
  const ask = () =>
    session.request(
      { janus: "trickle", "handle_id": 1 },
      (reply) => replies.push(reply),
    );
  for (let i = 0; i < PENDING_REQUESTS_MAX; i++) assert(ask());
  assertEquals(ask(), false);
  assertEquals(replies.length, 0);
});

Deno.test("JanusClient asks nothing new while much is unsent", async () => {
  await using janus = await JanusServer.start();
  await using client = await JanusClient.connect(janus.url);
  const [one, other] = [await client.create(), await client.create()];
  const filler = "x".repeat(UPSTREAM_BUSY_BUFFERED / 20);
  const ask = (session: JanusSession) =>
    session.request({ janus: "keepalive", filler }, () => {});
  let sent = 0;
  while (ask(one)) sent++;
  // What the kernel takes at once does not count.
  assert(sent >= 20 && sent < PENDING_REQUESTS_MAX, `${sent} were sent`);
  assertEquals(ask(other), false);
  await until(() => !client.isBusy);
  assertEquals((await other.ask({ janus: "keepalive" })).janus, "ack");
});

Deno.test("JanusClient forgets requests that get no event", async () => {
  await using janus = await JanusServer.start();
  await using client = await JanusClient.connect(janus.url);
  const session = await client.create();
  const { id } = await session.attach(USTREAMER_PLUGIN);
  let acks = 0;
  for (let i = 0; i < PENDING_REQUESTS_MAX * 2; i++) {
    const sent = session.request({
      janus: "message",
      "handle_id": id,
      body: { request: "key_required" },
    }, () => acks++);
    assert(sent, `request ${i}`);
    await until(() => acks === i + 1);
  }
});

Deno.test("JanusClient ends with its connection", async () => {
  await using janus = await JanusServer.start();
  await using client = await JanusClient.connect(janus.url);
  const ended: string[] = [];
  const session = await client.create({
    onEnd: ({ code }) => ended.push(code),
  });
  janus.isSilent = true;
  const asked = session.ask({ janus: "hangup", "handle_id": 1 });
  const created = client.create();
  const rejections = Promise.all([
    assertRejects(() => asked, GatewayError),
    assertRejects(() => created, GatewayError),
  ]);
  janus.cut();
  assertEquals((await client.closed).code, "upstream_lost");
  await rejections;
  assertEquals(ended, ["upstream_lost"]);
  await assertRejects(() => client.create(), GatewayError);
  assertEquals(session.request({ janus: "hangup" }, () => {}), false);
});

Deno.test("JanusClient ends on what is too large", async () => {
  await using janus = await JanusServer.start();
  await using client = await JanusClient.connect(janus.url);
  janus.pushRaw(" ".repeat(UPSTREAM_MESSAGE_SIZE_MAX + 1));
  assertEquals((await client.closed).code, "upstream_invalid");
});

Deno.test("JanusClient.connect() fails in time", async (t) => {
  await t.step("when nobody listens", async () => {
    const error = await assertRejects(
      () => JanusClient.connect("ws://127.0.0.1:1/"),
      GatewayError,
    );
    assertEquals(error.code, "upstream_unreachable");
  });
  await t.step("when nobody answers", async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const url = `ws://127.0.0.1:${listener.addr.port}/`;
    const dialled = JanusClient.connect(url, { dialTimeoutMs: 50 });
    using _connection = await listener.accept();
    const error = await assertRejects(() => dialled, GatewayError);
    assertEquals(error.code, "upstream_unreachable");
  });
  await t.step("when it is told to", async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const url = `ws://127.0.0.1:${listener.addr.port}/`;
    const controller = new AbortController();
    const { signal } = controller;
    const dialled = JanusClient.connect(url, { signal });
    using _connection = await listener.accept();
    controller.abort(new GatewayError("shutting_down"));
    const error = await assertRejects(() => dialled, GatewayError);
    assertEquals(error.code, "shutting_down");
  });
});
