import { assert, assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import type { Config } from "../../src/config/config.ts";
import { parseConfig } from "../../src/config/parse.ts";
import {
  enginePermissions,
  gatewayPermissions,
  type Permissions,
  ROOT,
} from "../../src/supervisor/permissions.ts";
import { ownProgram } from "../../src/supervisor/programs.ts";
import { USTREAMER_PLUGIN } from "../../src/janus/message.ts";
import {
  addUser,
  CHEAP_PHC,
  temporaryFolder,
  view,
} from "../support/gateway.ts";
import { feedPattern } from "../support/live_feed.ts";
import { freePort } from "../support/nalgate.ts";
import { TestProcess } from "../support/process.ts";
import { PASSWORD } from "../support/running_gateway.ts";
import { sinkName } from "../support/sink.ts";
import type { Targets, Trespass } from "../support/trespasser.ts";
import { TestClient } from "../support/tunnel.ts";
import { Viewers } from "../support/viewer.ts";

/** Packages look for these, and do without when they are refused. */
const REFUSED = [
  // Where Node looks for a package last: in each folder above.
  `read ${join(ROOT, "..", "node_modules")}`,
  // By which detect-libc tells glibc from musl, before it asks ldd.
  "read /proc/self/exe",
];

function configOf(folder: string, sink: string): Config {
  return parseConfig({
    text: `listen: 127.0.0.1:${freePort()}\nstate: ${folder}/state\n` +
      `engine: { addresses: [127.0.0.1] }\n` +
      `cameras: { front: { sink: "${sink}" } }\n`,
    file: "nalgate.yaml",
    resolve: (path) => path,
    env: () => undefined,
  });
}

/** A process as the supervisor starts it, and the list of all it asked for. */
function audited(
  options: { name: string; permissions: Permissions; handover: unknown },
  audit: string,
): TestProcess {
  const { command, args, env } = ownProgram({
    ...options,
    env: (name) => Deno.env.get(name),
  });
  const process = new TestProcess({
    command,
    args,
    env: { ...env, DENO_AUDIT_PERMISSIONS: audit },
  });
  process.write(JSON.stringify(options.handover) + "\n").catch(() => {});
  return process;
}

/** One line of Deno's audit. */
interface Asked {
  readonly permission: string;
  readonly value: string | null;
}

async function askedFor(audit: string): Promise<Asked[]> {
  const lines = (await Deno.readTextFile(audit)).trim().split("\n");
  return lines.map((line) => JSON.parse(line));
}

/** Whether the table gives what was asked for. */
function isGiven(
  { permission, value }: Asked,
  permissions: Permissions,
): boolean {
  // What is not given is not set for it: `--ignore-env`.
  if (permission === "env") return true;
  const given: readonly string[] | undefined =
    permissions[permission as keyof Permissions];
  if (given === undefined) return false;
  if (given.length === 0 || value === null) return given.length === 0;
  if (permission === "net") return given.includes(value);
  return given.some((path) => value === path || value.startsWith(`${path}/`));
}

function beyond(asked: readonly Asked[], permissions: Permissions): string[] {
  const found = asked.filter((one) => !isGiven(one, permissions));
  const texts = found.map((one) => `${one.permission} ${one.value}`);
  return [...new Set(texts)].filter((text) => !REFUSED.includes(text));
}

Deno.test("gateway and engine ask for nothing beyond their permissions", async (t) => {
  await using folder = await temporaryFolder();
  const { path } = folder;
  const sink = sinkName();
  const config = configOf(path, sink);
  const user = { name: "ann", password: CHEAP_PHC, grants: view("**") };
  await Deno.mkdir(config.stateDir);
  await addUser(config.stateDir, user);
  await using _feed = feedPattern(sink, { size: "320x240", fps: 15 });

  const apiSecret = crypto.randomUUID();
  const { cameras, engine, logLevel } = config;
  const ofEngine = enginePermissions(config, 0);
  await using engineProcess = audited({
    name: "engine",
    permissions: ofEngine,
    handover: { apiSecret, port: 0, logLevel, cameras, engine },
  }, `${path}/engine.jsonl`);
  const [, url = ""] = await engineProcess.output("stdout", /"url":"([^"]+)"/);

  const ofGateway = gatewayPermissions(config, url);
  await using gatewayProcess = audited({
    name: "gateway",
    permissions: ofGateway,
    handover: { engine: { url, apiSecret }, config, demo: false },
  }, `${path}/gateway.jsonl`);
  const [, base = ""] = await gatewayProcess.output(
    "stdout",
    /"url":"([^"]+)"/,
  );
  await session(base);
  {
    await using viewers = await Viewers.at({ url, apiSecret });
    const viewer = await viewers.watch({ id: "front" });
    await viewer.received(10);
  }
  for (
    const [name, process, permissions] of [
      ["gateway", gatewayProcess, ofGateway],
      ["engine", engineProcess, ofEngine],
    ] as const
  ) {
    process.kill("SIGTERM");
    assertEquals((await process.exit()).code, 0);
    await t.step(name, async () => {
      const asked = await askedFor(`${path}/${name}.jsonl`);
      assert(asked.some(({ permission }) => permission === "net"));
      assertEquals(beyond(asked, permissions), []);
    });
  }
});

