import { assert, assertEquals, assertMatch } from "@std/assert";
import type { ViewerIceServer } from "../../../src/config/config.ts";
import {
  iceServersOf,
  turnCredentials,
} from "../../../src/gateway/ice_servers.ts";
import { USTREAMER_PLUGIN } from "../../../src/janus/message.ts";
import { ICE_SECRET_AGE_MAX_MS } from "../../../src/limits.ts";
import {
  recordingLog,
  temporaryFolder,
  testClock,
  view,
} from "../../support/gateway.ts";
import { RunningGateway } from "../../support/running_gateway.ts";
import { TestClient } from "../../support/tunnel.ts";

const SERVER: ViewerIceServer = {
  url: "stun:stun.example",
  secretFile: undefined,
  ttlMs: 3_600_000,
  cameras: [],
  networks: [],
};

const FRONT = { key: "front" };
const HERE = { address: "127.0.0.1" };
const ANN = { userId: "5e1f" };

function giver(servers: readonly Partial<ViewerIceServer>[]) {
  const { log, lines } = recordingLog();
  const clock = testClock();
  const iceServers = iceServersOf({
    servers: () => servers.map((server) => ({ ...SERVER, ...server })),
    log,
    now: clock.now,
  });
  return { iceServers, lines, clock };
}

Deno.test("turnCredentials() makes what coturn's own client makes", () => {
  // echo -n 1700000000:ann | openssl dgst -binary -sha1 -hmac north | base64
  assertEquals(
    turnCredentials({ secret: "north", user: "ann", expiresMs: 1.7e12 + 999 }),
    { username: "1700000000:ann", credential: "jeamH6dA5l2I9g3jmieza7CzEDo=" },
  );
});

Deno.test("iceServersOf() gives servers to whom they are for", async (t) => {
  const { iceServers } = giver([
    { url: "stun:all" },
    { url: "stun:front", cameras: ["front", "garage/*"] },
    { url: "stun:office", networks: ["10.0.0.0/8", "2001:db8::/32"] },
    { url: "stun:both", cameras: ["front"], networks: ["10.0.0.0/8"] },
  ]);
  const cases: readonly [string, string, readonly string[]][] = [
    ["front", "10.1.2.3", ["all", "front", "office", "both"]],
    ["front", "192.0.2.1", ["all", "front"]],
    ["garage/side", "2001:db8::1", ["all", "front", "office"]],
    ["back", "127.0.0.1", ["all"]],
    ["back", "no address", ["all"]],
  ];
  for (const [key, address, expected] of cases) {
    await t.step(`${key} from ${address}`, () => {
      assertEquals(
        iceServers({ key }, { address }, ANN),
        expected.map((name) => ({ urls: `stun:${name}` })),
      );
    });
  }
});

Deno.test("iceServersOf() mints credentials that tell no name", async () => {
  await using folder = await temporaryFolder();
  const secretFile = `${folder.path}/turn`;
  await Deno.writeTextFile(secretFile, "north\n");
  const { iceServers, clock } = giver([
    { url: "turn:t", secretFile, ttlMs: 60_000 },
  ]);
  const [one] = iceServers(FRONT, HERE, ANN);
  const [expiry, tag = ""] = (one?.username ?? "").split(":");
  assertEquals(Number(expiry), Math.floor((clock.now() + 60_000) / 1000));
  assertMatch(tag, /^u[0-9a-f]{16}$/);
  assert(!tag.includes(ANN.userId));
  assertEquals(one, {
    urls: "turn:t",
    ...turnCredentials({
      secret: "north",
      user: tag,
      expiresMs: clock.now() + 60_000,
    }),
  });
  const [other] = iceServers(FRONT, HERE, { userId: "0dd" });
  assert(other?.username !== one?.username);
  clock.advance(10_000);
  const [later] = iceServers(FRONT, HERE, ANN);
  assertEquals(later?.username, `${Number(expiry) + 10}:${tag}`);
});

Deno.test("iceServersOf() reads a secret anew, and goes on without one", async () => {
  await using folder = await temporaryFolder();
  const { path } = folder;
  await Deno.writeTextFile(`${path}/password`, "CANARY-1\n");
  const { iceServers, clock, lines } = giver([
    { url: "turn:a", secretFile: `${path}/missing` },
    { url: "turn:b", username: "u", credentialFile: `${path}/password` },
    { url: "turn:c", secretFile: `${path}/empty` },
  ]);
  await Deno.writeTextFile(`${path}/empty`, " \n");
  const asked = () => iceServers(FRONT, HERE, ANN);
  const b = { urls: "turn:b", username: "u", credential: "CANARY-1" };
  assertEquals(asked(), [b]);
  assertEquals(asked(), [b]);
  await Deno.writeTextFile(`${path}/password`, "CANARY-2");
  await Deno.writeTextFile(`${path}/missing`, "there");
  assertEquals(asked(), [b]);
  clock.advance(ICE_SECRET_AGE_MAX_MS);
  assertEquals(asked().map(({ urls }) => urls), ["turn:a", "turn:b"]);
  assertEquals(asked()[1], { ...b, credential: "CANARY-2" });
  assertEquals(
    lines.map((line) => JSON.parse(line).file),
    [`${path}/missing`, `${path}/empty`],
  );
  assert(!lines.join().includes("CANARY"));
});

Deno.test("a viewer is told of its ICE servers, and of nobody else's", async (t) => {
  await using folder = await temporaryFolder();
  const secretFile = `${folder.path}/turn`;
  await Deno.writeTextFile(secretFile, "north");
  await using running = await RunningGateway.start({
    users: { ann: view("front") },
    config: {
      iceServers: [
        SERVER,
        { ...SERVER, url: "turn:t", secretFile, cameras: ["front"] },
        { ...SERVER, url: "turn:back", secretFile, cameras: ["back"] },
      ],
    },
  });
  const { headers } = await running.issueToken("ann", view("**"));

  await t.step("by HTTP, as an RTCConfiguration", async () => {
    const answer = await running.request("cameras/front/ice-servers", {
      headers,
    });
    assertEquals(answer.status, 200);
    assertEquals(answer.headers.get("cache-control"), "no-store");
    const { iceServers } = JSON.parse(answer.text);
    assertEquals(iceServers.length, 2);
    assertEquals(iceServers[0], { urls: "stun:stun.example" });
    assertEquals(Object.keys(iceServers[1]), [
      "urls",
      "username",
      "credential",
    ]);
    const back = await running.request("cameras/back/ice-servers", { headers });
    assertEquals(back.status, 403);
    assertEquals(
      (await running.request("cameras/front/ice-servers")).status,
      401,
    );
  });

  await t.step("by the plugin's answer to features", async () => {
    await using client = await TestClient.connect(
      `${running.url.replace("http", "ws")}cameras/front/janus`,
      { headers },
    );
    await client.open(USTREAMER_PLUGIN);
    const event = await client.askPlugin({ request: "features" });
    const { ice } = event.plugindata.data.result.features;
    assertEquals(ice.url, "stun:stun.example");
    assertEquals(ice.servers.length, 2);
    assertEquals(ice.servers[0], { urls: "stun:stun.example" });
    assertMatch(ice.servers[1].username, /^\d+:u[0-9a-f]{16}$/);
  });
});
