import { assert, assertEquals, assertRejects } from "@std/assert";
import { GatewayError } from "../../../../src/errors.ts";
import { Logger } from "../../../../src/log.ts";
import { USTREAMER_PLUGIN } from "../../../../src/janus/message.ts";
import { Upstream } from "../../../../src/gateway/tunnel/upstream.ts";
import { JanusServer } from "../../../support/janus_server.ts";
import { until } from "../../../support/tunnel.ts";

/** A hundred times faster than life. */
const TICK_MS = 10;

function dial(
  url: string,
  options: { apiSecret?: () => string; tickMs?: number } = {},
): Upstream & { readonly lines: string[] } {
  const lines: string[] = [];
  const upstream = new Upstream({
    name: "test",
    url,
    apiSecret: options.apiSecret ?? (() => undefined),
    log: new Logger("upstream", {
      level: "debug",
      format: "text",
      write: (line) => void lines.push(line),
    }),
    tickMs: options.tickMs ?? TICK_MS,
  });
  return Object.assign(upstream, { lines });
}

Deno.test("Upstream dials before anyone asks", async () => {
  await using janus = await JanusServer.start();
  await using upstream = dial(janus.url);
  assertEquals(upstream.state, "connecting");
  await until(() => upstream.state === "open");
  assertEquals(janus.connectionCount, 1);
});

Deno.test("Upstream uses one connection for all sessions", async () => {
  await using janus = await JanusServer.start();
  await using upstream = dial(janus.url);
  const sessions = await Promise.all(
    Array.from({ length: 50 }, () => upstream.openSession({})),
  );
  assertEquals(new Set(sessions.map(({ id }) => id)).size, 50);
  assertEquals(janus.connectionCount, 1);
  for (const session of sessions) session.destroy();
  await until(() => janus.sessions.size === 0);
});

Deno.test("Upstream keeps idle sessions alive", async () => {
  await using janus = await JanusServer.start();
  await using upstream = dial(janus.url);
  const { id } = await upstream.openSession({});
  await until(() => janus.got("keepalive").length >= 3);
  const keepalive = janus.got("keepalive").at(-1);
  assertEquals(keepalive?.session_id, id);
});

Deno.test("Upstream ends sessions and dials again", async () => {
  await using janus = await JanusServer.start();
  await using upstream = dial(janus.url);
  const ended: string[] = [];
  for (let i = 0; i < 50; i++) {
    await upstream.openSession({ onEnd: ({ code }) => ended.push(code) });
  }
  janus.cut();
  await until(() => ended.length === 50);
  assertEquals(new Set(ended), new Set(["upstream_lost"]));
  await upstream.openSession({});
  assert(janus.sessions.size === 1);
});

Deno.test("Upstream reads its secret afresh at each dial", async () => {
  await using janus = await JanusServer.start({ apiSecret: "new" });
  let apiSecret = "old";
  await using upstream = dial(janus.url, { apiSecret: () => apiSecret });
  const refused = await assertRejects(
    () => upstream.openSession({}),
    GatewayError,
  );
  assertEquals(refused.code, "upstream_unreachable");
  assertEquals(refused.context.janusError, 403);
  apiSecret = "new";
  const before = janus.dialCount;
  janus.cut();
  await until(() => janus.dialCount > before && upstream.state === "open");
  await upstream.openSession({});
});

Deno.test("Upstream notices one that hangs", async () => {
  await using janus = await JanusServer.start();
  await using upstream = dial(janus.url);
  const ended: string[] = [];
  await upstream.openSession({ onEnd: ({ code }) => ended.push(code) });
  janus.isSilent = true;
  await until(() => ended.length === 1);
  assertEquals(ended, ["upstream_timeout"]);
});

Deno.test("Upstream gives up a request that stays unanswered", async () => {
  await using janus = await JanusServer.start();
  await using upstream = dial(janus.url);
  const session = await upstream.openSession({});
  const [sessionId] = janus.sessions.keys();
  janus.sessions.get(sessionId ?? 0)?.set(7, USTREAMER_PLUGIN);
  const ask = () =>
    session.ask({
      janus: "message",
      "handle_id": 7,
      body: { request: "key_required" },
    });
  // Answered by an `ack`, and by no event.
  const error = await assertRejects(ask, GatewayError);
  assertEquals(error.code, "upstream_timeout");
});

Deno.test("Upstream gives up a dial that gets no answer", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepted: Deno.Conn[] = [];
  const accepting = (async () => {
    for await (const connection of listener) accepted.push(connection);
  })();
  {
    await using upstream = dial(`ws://127.0.0.1:${listener.addr.port}/`);
    const error = await assertRejects(
      () => upstream.openSession({}),
      GatewayError,
    );
    assertEquals(error.code, "upstream_unreachable");
  }
  listener.close();
  await accepting;
  for (const connection of accepted) connection.close();
});

Deno.test("Upstream logs an outage once", async () => {
  let port: number;
  {
    await using gone = await JanusServer.start();
    port = gone.port;
  }
  await using upstream = dial(`ws://127.0.0.1:${port}/`);
  await assertRejects(() => upstream.openSession({}), GatewayError);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const warnings = upstream.lines.filter((line) => line.includes("warn"));
  assertEquals(warnings.length, 1);
  await using _janus = await JanusServer.start({ port });
  await until(() => upstream.state === "open");
});

Deno.test("Upstream knows its cameras", async (t) => {
  const report = (id: string, state: string) => ({
    id,
    state,
    width: 1920,
    height: 1080,
    fps: 29.97,
  });
  await using janus = await JanusServer.start({
    cameras: [report("front", "live"), report("back", "sink_absent")],
  });
  await using upstream = dial(janus.url);
  const state = (id?: string) =>
    upstream.cameraReport(USTREAMER_PLUGIN, id).state;

  await t.step("nothing while it is being dialled", () => {
    assertEquals(state("front"), "upstream_down");
  });
  await t.step("each by its id, the first without one", async () => {
    await until(() => state("front") === "live");
    assertEquals(state("back"), "sink_absent");
    assertEquals(state(), "live");
    assertEquals(upstream.cameraReport(USTREAMER_PLUGIN, "front").fps, 29.97);
    assertEquals(state("other"), "unknown");
  });
  await t.step("when they change", async () => {
    janus.cameras = [report("front", "sink_stalled")];
    await until(() => state("front") === "sink_stalled");
    const { session_id, handle_id } = janus.got("message").at(-1) ?? {};
    janus.cameras = undefined;
    janus.push({
      janus: "event",
      session_id,
      sender: handle_id,
      plugindata: {
        plugin: USTREAMER_PLUGIN,
        data: {
          ustreamer: "event",
          result: { status: "status", cameras: [report("front", "live")] },
        },
      },
    });
    await until(() => state("front") === "live");
  });
  await t.step("not when the plugin cannot tell", async () => {
    janus.cut();
    await until(() => upstream.state === "connecting");
    await until(() => upstream.state === "open");
    await until(() => state("front") === "unknown");
    const asked = janus.got("message").length;
    await new Promise((resolve) => setTimeout(resolve, 20 * TICK_MS));
    assert(janus.got("message").length <= asked + 1);
  });
});

Deno.test("Upstream tells who waits when it is disposed of", async () => {
  const upstream = dial("ws://127.0.0.1:1/", { tickMs: 1000 });
  const waiting = assertRejects(() => upstream.openSession({}), GatewayError);
  await upstream[Symbol.asyncDispose]();
  await waiting;
  assertEquals(upstream.state, "closed");
});