/** Everything that a user does: pages, signing in, a picture, signing out. */
async function session(base: string): Promise<void> {
  const origin = base.slice(0, -1);
  const post = (path: string, cookie: string, json: object) =>
    fetch(base + path, {
      method: "POST",
      headers: { origin, cookie, "content-type": "application/json" },
      body: JSON.stringify(json),
    });
  const signedIn = await post("api/login", "", {
    user: "ann",
    password: PASSWORD,
  });
  await signedIn.body?.cancel();
  const cookie = signedIn.headers.get("set-cookie")?.split(";")[0] ?? "";
  const pages = ["", "login", "cameras/front/", "api/cameras", "healthz"];
  for (const page of [...pages, "nosuch", "assets/app.css"]) {
    const response = await fetch(base + page, { headers: { cookie } });
    await response.body?.cancel();
  }
  await using client = await TestClient.connect(
    `${base.replace("http", "ws")}cameras/front/janus`,
    { headers: { cookie, origin } },
  );
  await client.open(USTREAMER_PLUGIN);
  const event = await client.askPlugin({ request: "watch" });
  assertEquals(event.plugindata?.data.result?.status, "started");
  const signedOut = await post("api/logout", cookie, {});
  assertEquals(signedOut.status, 204);
}

Deno.test("a gateway that goes astray is refused", async (t) => {
  await using folder = await temporaryFolder();
  const config = configOf(folder.path, sinkName());
  await Deno.mkdir(config.stateDir);
  using nobody = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let wasCalled = false;
  nobody.accept().then((connection) => {
    wasCalled = true;
    connection.close();
  }, () => {});
  const permissions = gatewayPermissions(config, "ws://127.0.0.1:1/");
  const { command, args, env } = ownProgram({
    name: "gateway",
    permissions,
    handover: undefined,
    env: (name) => Deno.env.get(name),
  });
  const script = fromFileUrl(
    new URL("../support/trespasser.ts", import.meta.url),
  );
  // The very flags; only the program is another.
  const flags = args.filter((arg) => arg.startsWith("-") || arg === "run");
  await using process = new TestProcess({
    command,
    args: [...flags, script],
    env: { ...env, CANARY: "secret" },
  });
  const targets: Targets = {
    stateDir: config.stateDir,
    port: nobody.addr.port,
  };
  await process.write(JSON.stringify(targets) + "\n");
  const { code } = await process.exit();
  assertEquals(code, 0, process.stderr);
  const outcomes = process.stdout.trim().split("\n")
    .map((line): Trespass => JSON.parse(line));
  assert(outcomes.length > 25);
  for (const { name, refused, outcome } of outcomes) {
    await t.step(name, () => assert(refused, outcome));
  }
  assert(!wasCalled, "somebody was called");
});
