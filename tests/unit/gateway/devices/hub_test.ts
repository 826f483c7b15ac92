import { assert, assertEquals, assertMatch } from "@std/assert";
import { deadline } from "@std/async/deadline";
import { jwtVerify } from "jose";
import { hkdfSync } from "node:crypto";
import type { Name } from "../../../../src/config/config.ts";
import { Machines } from "../../../../src/gateway/auth/machine.ts";
import { signUserClaim } from "../../../../src/gateway/auth/user_claim.ts";
import { openDevice } from "../../../../src/gateway/devices/open_device.ts";
import type { WatchResult } from "../../../support/handshake.ts";
import { recordingLog, view } from "../../../support/gateway.ts";
import { HubScene, nalgateAt } from "../../../support/hub.ts";
import { JanusServer } from "../../../support/janus_server.ts";
import { until } from "../../../support/tunnel.ts";
import type { RunningGateway } from "../../../support/running_gateway.ts";

const PATIENCE_MS = 20_000;
const GARAGE = "devices/garage/cameras/front/";

/** Creates and attaches, and waits for the answers. */
async function attach({ socket }: WatchResult): Promise<void> {
  const ask = (message: object) =>
    new Promise<{ data: { id: number } }>((resolve) => {
      socket.once("message", (data) => resolve(JSON.parse(String(data))));
      socket.send(JSON.stringify({ ...message, transaction: "t" }));
    });
  const { data: { id } } = await ask({ janus: "create" });
  const { data } = await ask({
    janus: "attach",
    "session_id": id,
    plugin: "janus.plugin.ustreamer",
  });
  socket.send(JSON.stringify({
    janus: "message",
    "session_id": id,
    "handle_id": data.id,
    transaction: "w",
    body: { request: "watch" },
  }));
}

async function openViewer(
  hub: RunningGateway,
  headers: Record<string, string>,
) {
  const { origin } = hub;
  const viewer = await hub.watch(`${GARAGE}janus`, { ...headers, origin });
  assertEquals(viewer.status, 101);
  return viewer;
}

Deno.test("a hub lists its devices' cameras to whoever may view them", async (t) => {
  const users = {
    all: view("**"),
    own: view("*"),
    garage: view("garage/*"),
    fronts: view("front", "*/front"),
    shelf: view("garage/shelf"),
    other: view("attic/*"),
  };
  await using scene = await HubScene.start({ users });
  const { hub } = scene;
  await scene.becomes("open", await hub.signIn("all"));
  const cases: Readonly<Record<keyof typeof users, readonly string[]>> = {
    all: ["cameras/front/", GARAGE, "devices/garage/cameras/shelf/"],
    own: ["cameras/front/"],
    garage: [GARAGE, "devices/garage/cameras/shelf/"],
    fronts: ["cameras/front/", GARAGE],
    shelf: ["devices/garage/cameras/shelf/"],
    other: [],
  };
  for (const [user, paths] of Object.entries(cases)) {
    await t.step(user, async () => {
      const headers = await hub.signIn(user);
      const list = await scene.list(headers);
      assertEquals(list.cameras.map(({ path }) => path), paths);
      const hasGarage = paths.some((path) => path.startsWith("devices/"));
      assertEquals(list.devices.length, hasGarage ? 1 : 0);
      const health = await hub.request("healthz", { headers });
      assertEquals(health.text.includes("garage"), hasGarage);
      const page = await hub.request("", { headers });
      assertEquals(page.text.includes("The garage"), hasGarage);
      for (const path of [GARAGE, GARAGE.slice(0, -1)]) {
        const answer = await hub.request(path, { headers });
        const good = path.endsWith("/") ? 200 : 302;
        assertEquals(answer.status, paths.includes(GARAGE) ? good : 403, path);
      }
      const { status, socket, closed } = await hub.watch(`${GARAGE}janus`, {
        ...headers,
        origin: hub.origin,
      });
      assertEquals(status, paths.includes(GARAGE) ? 101 : 403);
      socket.close();
      await closed;
    });
  }
});

