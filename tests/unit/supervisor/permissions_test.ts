import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import type { Config } from "../../../src/config/config.ts";
import { parseConfig } from "../../../src/config/parse.ts";
import {
  covers,
  doctorPermissions,
  enginePermissions,
  feedPermissions,
  gatewayPermissions,
  permissionFlags,
  type Permissions,
  ROOT,
} from "../../../src/supervisor/permissions.ts";
import { ownProgram } from "../../../src/supervisor/programs.ts";

function config(text: string): Config {
  return parseConfig({
    text: `state: /state\n${text}`,
    file: "nalgate.yaml",
    resolve: (path) => path,
    env: () => undefined,
  });
}

const WASM = join(ROOT, "wasm", "build");
const CODE = [join(ROOT, "src"), join(ROOT, "node_modules")];

Deno.test("permissionFlags() spells Deno's flags", () => {
  assertEquals(
    permissionFlags({ net: ["a:1", "b:2"], read: ["/x,y"], ffi: [] }),
    [
      "--no-prompt",
      "--ignore-env",
      "--allow-net=a:1,b:2",
      "--allow-read=/x,,y",
      "--allow-ffi",
    ],
  );
  assertEquals(permissionFlags({ denyWrite: ["/x,y", "/z"] }), [
    "--no-prompt",
    "--ignore-env",
    "--deny-write=/x,,y,/z",
  ]);
});

Deno.test("the gateway may listen, dial its upstreams and keep its state", async (t) => {
  const upstream = (url: string) =>
    `upstreams: {lab: {janus: {url: "${url}", api_secret_file: /secret}}}`;
  const cases: readonly {
    name: string;
    text: string;
    engine: string | undefined;
    net: string[];
  }[] = [
    {
      name: "an engine alone",
      text: "",
      engine: "ws://127.0.0.1:4000/",
      net: ["127.0.0.1:8080", "127.0.0.1:4000"],
    },
    {
      name: "an upstream on its scheme's port",
      text: upstream("wss://janus.example/x"),
      engine: undefined,
      net: ["127.0.0.1:8080", "janus.example:443"],
    },
    {
      name: "IPv6 on both sides",
      text: `listen: "[::]:81"\n${upstream("ws://[::1]/")}`,
      engine: undefined,
      net: ["[::]:81", "[::1]:80"],
    },
  ];
  for (const { name, text, engine, net } of cases) {
    await t.step(name, () => {
      const permissions = gatewayPermissions(config(text), engine);
      const secrets = text.includes("/secret") ? ["/secret"] : [];
      assertEquals(permissions, {
        net,
        read: [...CODE, join(ROOT, "build", "web"), "/state", ...secrets],
        write: ["/state"],
        env: ["JOURNAL_STREAM", "NO_COLOR"],
      });
    });
  }
});

Deno.test("the gateway may not write what a Janus of ours loads", () => {
  const text = "upstreams: {local: {janus: spawn}}";
  const { write, denyWrite } = gatewayPermissions(config(text), undefined);
  assertEquals(write, ["/state"]);
  assertEquals(denyWrite, ["/state/janus"]);
});

Deno.test("the engine may not write, nor reach more than its own port", () => {
  const text =
    "engine: {ice_servers: [{url: 'turn:t', username: u, credential_file: /c}]}";
  assertEquals(enginePermissions(config(text), 4000), {
    net: ["127.0.0.1:4000"],
    read: [...CODE, WASM, "/usr/bin/ldd", "/c"],
    env: ["JOURNAL_STREAM", "NO_COLOR"],
    ffi: [],
  });
});

Deno.test("a camera of the demo may read its clip and the packetizer", () => {
  const permissions = feedPermissions("/clip.h264");
  assertEquals(permissions.read, ["/clip.h264", WASM]);
  assertEquals([permissions.net, permissions.write], [undefined, undefined]);
});

Deno.test("the doctor's dialler reads its secrets and can do nothing else", () => {
  const text = "ice_servers: [{url: 'turn:t', secret_file: /turn}]\n" +
    "upstreams: {lab: {janus: {url: 'ws://h', api_secret_file: /api}}}";
  assertEquals(doctorPermissions(config(text)), {
    net: [],
    read: [...CODE, "/api", "/turn"],
    env: ["JOURNAL_STREAM", "NO_COLOR"],
    sys: ["networkInterfaces"],
  });
});

Deno.test("no secret stands in a child's arguments or environment", () => {
  const { args, env, handover } = ownProgram({
    name: "engine",
    permissions: enginePermissions(config(""), 0),
    handover: { apiSecret: "canary" },
    env: () => "value",
  });
  assert(!JSON.stringify([args, env]).includes("canary"));
  assertEquals(handover, { apiSecret: "canary" });
});

Deno.test("deno.json gives all permissions to nobody", async () => {
  const text = await Deno.readTextFile(join(ROOT, "deno.json"));
  const { tasks, permissions } = JSON.parse(text);
  for (const [name, task] of Object.entries(tasks)) {
    const command = typeof task === "string"
      ? task
      : (task as { command?: string }).command ?? "";
    assert(!/(^|\s)(-A|--allow-all)\b/.test(command), name);
  }
  assertEquals(permissions.supervisor.run, undefined);
  assertEquals(permissions.supervisor.net, undefined);
  assertEquals(permissions.supervisor.ffi, undefined);
});

Deno.test("covers() tells what a process has to be started anew for", async (t) => {
  const has = {
    net: ["a:1", "b:2"],
    read: ["/x"],
    denyWrite: ["/state/janus"],
    ffi: [] as const,
  };
  const cases: readonly [string, Permissions, boolean][] = [
    ["the same", has, true],
    ["less", { net: ["a:1"], ffi: [], denyWrite: [] }, true],
    ["another host", { net: ["a:1", "c:3"] }, false],
    ["another port", { net: ["a:2"] }, false],
    ["another kind", { env: ["HOME"] }, false],
    ["one of all", { ...has, ffi: [] }, true],
    ["all instead of some", { read: [] }, false],
    ["a folder denied", { denyWrite: ["/state/other"] }, false],
  ];
  for (const [name, wants, expected] of cases) {
    await t.step(name, () => assertEquals(covers(has, wants), expected));
  }
});
