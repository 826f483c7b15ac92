import { assert, assertEquals } from "@std/assert";
import { USTREAMER_PLUGIN } from "../../../../src/janus/message.ts";
import { JanusServer } from "../../../support/janus_server.ts";
import { TestClient, TunnelServer, until } from "../../../support/tunnel.ts";

Deno.test("openTunnel() carries the whole life of a viewer", async () => {
  await using janus = await JanusServer.start({ apiSecret: "s3cret" });
  await using server = await TunnelServer.start({
    url: janus.url,
    apiSecret: "s3cret",
    id: "front",
  });
  await using client = await TestClient.connect(server.url);
  await client.open(USTREAMER_PLUGIN);
  const offer = await client.askPlugin({ request: "watch" });
  assertEquals(offer.jsep.type, "offer");
  assertEquals(offer.session_id, client.sessionId);
  assertEquals(offer.sender, client.handleId);
  assertEquals(janus.got("message").at(-1)?.body, {
    request: "watch",
    id: "front",
  });
  const gone = await client.ask({
    janus: "destroy",
    "session_id": client.sessionId,
  });
  assertEquals(gone.janus, "success");
  await until(() => janus.sessions.size === 0);
  assert(janus.received.every(({ apisecret }) => apisecret === "s3cret"));
});