Deno.test("a hub tells a device who watches, and nothing else", async () => {
  await using scene = await HubScene.start();
  const { hub, device, cable, token } = scene;
  const headers = await hub.signIn("ann");
  await scene.becomes("open", headers);
  const viewer = await openViewer(hub, headers);
  await attach(viewer);
  const watched = () =>
    device.janus.received.find(({ body }) => body?.request === "watch");
  await until(() => watched() !== undefined);
  assertEquals(watched()?.body.id, "front");
  const { session_id, handle_id } = watched() ?? {};
  device.janus.push({ janus: "webrtcup", session_id, sender: handle_id });
  const audit = () =>
    device.logLines.filter((line) => line.includes('"watch started"'));
  await until(() => audit().length === 1);
  assertMatch(audit()[0] ?? "", /"user":"[^"]*ann/);
  const [head = ""] = cable.heads(/^GET \/cameras\/front\/janus /);
  assertMatch(head, /^upgrade: websocket$/im);
  const field = (name: string) =>
    new RegExp(`^${name}: (.*)$`, "im").exec(head)?.[1] ?? "";
  assertEquals(field("authorization"), `Bearer ${token.text}`);
  const key = hkdfSync("sha256", token.text, "", "nalgate user claim", 32);
  const { payload, protectedHeader } = await jwtVerify(
    field("nalgate-user"),
    new Uint8Array(key),
    { audience: cable.url, typ: "nalgate-user+jwt", algorithms: ["HS256"] },
  );
  assertEquals(protectedHeader.alg, "HS256");
  assertEquals(payload.iss, hub.gateway.auth.instance);
  assertEquals(payload.sub, "ann");
  assert((payload.exp ?? Infinity) - (payload.iat ?? 0) <= 60);
  assertMatch(payload.jti ?? "", /^[0-9a-f]{24}$/);
  // What ann has here stays here.
  const secret = headers.cookie.split("=")[1] ?? "";
  assert(secret.length > 20);
  assert(cable.sent.every((text) => !text.includes(secret)));
  viewer.socket.close();
  await until(() => device.janus.sessions.size <= 1);
});

Deno.test("a hub passes on what ends a view on the device", async (t) => {
  const cases: readonly {
    name: string;
    end: (scene: HubScene) => Promise<unknown>;
    code: number;
    state: string;
  }[] = [
    {
      name: "a right that ends there",
      end: async ({ device }) => {
        const file = `${device.stateDir}/machines.json`;
        const machines = JSON.parse(await Deno.readTextFile(file));
        machines[0].grants = view("shelf");
        await Deno.writeTextFile(file, JSON.stringify(machines));
      },
      code: 4403,
      state: "open",
    },
    {
      name: "a token that is revoked there",
      end: async ({ device, token }) => {
        const { stateDir } = device;
        const machines = await Machines.open({ stateDir, now: Date.now });
        await machines.revoke(({ id }) => id === token.id);
      },
      code: 1013,
      state: "device_refused",
    },
    {
      name: "a device that is gone",
      end: ({ cable }) => cable.unplug(),
      code: 1013,
      state: "device_offline",
    },
    {
      name: "its media server that restarts",
      end: ({ device }) => {
        device.janus.cut();
        return Promise.resolve();
      },
      code: 1013,
      state: "open",
    },
  ];
  for (const { name, end, code, state } of cases) {
    await t.step(name, async () => {
      await using scene = await HubScene.start();
      const headers = await scene.hub.signIn("ann");
      await scene.becomes("open", headers);
      const viewer = await openViewer(scene.hub, headers);
      await attach(viewer);
      await end(scene);
      const closed = await deadline(viewer.closed, PATIENCE_MS);
      assertEquals(closed.code, code, closed.reason);
      await scene.becomes(state, headers);
    });
  }
});

Deno.test("a device that is off keeps its cameras, and comes back", async () => {
  await using scene = await HubScene.start();
  const { hub, cable } = scene;
  const headers = await hub.signIn("ann");
  await scene.becomes("open", headers);
  const before = Date.now();
  await cable.unplug();
  const away = await scene.becomes("device_offline", headers);
  const [device] = away.devices;
  assertEquals(device?.title, "The garage");
  assertEquals(device?.detail, "Nothing listens at its address.");
  assert((device?.since ?? 0) >= before);
  const states = away.cameras.map(({ path, state }) => `${path} ${state}`);
  assertEquals(states.slice(1), [
    `${GARAGE} device_offline`,
    "devices/garage/cameras/shelf/ device_offline",
  ]);
  // No page waits for it; whether others are well is not its business.
  assertEquals((await hub.request("", { headers })).status, 200);
  assertEquals((await hub.request("healthz", { headers })).status, 200);
  // Who comes a little too early waits for it.
  const viewer = await openViewer(hub, headers);
  const attached = attach(viewer);
  await cable.plug();
  await deadline(attached, PATIENCE_MS);
  await scene.becomes("open", headers);
  viewer.socket.close();
  await viewer.closed;
});

