import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { view } from "../../../support/gateway.ts";
import { HubScene } from "../../../support/hub.ts";
import { until } from "../../../support/tunnel.ts";
import { ANSWERING, OFFER } from "../../../support/whep_scene.ts";

const WHEP = "devices/garage/cameras/front/whep";
const SDP = { "content-type": "application/sdp" };

Deno.test("a device's camera has WHEP at the hub", async (t) => {
  await using scene = await HubScene.start({
    users: { ann: view("garage/*"), bob: view("*") },
    janus: ANSWERING,
  });
  const { hub, device } = scene;
  const headers = { ...await hub.signIn("ann"), origin: hub.origin };
  await scene.becomes("open", headers);
  const post = (path: string, more: Record<string, string> = {}) =>
    hub.request(path, {
      method: "POST",
      headers: { ...SDP, ...more },
      body: OFFER,
    });

  await t.step("not for whoever may not view it", async () => {
    const bob = { ...await hub.signIn("bob"), origin: hub.origin };
    assertEquals((await post(WHEP, bob)).status, 403);
    assertEquals(device.janus.got("message").length, 0);
  });

  await t.step(
    "the device answers, and nothing is left there afterwards",
    async () => {
      const answer = await post(WHEP, headers);
      assertEquals(answer.status, 201, answer.text);
      assertStringIncludes(answer.text, "a=end-of-candidates");
      const location = answer.headers.get("location") ?? "";
      assertMatch(location, /^whep\/[\w-]{43}$/);
      const session = `devices/garage/cameras/front/${location}`;
      const gone = await hub.request(session, { method: "DELETE", headers });
      assertEquals(gone.status, 200);
      // What is left asks for the states of cameras.
      await until(() => device.janus.sessions.size === 1);
    },
  );

  await t.step("by a ticket, once, from any page", async () => {
    const { text } = await hub.request("api/tickets", {
      method: "POST",
      headers,
      json: { camera: "garage/front" },
    });
    const { ticket } = JSON.parse(text);
    const elsewhere = { origin: "https://elsewhere.example" };
    const first = await post(`${WHEP}?ticket=${ticket}`, elsewhere);
    assertEquals(first.status, 201, first.text);
    assertEquals(first.headers.get("access-control-allow-origin"), "*");
    assertEquals((await post(`${WHEP}?ticket=${ticket}`)).status, 401);
    // The ticket is spent: the session's URL is what its viewer has.
    const location = first.headers.get("location") ?? "";
    const session = `devices/garage/cameras/front/${location}`;
    const gone = await hub.request(session, {
      method: "DELETE",
      headers: elsewhere,
    });
    assertEquals(gone.status, 200);
  });
});
