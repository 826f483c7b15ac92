import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { CameraConfig, EngineConfig } from "../../../src/config/config.ts";
import {
  janusConfigs,
  type JanusSettings,
} from "../../../src/supervisor/janus_configs.ts";
import { parseConfig } from "../../../src/config/parse.ts";

const NO_ENGINE: EngineConfig = {
  udpPort: undefined,
  addresses: [],
  iceServers: [],
};

function files(settings: Partial<JanusSettings> = {}): Record<string, string> {
  return janusConfigs({
    folder: "/state/janus/lab",
    port: 20_000,
    apiSecret: "s3cret",
    cameras: [],
    udpPorts: undefined,
    engine: NO_ENGINE,
    readSecret: (file) => `text of ${file}`,
    ...settings,
  });
}

/** A group's settings, as they are written. */
function group(text: string | undefined, name: string): string[] {
  const [, body = ""] = new RegExp(`^${name}: {\n([^}]*)}`, "m")
    .exec(text ?? "") ?? [];
  return body.split("\n").map((line) => line.trim())
    .filter((line) => line !== "");
}

function cameras(text: string): readonly CameraConfig[] {
  const source = { file: "f", resolve: String, env: () => undefined };
  return parseConfig({
    ...source,
    text: `upstreams: {lab: {janus: spawn}}\ncameras: {${text}}`,
  }).cameras;
}

Deno.test("janusConfigs() opens one door, on loopback, with a lock", () => {
  const all = files();
  assertEquals(group(all["janus.transport.websockets.jcfg"], "general"), [
    "ws = true",
    "ws_port = 20000",
    'ws_ip = "127.0.0.1"',
    "wss = false",
  ]);
  assertEquals(group(all["janus.transport.websockets.jcfg"], "admin"), [
    "admin_ws = false",
    "admin_wss = false",
  ]);
  const general = group(all["janus.jcfg"], "general");
  assert(general.includes('api_secret = "s3cret"'));
  const folders = general.filter((line) => line.includes("folder"));
  assert(folders.length === 4, folders.join());
  assert(folders.every((line) => line.includes("/state/janus/lab")));
  const secrets = [all, files()].map((each) =>
    /admin_secret = "(\S{43})"/.exec(each["janus.jcfg"] ?? "")?.[1]
  );
  assert(secrets[0] && secrets[1] && secrets[0] !== secrets[1]);
  assertEquals(group(all["janus.jcfg"], "events"), ["broadcast = false"]);
});

Deno.test("janusConfigs() names each camera's sink", () => {
  const { "janus.plugin.ustreamer.jcfg": text } = files({
    cameras: cameras(
      `front: {upstream: lab, sink: "a::h264"}, ` +
        `2: {upstream: lab, sink: 'q"\\', packet_size: 1000}`,
    ),
  });
  assertStringIncludes(text ?? "", `cameras: (\n`);
  const rows = (text ?? "").match(/\{.*\}/g)?.sort();
  assertEquals(rows, [
    `{ id = "2", sink = "q\\"\\\\", packet_size = 1000 }`,
    `{ id = "front", sink = "a::h264", packet_size = 1200 }`,
  ]);
});

Deno.test("janusConfigs() asks no server that is not configured", () => {
  const text = files()["janus.jcfg"];
  assertEquals(group(text, "nat"), [
    "ignore_mdns = true",
    "ice_keepalive_conncheck = true",
    "ignore_unreachable_ice_server = true",
  ]);
  assertEquals(group(text, "media"), ["ipv6 = true"]);
});

Deno.test("janusConfigs() takes ports, addresses and servers over", async (t) => {
  const cases: readonly {
    name: string;
    settings: Partial<JanusSettings>;
    where: string;
    expected: string[];
  }[] = [
    {
      name: "ports",
      settings: { udpPorts: { from: 20_000, to: 20_100 } },
      where: "media",
      expected: ['rtp_port_range = "20000-20100"'],
    },
    {
      name: "addresses",
      settings: {
        engine: { ...NO_ENGINE, addresses: ["192.0.2.1", "2001:db8::1"] },
      },
      where: "nat",
      expected: ['ice_enforce_list = "192.0.2.1,2001:db8::1"'],
    },
    {
      name: "the first STUN server and the first TURN server",
      settings: {
        engine: {
          ...NO_ENGINE,
          iceServers: [
            { url: "stun:a.example" },
            { url: "stun:b.example:1" },
            {
              url: "turn:[2001:db8::2]:81?transport=tcp",
              username: "u",
              credentialFile: "/run/p",
            },
            { url: "turns:c.example" },
          ],
        },
      },
      where: "nat",
      expected: [
        'stun_server = "a.example"',
        "stun_port = 3478",
        'turn_server = "2001:db8::2"',
        "turn_port = 81",
        'turn_type = "tcp"',
        'turn_user = "u"',
        'turn_pwd = "text of /run/p"',
      ],
    },
    {
      name: "a TURN server behind TLS",
      settings: {
        engine: { ...NO_ENGINE, iceServers: [{ url: "turns:c.example" }] },
      },
      where: "nat",
      expected: [
        'turn_server = "c.example"',
        "turn_port = 5349",
        'turn_type = "tls"',
      ],
    },
  ];
  for (const { name, settings, where, expected } of cases) {
    await t.step(name, () => {
      const always = group(files()["janus.jcfg"], where);
      const lines = group(files(settings)["janus.jcfg"], where);
      assertEquals(lines.filter((line) => !always.includes(line)), expected);
    });
  }
});
