import { assert, assertEquals } from "@std/assert";
import { deadline } from "@std/async/deadline";
import { delay } from "@std/async/delay";
import type { Name } from "../../../src/config/config.ts";
import { view } from "../../support/gateway.ts";
import { JanusServer } from "../../support/janus_server.ts";
import { RunningGateway, testCamera } from "../../support/running_gateway.ts";
import { startWatching } from "../../support/watching.ts";

const PATIENCE_MS = 10_000;
const USERS = { ann: view("**") };

async function watching(running: RunningGateway, camera: string) {
  const viewer = await running.watch(`cameras/${camera}/janus`, {
    ...await running.signIn("ann"),
    origin: running.origin,
  });
  await startWatching(viewer.socket, running, camera);
  return viewer;
}

Deno.test("Gateway.obey() ends just those whose camera has changed", async (t) => {
  const [front, back] = [testCamera("front"), testCamera("back")];
  const cases = [
    { name: "another title", camera: { ...back, title: "Yard" }, code: 0 },
    { name: "another id", camera: { ...back, id: "yard" }, code: 1013 },
    {
      name: "another plugin",
      camera: { ...back, plugin: "janus.plugin.other" },
      code: 1013,
    },
    {
      name: "an upstream that only a successor reaches",
      camera: { ...back, upstream: "far" as Name },
      code: 1013,
    },
    { name: "removed", camera: undefined, code: 4404 },
  ];
  for (const { name, camera, code } of cases) {
    await t.step(name, async () => {
      await using running = await RunningGateway.start({ users: USERS });
      const [stays, goes] = [
        await watching(running, "front"),
        await watching(running, "back"),
      ];
      running.configure({
        cameras: [front, ...camera === undefined ? [] : [camera]],
        upstreams: [
          ...running.config.upstreams,
          {
            name: "far" as Name,
            url: "ws://192.0.2.1/",
            apiSecretFile: undefined,
          },
        ],
      });
      if (code === 0) {
        await delay(600);
        assertEquals(goes.socket.readyState, goes.socket.OPEN);
      } else {
        const closed = await deadline(goes.closed, PATIENCE_MS);
        assertEquals(closed.code, code);
      }
      assertEquals(stays.socket.readyState, stays.socket.OPEN);
    });
  }
});

Deno.test("Gateway.obey() dials what is new and hangs up what is gone", async () => {
  await using running = await RunningGateway.start({ users: USERS });
  await using other = await JanusServer.start();
  const { headers } = await running.issueToken("ann", USERS.ann);
  const { upstreams } = running.config;
  const added = { name: "b" as Name, url: other.url, apiSecretFile: undefined };
  running.configure({
    upstreams: [...upstreams, added],
    cameras: [testCamera("front"), {
      ...testCamera("lab"),
      upstream: added.name,
    }],
  });
  const viewer = await running.watch("cameras/lab/janus", headers);
  assertEquals(viewer.status, 101);
  while (other.connectionCount === 0) await delay(10);
  running.configure({ upstreams, cameras: [testCamera("front")] });
  assertEquals((await deadline(viewer.closed, PATIENCE_MS)).code, 4404);
  while (other.connectionCount > 0) await delay(10);
  assertEquals(running.janus.connectionCount, 1);
});

Deno.test("Gateway.obey() counts for the very next request", async (t) => {
  await using running = await RunningGateway.start({ users: USERS });
  const { headers } = await running.issueToken("ann", USERS.ann);
  const address = async (forwarded: string) => {
    await running.request("nothing", {
      headers: { ...headers, "x-forwarded-for": forwarded },
    });
    return JSON.parse(running.logLines.at(-1) ?? "{}").ip;
  };

  await t.step("trusted proxies", async () => {
    assertEquals(await address("192.0.2.1"), "127.0.0.1");
    running.configure({ trustedProxies: ["127.0.0.1"] });
    assertEquals(await address("192.0.2.1"), "192.0.2.1");
    running.configure({});
    assertEquals(await address("192.0.2.1"), "127.0.0.1");
  });

  await t.step("public_url", async () => {
    const origin = "https://pi.example";
    const login = () =>
      running.request("api/login", {
        method: "POST",
        headers: { origin },
        json: { user: "ann", password: "wrong password" },
      });
    assertEquals((await login()).status, 403);
    running.configure({ publicUrl: `${origin}/` });
    assertEquals((await login()).status, 401);
    running.configure({});
  });

  await t.step("limits", async () => {
    const { limits } = running.config;
    const path = "cameras/front/janus";
    running.configure({ limits: { ...limits, viewers: 1 } });
    const first = await running.watch(path, headers);
    assertEquals((await running.watch(path, headers)).status, 503);
    running.configure({});
    const third = await running.watch(path, headers);
    assertEquals(third.status, 101);
    for (const { socket, closed } of [first, third]) {
      socket.close();
      await closed;
    }
  });

  await t.step("the log's level", async () => {
    running.configure({ logLevel: "error" });
    const before = running.logLines.length;
    await running.request("nothing", { headers });
    assertEquals(running.logLines.length, before);
    running.configure({});
    await running.request("nothing", { headers });
    assert(running.logLines.length > before);
  });
});

Deno.test("a gateway that retires lets go of its address, then of its life", async () => {
  await using running = await RunningGateway.start({ users: USERS });
  const { gateway, stateDir, janus } = running;
  const viewer = await watching(running, "front");
  await using successor = await RunningGateway.succeed(running);
  gateway.obey({ kind: "retire" });
  gateway.obey({ kind: "retire" });
  const answer = await running.request("readyz");
  assertEquals([answer.status, answer.text], [200, "ok\n"]);
  assertEquals(successor.gateway.address, gateway.address);
  assertEquals([stateDir, janus.connectionCount], [successor.stateDir, 2]);
  // They share users, tokens and sessions.
  const { headers } = await successor.issueToken("ann", USERS.ann);
  assertEquals((await running.request("api/session", { headers })).status, 200);
  let hasLeft = false;
  gateway.left.then(() => hasLeft = true);
  await delay(800);
  assert(!hasLeft);
  viewer.socket.close();
  await deadline(gateway.left, PATIENCE_MS);
});
