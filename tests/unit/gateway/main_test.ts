import { assert, assertEquals, assertRejects } from "@std/assert";
import { deadline } from "@std/async/deadline";
import { delay } from "@std/async/delay";
import type { GatewayReady } from "../../../src/config/handover.ts";
import { Gateway, runGateway } from "../../../src/gateway/main.ts";
import { recordingLog, temporaryFolder, view } from "../../support/gateway.ts";
import { JanusServer } from "../../support/janus_server.ts";
import {
  PASSWORD,
  RunningGateway,
  testHandover,
} from "../../support/running_gateway.ts";

const PATIENCE_MS = 10_000;

Deno.test("Gateway.drain() tells viewers, and refuses new ones", async () => {
  await using running = await RunningGateway.start({
    users: { ann: view("**") },
  });
  const headers = {
    ...await running.signIn("ann"),
    origin: running.origin,
  };
  const viewer = await running.watch("cameras/front/janus", headers);
  assertEquals((await running.request("readyz")).status, 200);
  const drained = running.gateway.drain();
  assertEquals((await running.request("readyz")).status, 503);
  const late = await running.watch("cameras/front/janus", headers);
  assertEquals(late.status, 503);
  assertEquals((await deadline(viewer.closed, PATIENCE_MS)).code, 1001);
  await deadline(drained, PATIENCE_MS);
});

Deno.test("runGateway() serves until it is to end, and leaves nothing", async () => {
  await using folder = await temporaryFolder();
  await using janus = await JanusServer.start();
  const { log } = recordingLog();
  const ended = new AbortController();
  const { promise, resolve } = Promise.withResolvers<GatewayReady>();
  const run = runGateway(
    testHandover({
      stateDir: `${folder.path}/new/state`,
      janusUrl: janus.url,
      options: {},
    }),
    { log, ended: ended.signal, ready: resolve },
  );
  const { url } = await promise;
  const response = await fetch(`${url}readyz`);
  assertEquals(await response.text(), "ok\n");
  const { mode } = await Deno.stat(`${folder.path}/new/state`);
  assertEquals((mode ?? 0) & 0o777, 0o700);
  ended.abort();
  await deadline(run, PATIENCE_MS);
  await assertRejects(() => fetch(`${url}readyz`), TypeError);
  while (janus.connectionCount > 0) await delay(10);
});

Deno.test("Gateway.start() leaves nothing when the port is taken", async () => {
  await using running = await RunningGateway.start();
  await using folder = await temporaryFolder();
  const { log } = recordingLog();
  const handover = testHandover({
    stateDir: folder.path,
    janusUrl: running.janus.url,
    options: { config: { listen: running.gateway.address } },
  });
  const error = await assertRejects(() => Gateway.start(handover, { log }));
  assertEquals((error as Error & { code?: string }).code, "EADDRINUSE");
});

Deno.test("a restart signs nobody out", async () => {
  await using folder = await temporaryFolder();
  await using janus = await JanusServer.start();
  const { log } = recordingLog();
  const handover = testHandover({
    stateDir: folder.path,
    janusUrl: janus.url,
    options: {},
  });
  let cookie = "";
  {
    await using gateway = await Gateway.start(handover, { log });
    const { url, link = "" } = gateway.ready;
    const response = await fetch(`${url}api/setup`, {
      method: "POST",
      headers: {
        origin: url.slice(0, -1),
        "content-type": "application/json",
      },
      body: JSON.stringify({
        code: link.split("#code=")[1],
        user: "ann",
        password: PASSWORD,
      }),
    });
    await response.body?.cancel();
    cookie = response.headers.get("set-cookie")?.split(";")[0] ?? "";
  }
  await using gateway = await Gateway.start(handover, { log });
  assertEquals(gateway.ready.link, undefined, "there is a user now");
  const response = await fetch(`${gateway.ready.url}api/session`, {
    headers: { cookie },
  });
  assertEquals((await response.json()).user, "ann");
});

Deno.test("no secret appears in any log line or error body", async () => {
  await using running = await RunningGateway.start({
    users: { ann: view("front") },
  });
  const { origin } = running;
  const outputs: string[] = [];
  const canary = "CANARY".repeat(8);
  const { cookie } = await running.signIn("ann");
  const { headers: bearer } = await running.issueToken("ann", view("**"));
  const attempts: Parameters<typeof running.request>[] = [
    [`api/cameras?token=${canary}`],
    [`api/cameras?q=${canary}`, { headers: { cookie } }],
    [`cameras/front/#code=${canary}`, { headers: { cookie } }],
    ["api/cameras", { headers: { authorization: `Bearer ${canary}` } }],
    ["api/cameras", { headers: { authorization: `Basic ${canary}` } }],
    ["api/cameras", { headers: { ...bearer, cookie: `a=${canary}` } }],
    ["api/cameras", { headers: { cookie: `nalgate-insecure=${canary}` } }],
    ["api/login", {
      method: "POST",
      headers: { origin },
      json: { user: "ann", password: canary },
    }],
    ["api/login", {
      method: "POST",
      headers: { origin },
      json: { user: canary, password: "typed into the wrong field" },
    }],
    ["api/login", {
      method: "POST",
      headers: { origin },
      json: { code: canary },
    }],
    ["api/login", {
      method: "POST",
      headers: { origin, "content-type": "application/json" },
      body: `{"password":"${canary}`,
    }],
    ["api/setup", {
      method: "POST",
      headers: { origin },
      json: { code: canary, user: "x", password: canary },
    }],
    ["api/login", {
      method: "POST",
      headers: { origin: `https://${canary}.example` },
      json: { user: "ann", password: canary },
    }],
  ];
  for (const attempt of attempts) {
    const { text, headers } = await running.request(...attempt);
    outputs.push(text, JSON.stringify([...headers]));
  }
  const { socket, closed } = await running.watch("cameras/front/janus", {
    cookie,
    origin,
  });
  socket.send(JSON.stringify({
    janus: "create",
    transaction: "t",
    apisecret: canary,
    token: canary,
  }));
  socket.send(`{"janus":"${canary}","transaction":"t","token":"${canary}"`);
  await delay(100);
  socket.close();
  await closed;
  assert(running.logLines.length > 10);
  const secrets = {
    canary,
    cookie: cookie.split("=")[1] ?? "",
    bearer: bearer.authorization.slice(-40),
    password: PASSWORD,
  };
  for (const [name, secret] of Object.entries(secrets)) {
    for (const line of [...running.logLines, ...outputs]) {
      assert(!line.includes(secret), `${name} in ${line}`);
    }
  }
});
