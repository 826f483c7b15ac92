import { assert, assertEquals } from "@std/assert";
// @ts-types="@types/ws"
import { WebSocket } from "ws";
import { Machines } from "../../../src/gateway/auth/machine.ts";
import { Tokens } from "../../../src/gateway/auth/token.ts";
import { signUserClaim } from "../../../src/gateway/auth/user_claim.ts";
import { addUser, CHEAP_PHC, view } from "../../support/gateway.ts";
import { IdentityProvider } from "../../support/identity_provider.ts";
import { JanusServer } from "../../support/janus_server.ts";
import { startNalgate, Workplace } from "../../support/nalgate.ts";
import {
  argumentsOf,
  childrenOf,
  environmentOf,
} from "../../support/process.ts";
import { PASSWORD } from "../../support/running_gateway.ts";
import { until } from "../../support/tunnel.ts";

/** In files that the processes read; nobody else may ever see them. */
const API_SECRET = "CANARY-api-secret-0123456789";
const TURN_PASSWORD = "CANARY-turn-password-0123456789";
const PROXY_SECRET = "CANARY-proxy-secret-0123456789";
const TURN_SECRET = "CANARY-turn-secret-0123456789";

Deno.test("no process lets a secret out", async (t) => {
  await using place = await Workplace.create();
  await using janus = await JanusServer.start({ apiSecret: API_SECRET });
  const stateDir = `${place.folder}/state`;
  await Deno.mkdir(stateDir);
  const user = await addUser(stateDir, {
    name: "ann",
    password: CHEAP_PHC,
    grants: [{ right: "admin", cameras: "**" }],
  });
  const tokens = await Tokens.open({ stateDir, now: Date.now });
  const { token } = await tokens.issue({
    user,
    scope: view("**"),
    ageMaxMs: 3_600_000,
  });
  const machines = await Machines.open({ stateDir, now: Date.now });
  const { token: machine } = await machines.issue({
    name: "rig",
    grants: view("**"),
    speaksForUsers: true,
  });
  const claim = await signUserClaim({
    token: machine,
    instance: "nalgate-of-the-hub",
    audience: "http://elsewhere.example/",
    user: "eve",
    now: Date.now,
  });
  await using provider = await IdentityProvider.start();
  const provided = await provider.sign();
  await Deno.writeTextFile(`${place.folder}/proxy`, PROXY_SECRET);
  await Deno.writeTextFile(`${place.folder}/api`, API_SECRET);
  await Deno.writeTextFile(`${place.folder}/turn`, TURN_PASSWORD);
  await Deno.writeTextFile(`${place.folder}/shared`, TURN_SECRET);
  const file = await place.configure(`
listen: 127.0.0.1:0
log: { level: debug }
cameras:
  lab: { upstream: lab }
  own: { sink: "nalgate-test::secrets" }
upstreams:
  lab: { janus: { url: "${janus.url}", api_secret_file: api } }
engine:
  addresses: [127.0.0.1]
  ice_servers:
    - { url: "turn:127.0.0.1:9", username: u, credential_file: turn }
basic_auth: on
identity_providers: { corp: { issuer: "${provider.issuer}", audience: cameras } }
proxy_auth: { peers: [127.0.0.1], secret_file: proxy }
ice_servers:
  - { url: "turn:127.0.0.1:9", secret_file: shared }
`);
  await using serve = startNalgate("serve", "--config", file);
  const [, url = ""] = await serve.output("stdout", /is at (\S+)\n/);
  const origin = url.slice(0, -1);
  await until(() => janus.connectionCount === 1);
  const seen: string[] = [];
  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(url + path, { redirect: "manual", ...init });
    seen.push(await response.text());
    return response;
  };
  const post = (json: object) => ({
    method: "POST",
    headers: { origin, "content-type": "application/json" },
    body: JSON.stringify(json),
  });
  const good = post({ user: "ann", password: PASSWORD });
  const { headers } = await ask("api/login", good);
  const [cookie = ""] = (headers.get("set-cookie") ?? "").split(";");
  assert(cookie.includes("="));
  for (const camera of ["lab", "own"]) {
    const socket = new WebSocket(
      `${url.replace("http", "ws")}cameras/${camera}/janus`,
      "janus-protocol",
      { headers: { cookie, origin } },
    );
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.once("open", () => {
      socket.send('{"janus":"create","transaction":"t"}');
    });
    const first = await new Promise((resolve) =>
      socket.once("message", (data) => resolve(String(data)))
    );
    seen.push(String(first));
    assert(seen.at(-1)?.includes('"success"'), seen.at(-1));
    socket.close();
    await closed;
  }
  // These answers hold a secret, which is theirs to hold.
  const told = async (path: string, json: object) => {
    const { headers, ...init } = post(json);
    const answer = await fetch(url + path, {
      ...init,
      headers: { ...headers, cookie },
    });
    return await answer.json();
  };
  const { ticket } = await told("api/tickets", { camera: "own" });
  const { link } = await told("api/shares", { camera: "own", ttl: "1h" });
  const share = link.split("#code=")[1];
  await ask(`cameras/own/?ticket=${ticket}`);
  await ask("cameras/own/janus", {
    headers: { authorization: `Bearer ${ticket}` },
  });
  const viewer = new WebSocket(
    `${url.replace("http", "ws")}cameras/own/janus?ticket=${ticket}`,
    "janus-protocol",
  );
  await new Promise((resolve) => viewer.once("open", resolve));
  viewer.terminate();
  await ask("api/shares", { headers: { cookie } });
  await ask("api/shares/open", post({ code: `${share}x` }));
  await ask("api/shares/open", post({ code: share }));
  const bearer = { authorization: `Bearer ${token}` };
  const pages = { cookie, accept: "text/html" };
  await ask("api/cameras", { headers: bearer });
  await ask("api/cameras", { headers: { authorization: `Bearer ${token}x` } });
  const others: Readonly<Record<string, [HeadersInit, status: number]>> = {
    "machine": [{ authorization: `Bearer ${machine}` }, 200],
    "no machine": [{ authorization: `Bearer ${machine}x` }, 401],
    "claim": [{
      authorization: `Bearer ${machine}`,
      "nalgate-user": claim,
    }, 401],
    "provider": [{ authorization: `Bearer ${provided}` }, 200],
    "no provider": [{ authorization: `Bearer ${provided}x` }, 401],
    "basic": [{ authorization: `Basic ${btoa(`ann:${PASSWORD}`)}` }, 200],
    "no basic": [{ authorization: `Basic ${btoa(`ann:${PASSWORD}x`)}` }, 401],
    "proxy": [{
      "nalgate-proxy-secret": PROXY_SECRET,
      "remote-user": "bob",
    }, 200],
    "no proxy": [{
      "nalgate-proxy-secret": `${PROXY_SECRET}x`,
      "remote-user": "bob",
    }, 401],
  };
  for (const [name, [headers, status]] of Object.entries(others)) {
    await t.step(`${name}: ${status}`, async () => {
      assertEquals((await ask("api/cameras", { headers })).status, status);
    });
  }
  await ask(`api/cameras?token=${token}`);
  await ask("healthz", { headers: bearer });
  await ask("cameras/own/ice-servers", { headers: bearer });
  assert(seen.at(-1)?.includes('"credential"'), seen.at(-1));
  await ask("cameras/own/", { headers: pages });
  await ask("", { headers: pages });
  await ask("nosuch", { headers: pages });
  await ask("api/login", post({ user: "ann", password: `${PASSWORD}!` }));
  await ask("api/login", post({ user: PASSWORD, password: token }));

  const outside: string[] = [];
  const pids = [serve.pid, ...await childrenOf(serve.pid)];
  assertEquals(pids.length, 3, "supervisor, engine, gateway");
  for (const pid of pids) {
    outside.push(...await argumentsOf(pid), ...await environmentOf(pid));
  }
  serve.kill("SIGTERM");
  assertEquals((await serve.exit()).code, 0);

  const secrets = {
    "api secret": API_SECRET,
    "TURN password": TURN_PASSWORD,
    "TURN secret": TURN_SECRET,
    password: PASSWORD,
    "password hash": CHEAP_PHC.split("$").at(-1) ?? "",
    cookie: cookie.split("=")[1] ?? "",
    token: token.split(".")[2] ?? "",
    "machine's token": machine.split("_").slice(2).join("_"),
    "hub's claim": claim.split(".")[2] ?? "",
    "provider's token": provided.split(".")[2] ?? "",
    "proxy's secret": PROXY_SECRET,
    "Basic": btoa(`ann:${PASSWORD}`),
    ticket,
    "share link": share,
  };
  const outputs = {
    "standard output": [serve.stdout],
    "standard error": [serve.stderr],
    "arguments and environments": outside,
    "bodies and messages": seen,
  };
  for (const [place, texts] of Object.entries(outputs)) {
    for (const [name, secret] of Object.entries(secrets)) {
      await t.step(`no ${name} in ${place}`, () => {
        assert(secret.length > 8);
        for (const text of texts) assert(!text.includes(secret), text);
      });
    }
  }
  await t.step("the secret of this start is nobody's argument either", () => {
    const random = /(?:^|[=,:])[\w-]{43}$/;
    assertEquals(outside.filter((text) => random.test(text)), []);
  });
  await t.step("something was written at all", () => {
    assert(serve.stderr.includes("upstream open"), serve.stderr);
    assert(seen.join("").length > 5_000);
  });
});