Deno.test("hubs form neither chains nor rings", async (t) => {
  await using attic = await JanusServer.start();
  await using scene = await HubScene.start({
    device: {
      devices: [{
        kind: "janus",
        name: "attic" as Name,
        title: "Attic",
        url: attic.url,
        apiSecretFile: undefined,
        cameras: [{
          name: "roof" as Name,
          title: "Roof",
          plugin: "janus.plugin.ustreamer",
          id: undefined,
        }],
      }],
    },
  });
  const { hub, device, token } = scene;
  const headers = await hub.signIn("ann");
  const list = await scene.becomes("open", headers);

  await t.step("a device's own devices are not listed", async () => {
    const bearer = { authorization: `Bearer ${token.text}` };
    const { text } = await device.request("api/cameras", { headers: bearer });
    assert(text.includes("devices/attic/cameras/roof/"), text);
    assertEquals(list.cameras.length, 3);
  });

  await t.step("nor are they served to another nalgate", async () => {
    const bearer = { authorization: `Bearer ${token.text}` };
    const path = "devices/attic/cameras/roof/";
    const direct = await device.request(path, { headers: bearer });
    assertEquals(direct.status, 200);
    for (const each of [path, `${path}janus`, `${path}whep`]) {
      const claim = await signUserClaim({
        token: token.text,
        instance: hub.gateway.auth.instance,
        audience: device.url,
        user: "ann",
        now: Date.now,
      });
      const { status, text } = await device.request(each, {
        headers: { ...bearer, "nalgate-user": claim },
      });
      assertEquals(status, 508, each);
      assertEquals(JSON.parse(text).error, "loop");
    }
  });

  await t.step("a device that is the hub itself says so", async () => {
    const { gateway, stateDir } = hub;
    const own = await hub.issueToken("ann", view("**"));
    const tokenFile = `${stateDir}/own.token`;
    const [, text = ""] = own.headers.authorization.split(" ");
    await Deno.writeTextFile(tokenFile, text);
    const { log } = recordingLog();
    await using mirror = openDevice(nalgateAt(hub.url, { tokenFile }), {
      instance: gateway.auth.instance,
      readSecret: Deno.readTextFile,
      log,
    });
    await until(() => mirror.status.state !== "device_connecting");
    assertEquals(mirror.status.state, "device_loop");
    assertEquals(mirror.cameras, []);
  });
});

Deno.test("a bare Janus is a device too", async () => {
  await using janus = await JanusServer.start({
    cameras: [{ id: "1", state: "live", fps: 30 }],
  });
  const camera = (name: string, id: string) => ({
    name: name as Name,
    title: name,
    plugin: "janus.plugin.ustreamer",
    id,
  });
  await using scene = await HubScene.start({
    devices: [{
      kind: "janus",
      name: "attic" as Name,
      title: "Attic",
      url: janus.url,
      apiSecretFile: undefined,
      cameras: [camera("roof", "1"), camera("sky", "2")],
    }],
  });
  const { hub } = scene;
  const headers = await hub.signIn("ann");
  await scene.becomes("open", headers, "attic");
  const path = "devices/attic/cameras/roof/janus";
  const viewer = await hub.watch(path, { ...headers, origin: hub.origin });
  await attach(viewer);
  const watched = () =>
    janus.received.find(({ body }) => body?.request === "watch");
  await until(() => watched() !== undefined);
  assertEquals(watched()?.body.id, "1");
  viewer.socket.close();
  await viewer.closed;
  const stateOf = async (name: string) =>
    (await scene.list(headers)).cameras.find((each) => each.name === name)
      ?.state;
  for (let round = 0; await stateOf("roof") !== "live"; round++) {
    assert(round < 200, "its state is never known");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assertEquals(await stateOf("sky"), "unknown");
  janus.cut();
  await janus[Symbol.asyncDispose]();
  const list = await scene.becomes("device_offline", headers, "attic");
  assertEquals(
    list.cameras.filter(({ device }) => device === "attic")
      .map(({ state }) => state),
    ["device_offline", "device_offline"],
  );
});

Deno.test("names of devices and cameras are looked at before any look-up", async (t) => {
  await using scene = await HubScene.start();
  const { hub } = scene;
  const headers = await hub.signIn("ann");
  const odd = ["Garage", "-garage", "garage.x", "a".repeat(64), "%67arage"];
  for (const name of odd) {
    for (
      const path of [
        `devices/${name}/cameras/front/`,
        `devices/garage/cameras/${name}/`,
      ]
    ) {
      await t.step(path.slice(0, 60), async () => {
        const { status } = await hub.request(path, { headers });
        assertEquals(status, 404);
      });
    }
  }
  await t.step("unknown ones are not there", async () => {
    await scene.becomes("open", headers);
    for (const path of ["attic/cameras/front", "garage/cameras/none"]) {
      const { status } = await hub.request(`devices/${path}/`, { headers });
      assertEquals(status, 404);
    }
  });
});
