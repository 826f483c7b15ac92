import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { view } from "../../support/gateway.ts";
import { RunningGateway } from "../../support/running_gateway.ts";
import { until } from "../../support/tunnel.ts";
import {
  ANSWERING,
  OFFER,
  type WhepScene,
  whepScene,
} from "../../support/whep_scene.ts";

const USERS = { ann: view("front") };
const SDP = { "content-type": "application/sdp" };

/** The upstream's ids of the one session that there is. */
function idsOf({ janus }: Pick<WhepScene, "janus">) {
  const [[sessionId, handles] = [0, new Map()]] = janus.sessions;
  return { "session_id": sessionId, sender: [...handles.keys()][0] };
}

Deno.test("a WHEP session ends with its viewer's picture", async (t) => {
  const cases: Readonly<Record<string, (scene: WhepScene) => void>> = {
    "a hangup": (scene) =>
      scene.janus.push({ janus: "hangup", ...idsOf(scene), reason: "DTLS" }),
    "a handle that is detached": (scene) =>
      scene.janus.push({ janus: "detached", ...idsOf(scene) }),
    "a session that Janus timed out": (scene) => {
      const ids = idsOf(scene);
      scene.janus.push({ janus: "timeout", ...ids });
      scene.janus.sessions.delete(ids.session_id);
    },
    "an upstream that is lost": ({ janus }) => janus.cut(),
  };
  for (const [name, end] of Object.entries(cases)) {
    await t.step(name, async () => {
      await using scene = await whepScene();
      const { path } = await scene.begin();
      scene.janus.push({ janus: "webrtcup", ...idsOf(scene) });
      await until(() => scene.lines.some((it) => it.includes("watch started")));
      end(scene);
      await until(() => scene.places.count === 0);
      await until(() => scene.janus.sessions.size === 0);
      assert(scene.lines.some((line) => line.includes("watch ended")));
      const { status } = await scene.ask(path, { method: "DELETE" });
      assertEquals(status, 404);
    });
  }
});

Deno.test("a WHEP session ends when no media ever comes up", async (t) => {
  await t.step("the viewer that never came", async () => {
    await using scene = await whepScene({ tickMs: 5 });
    await scene.begin();
    assertEquals(scene.places.count, 1);
    await until(() => scene.places.count === 0);
    await until(() => scene.janus.sessions.size === 0);
    const line = scene.lines.find((line) => line.includes("whep closed"));
    assertStringIncludes(line ?? "", "never_connected");
  });

  await t.step("not the one that did", async () => {
    await using scene = await whepScene({ tickMs: 5 });
    await scene.begin();
    scene.janus.push({ janus: "webrtcup", ...idsOf(scene) });
    let ticks = 0;
    using _ticker = scene.upstream.onTick(() => void ticks++);
    await until(() => ticks > 40);
    assertEquals(scene.places.count, 1);
  });
});

Deno.test("a WHEP session ends with its right", async (t) => {
  const cases = {
    "a removed user": async ({ auth, stateDir, users }: WhepScene) => {
      const { Users } = await import("../../../src/gateway/auth/users.ts");
      await (await Users.open(stateDir)).remove(users.ann!.name);
      await auth.review();
    },
    "changed grants": async ({ auth, stateDir, users }: WhepScene) => {
      const { Users } = await import("../../../src/gateway/auth/users.ts");
      const grants = view("back");
      await (await Users.open(stateDir)).change(users.ann!.id, { grants });
      await auth.review();
    },
    "a gateway that drains": ({ auth }: WhepScene) =>
      Promise.resolve(auth.leases.endAll("shutting_down")),
  };
  for (const [name, end] of Object.entries(cases)) {
    await t.step(name, async () => {
      await using scene = await whepScene();
      await scene.begin();
      await end(scene);
      assertEquals(scene.places.count, 0);
      await until(() => scene.janus.sessions.size === 0);
    });
  }
});

