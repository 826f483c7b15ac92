import { assert, assertEquals, assertMatch } from "@std/assert";
import { JanusClient } from "../../../../src/janus/client.ts";
import { DebianJanus } from "../../../support/janus_debian.ts";
import { TestClient, TunnelServer, until } from "../../../support/tunnel.ts";

const PLUGIN = "janus.plugin.echotest";
const OFFER = await Deno.readTextFile(
  new URL("./sdp/chromium_offer.sdp", import.meta.url),
);

/** Real time: Janus keeps its own. */
async function setUp(janus: DebianJanus): Promise<TunnelServer> {
  const { url, apiSecret } = janus;
  return await TunnelServer.start({ url, apiSecret, plugin: PLUGIN });
}

Deno.test("openTunnel() serves from a real Janus", async (t) => {
  await using janus = await DebianJanus.start();
  await using server = await setUp(janus);
  await using client = await TestClient.connect(server.url);
  await client.open(PLUGIN);

  await t.step("a message, with the plugin's own error", async () => {
    const event = await client.askPlugin({ request: "features" });
    assertEquals(event.plugindata.plugin, PLUGIN);
    assert(event.plugindata.data.error_code > 0);
    assertEquals(event.sender, client.handleId);
  });

  await t.step("an offer is answered, in H.264", async () => {
    const event = await client.askPlugin({ request: "watch" }, {
      type: "offer",
      sdp: OFFER,
    });
    assertEquals(event.jsep?.type, "answer", JSON.stringify(event));
    assert(event.jsep.sdp.includes("H264/90000"));
    assert(!/VP8|VP9|AV1/.test(event.jsep.sdp));
  });

  await t.step("trickle is acknowledged", async () => {
    const candidate = "candidate:1 1 udp 1 192.0.2.1 9000 typ host";
    for (
      const one of [
        { candidate: { candidate, sdpMid: "0", sdpMLineIndex: 0 } },
        { candidates: [{ candidate, sdpMid: "0" }, { completed: true }] },
        { candidate: { completed: true } },
      ]
    ) {
      const answer = await client.askHandle({ janus: "trickle", ...one });
      assertEquals(answer.janus, "ack", JSON.stringify(answer));
    }
  });

  await t.step("claim is refused", async () => {
    const answer = await client.askHandle({ janus: "claim" });
    assertEquals(answer.error.code, 453);
  });

  await t.step("hangup, detach, destroy, and again", async () => {
    for (const janus of ["hangup", "detach", "destroy"]) {
      const answer = await client.askHandle({ janus });
      assertEquals(answer.janus, "success", JSON.stringify(answer));
    }
    await client.open(PLUGIN);
    await client.askPlugin({ request: "features" });
  });
});

Deno.test("openTunnel() survives a restart of a real Janus", async () => {
  let port: number;
  let server: TunnelServer;
  let apiSecret = "";
  {
    await using janus = await DebianJanus.start();
    ({ port, apiSecret } = janus);
    server = await TunnelServer.start({
      url: janus.url,
      apiSecret: () => apiSecret,
      plugin: PLUGIN,
    });
    await using client = await TestClient.connect(server.url);
    await client.open(PLUGIN);
    janus.signal("SIGKILL");
    assertEquals((await client.closed).code, 1013);
  }
  await using _server = server;
  await using janus = await DebianJanus.start({ port });
  apiSecret = janus.apiSecret;
  await using client = await TestClient.connect(server.url);
  await client.open(PLUGIN);
});

Deno.test("Upstream knows a real Janus's version, and warns of it", async () => {
  await using janus = await DebianJanus.start();
  await using server = await TunnelServer.start(janus);
  await until(() => server.upstream.version !== undefined);
  assertEquals(server.upstream.version, "1.1.2");
  const [line = "", ...more] = server.logLines
    .filter((line) => line.includes("janus version"));
  assertEquals(more, []);
  assertMatch(line, /warn .*version=1\.1\.2 .*PR-3636/);
});

Deno.test("JanusClient meets a real Janus's refusals", async () => {
  await using janus = await DebianJanus.start();
  await using client = await JanusClient.connect(janus.url, {
    apiSecret: janus.apiSecret,
  });
  const session = await client.create();
  const refused = await session.ask({ janus: "attach", plugin: "janus.none" });
  assertEquals(refused.error?.code, 460);
  const handle = await session.attach(PLUGIN);
  const event = await handle.message({ request: "none" });
  assertEquals(event.sender, handle.id);
  assertEquals((await handle.trickle({ completed: true })).janus, "ack");
  assertEquals((await handle.detach()).janus, "success");
});