Deno.test("no WHEP session slips in while its right is being revoked", async () => {
  await using scene = await whepScene({ janus: { watch: () => undefined } });
  const begun = scene.begin();
  await until(() => scene.janus.got("message").length === 1);
  scene.auth.leases.endAll("rights_ended");
  assertEquals((await begun).response.status, 403);
  assertEquals(scene.places.count, 0);
  await until(() => scene.janus.sessions.size === 0);
  assertEquals((await scene.begin()).response.status, 403);
  assertEquals(scene.janus.got("create").length, 1, "nothing more was asked");
});

Deno.test("a WHEP session lives on with a newer token", async () => {
  await using running = await RunningGateway.start({
    users: USERS,
    janus: ANSWERING,
  });
  const first = await running.issueToken("ann", view("**"));
  const second = await running.issueToken("ann", view("**"));
  const begun = await running.request("cameras/front/whep", {
    method: "POST",
    headers: { ...first.headers, ...SDP },
    body: OFFER,
  });
  const path = `cameras/front/${begun.headers.get("location")}`;
  const renew = await running.request(path, {
    method: "PATCH",
    headers: {
      ...second.headers,
      "content-type": "application/trickle-ice-sdpfrag",
    },
  });
  assertEquals(renew.status, 204);

  const { tokens } = await running.openState();
  await tokens.revoke(({ id }) => id === first.id);
  await running.gateway.auth.review();
  assertEquals(running.janus.sessions.size, 1, "the newer one is good");

  await tokens.revoke(({ id }) => id === second.id);
  await until(() => running.janus.sessions.size === 0);
  const { status } = await running.request(path, {
    method: "DELETE",
    headers: second.headers,
  });
  assertEquals(status, 401);
});

Deno.test("a logout ends the WHEP session of a page", async () => {
  await using running = await RunningGateway.start({
    users: USERS,
    janus: ANSWERING,
  });
  const headers = { ...await running.signIn("ann"), origin: running.origin };
  const begun = await running.request("cameras/front/whep", {
    method: "POST",
    headers: { ...headers, ...SDP },
    body: OFFER,
  });
  assertEquals(begun.status, 201);
  assertEquals(running.janus.sessions.size, 1);
  await running.request("api/logout", { method: "POST", headers });
  await until(() => running.janus.sessions.size === 0);
});

Deno.test("Gateway.drain() ends WHEP sessions, and refuses new ones", async () => {
  await using running = await RunningGateway.start({
    users: USERS,
    janus: ANSWERING,
  });
  const { headers } = await running.issueToken("ann", view("**"));
  const begin = () =>
    running.request("cameras/front/whep", {
      method: "POST",
      headers: { ...headers, ...SDP },
      body: OFFER,
    });
  assertEquals((await begin()).status, 201);
  await running.gateway.drain();
  await until(() => running.janus.sessions.size === 0);
  assertEquals((await begin()).status, 503);
});

Deno.test("who hangs up before the answer leaves nothing", async (t) => {
  const isAsked = ({ janus }: Pick<WhepScene, "janus">, verb: string) =>
    until(() => janus.got(verb).length > 0);

  await t.step("while the upstream is asked", async () => {
    await using running = await RunningGateway.start({
      users: USERS,
      // It never says anything.
      janus: { watch: () => undefined },
    });
    const { headers } = await running.issueToken("ann", view("**"));
    const left = new AbortController();
    const answer = fetch(`${running.url}cameras/front/whep`, {
      method: "POST",
      headers: { ...headers, ...SDP },
      body: OFFER,
      signal: left.signal,
    }).catch(() => "aborted");
    await isAsked(running, "message");
    left.abort();
    assertEquals(await answer, "aborted");
    await until(() => running.janus.sessions.size === 0);
  });

  await t.step("before there is an upstream", async () => {
    await using scene = await whepScene();
    scene.janus.isSilent = true;
    const left = new AbortController();
    const begun = scene.begin({ signal: left.signal });
    await isAsked(scene, "create");
    left.abort();
    assertEquals(scene.places.count, 0);
    // The answer to `create` comes now, for nobody.
    scene.janus.isSilent = false;
    const [create] = scene.janus.got("create");
    scene.janus.pushRaw(JSON.stringify({
      janus: "success",
      transaction: create?.transaction,
      data: { id: 4_000_000_001 },
    }));
    assertEquals((await begun).response.status, 404);
    await until(() => scene.janus.got("destroy").length === 1);
  });
});
