import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Config } from "../../../src/config/config.ts";
import { type ConfigSource, parseConfig } from "../../../src/config/parse.ts";
import { ConfigError } from "../../../src/config/problem.ts";

function parse(text: string, more: Partial<ConfigSource> = {}): Config {
  return parseConfig({
    text,
    file: "nalgate.yaml",
    resolve: (path) => path.startsWith("/") ? path : `/etc/nalgate/${path}`,
    env: () => undefined,
    ...more,
  });
}

function problems(text: string, more: Partial<ConfigSource> = {}): string[] {
  try {
    parse(text, more);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message.split("\n");
  }
}

Deno.test("parseConfig() of nothing gives the defaults", () => {
  const home = (name: string) => name === "HOME" ? "/home/u" : undefined;
  assertEquals(parse("", { env: home }), {
    listen: { hostname: "127.0.0.1", port: 8080 },
    publicUrl: undefined,
    stateDir: "/home/u/.local/state/nalgate",
    logLevel: "info",
    trustedProxies: [],
    cameras: [],
    upstreams: [],
    januses: [],
    engine: { udpPort: undefined, addresses: [], iceServers: [] },
    devices: [],
    iceServers: [],
    access: {
      roles: [],
      identityProviders: [],
      proxyAuth: {
        peers: [],
        secretFile: undefined,
        secretHeader: "nalgate-proxy-secret",
        userHeader: "remote-user",
        groupsHeader: "remote-groups",
        roles: [],
      },
      basicAuth: false,
    },
    frameAncestors: [],
    limits: {
      viewers: 1000,
      viewersPerUser: 32,
      viewersPerAddress: 64,
      memory: 2 ** 30,
    },
    metricsListen: undefined,
  });
});

Deno.test("parseConfig() takes every key", () => {
  const config = parse(`
listen: "[::]:8443"
public_url: https://pi.example/cam
state: state
log:
  level: debug
trusted_proxies: [127.0.0.1, 10.0.0.0/8, "fd00::/8"]
cameras:
  2:
    title: Front door
    sink: demo::ustreamer::h264
    packet_size: 1000
  1: { upstream: lab, plugin: janus.plugin.streaming, id: 7 }
  bench: { upstream: lab }
  cell: { upstream: local, sink: cell.h264, packet_size: 1100 }
upstreams:
  local: { janus: spawn, udp_ports: 20000-20100 }
  bare: { janus: spawn }
  lab:
    janus: { url: "ws://127.0.0.1:8188", api_secret_file: secret }
engine:
  udp_port: 40000
  addresses: [192.168.1.2]
  ice_servers:
    - url: stun:stun.example:3478
    - { url: "turn:turn.example?transport=tcp", username: u, credential_file: /run/p }
devices:
  shed:
    title: The shed
    janus: { url: "ws://10.0.0.7:8188", api_secret_file: shed.secret }
    cameras:
      main: {}
      side: { title: Side, plugin: janus.plugin.streaming, id: 2 }
  garage: { url: "https://garage.lan/cams", token_file: garage.token }
ice_servers:
  - url: stun:stun.example
  - url: turn:turn.example
    secret_file: turn.secret
    ttl: 10m
    cameras: [front, garage/*]
    networks: [10.0.0.0/8]
roles:
  operator: { view: ["**"], admin: [front] }
identity_providers:
  company:
    title: Company
    issuer: https://id.example
    audience: nalgate
    jwks_url: https://keys.example/jwks
    client_id: kvm
    client_secret_file: oidc.secret
    scopes: [email]
    hosts: [token.example:8443]
    user_claim: email
    roles: [{ claim: groups, value: ops, role: operator }]
proxy_auth:
  peers: [127.0.0.1]
  secret_file: proxy.secret
  secret_header: X-Secret
  user_header: X-User
  groups_header: X-Groups
  roles: [{ group: "*", role: operator }]
basic_auth: on
frame_ancestors: ["https://home.example:8123"]
limits: { viewers: 5000, viewers_per_user: 100, viewers_per_address: 200, memory: 512MiB }
metrics: { listen: "127.0.0.1:9100" }
`);
  const plugin = "janus.plugin.ustreamer";
  assertEquals(config as unknown, {
    listen: { hostname: "::", port: 8443 },
    publicUrl: "https://pi.example/cam/",
    stateDir: "/etc/nalgate/state",
    logLevel: "debug",
    trustedProxies: ["127.0.0.1", "10.0.0.0/8", "fd00::/8"],
    cameras: [
      {
        name: "2",
        title: "Front door",
        upstream: "engine",
        plugin,
        id: "2",
        sink: "demo::ustreamer::h264",
        packetSizeMax: 1000,
      },
      {
        name: "1",
        title: "1",
        upstream: "lab",
        plugin: "janus.plugin.streaming",
        id: "7",
        sink: undefined,
        packetSizeMax: 1200,
      },
      {
        name: "bench",
        title: "bench",
        upstream: "lab",
        plugin,
        id: undefined,
        sink: undefined,
        packetSizeMax: 1200,
      },
      {
        name: "cell",
        title: "cell",
        upstream: "local",
        plugin,
        id: "cell",
        sink: "cell.h264",
        packetSizeMax: 1100,
      },
    ],
    upstreams: [{
      name: "lab",
      url: "ws://127.0.0.1:8188/",
      apiSecretFile: "/etc/nalgate/secret",
    }],
    januses: [
      { name: "local", udpPorts: { from: 20000, to: 20100 } },
      { name: "bare", udpPorts: undefined },
    ],
    engine: {
      udpPort: 40000,
      addresses: ["192.168.1.2"],
      iceServers: [
        { url: "stun:stun.example:3478" },
        {
          url: "turn:turn.example?transport=tcp",
          username: "u",
          credentialFile: "/run/p",
        },
      ],
    },
    devices: [
      {
        kind: "janus",
        name: "shed",
        title: "The shed",
        url: "ws://10.0.0.7:8188/",
        apiSecretFile: "/etc/nalgate/shed.secret",
        cameras: [
          { name: "main", title: "main", plugin, id: undefined },
          {
            name: "side",
            title: "Side",
            plugin: "janus.plugin.streaming",
            id: "2",
          },
        ],
      },
      {
        kind: "nalgate",
        name: "garage",
        title: "garage",
        url: "https://garage.lan/cams/",
        tokenFile: "/etc/nalgate/garage.token",
      },
    ],
    iceServers: [
      {
        url: "stun:stun.example",
        secretFile: undefined,
        ttlMs: 3_600_000,
        cameras: [],
        networks: [],
      },
      {
        url: "turn:turn.example",
        secretFile: "/etc/nalgate/turn.secret",
        ttlMs: 600_000,
        cameras: ["front", "garage/*"],
        networks: ["10.0.0.0/8"],
      },
    ],
    access: {
      roles: [{
        name: "operator",
        grants: [
          { right: "view", cameras: "**" },
          { right: "admin", cameras: "front" },
        ],
      }],
      identityProviders: [{
        name: "company",
        title: "Company",
        issuer: "https://id.example",
        audience: "nalgate",
        jwksUrl: "https://keys.example/jwks",
        clientId: "kvm",
        clientSecretFile: "/etc/nalgate/oidc.secret",
        scopes: ["email"],
        hosts: ["token.example:8443"],
        userClaim: "email",
        roles: [{ claim: "groups", value: "ops", role: "operator" }],
      }],
      proxyAuth: {
        peers: ["127.0.0.1"],
        secretFile: "/etc/nalgate/proxy.secret",
        secretHeader: "x-secret",
        userHeader: "x-user",
        groupsHeader: "x-groups",
        roles: [{ group: "*", role: "operator" }],
      },
      basicAuth: true,
    },
    frameAncestors: ["https://home.example:8123"],
    limits: {
      viewers: 5000,
      viewersPerUser: 100,
      viewersPerAddress: 200,
      memory: 2 ** 29,
    },
    metricsListen: { hostname: "127.0.0.1", port: 9100 },
  });
});

Deno.test("parseConfig() takes JSON, which is YAML", () => {
  const config = parse(`{"cameras": {"front": {"sink": "a"}}}`);
  assertEquals(config.cameras.map(({ name }) => String(name)), ["front"]);
});

Deno.test("parseConfig() names file, line, key and what was expected", async (t) => {
  const at = "nalgate.yaml";
  const cases: readonly { name: string; text: string; expected: string[] }[] = [
    {
      name: "no address",
      text: "listen: 8080",
      expected: [
        `${at}:1:9: listen: is "8080", expected host:port such as 127.0.0.1:8080, :8080 or [::]:8080`,
      ],
    },
    {
      name: "a port too large",
      text: "listen: 127.0.0.1:65536",
      expected: [
        `${at}:1:9: listen: is "127.0.0.1:65536", expected host:port such as 127.0.0.1:8080, :8080 or [::]:8080`,
      ],
    },
    {
      name: "a misspelt key",
      text: "\nlisen: :8080",
      expected: [`${at}:2:1: lisen: unknown key, did you mean listen?`],
    },
    {
      name: "a misspelt key inside a map of names",
      text: "cameras:\n  front:\n    sink: a\n    tittle: Front",
      expected: [
        `${at}:4:5: cameras.front.tittle: unknown key, did you mean title?`,
      ],
    },
    {
      name: "a key that is nothing like one",
      text: "log:\n  colour: red",
      expected: [`${at}:2:3: log.colour: unknown key, expected one of level`],
    },
    {
      name: "a secret where its file belongs is not repeated",
      text:
        "upstreams:\n  lab:\n    janus:\n      url: ws://h/\n      api_secret: hunter2",
      expected: [
        `${at}:5:7: upstreams.lab.janus.api_secret: unknown key, did you mean api_secret_file?`,
      ],
    },
    {
      name: "an empty map",
      text: "engine:",
      expected: [`${at}:1:8: engine: is empty, expected keys with values`],
    },
    {
      name: "a list for a map",
      text: "cameras: [front]",
      expected: [`${at}:1:10: cameras: is a list, expected keys with values`],
    },
    {
      name: "a map for a word",
      text: "log:\n  level: {a: b}",
      expected: [
        `${at}:2:10: log.level: has keys, expected debug | info | warn | error`,
      ],
    },
    {
      name: "a text for a list",
      text: "trusted_proxies: 10.0.0.0/8",
      expected: [
        `${at}:1:18: trusted_proxies: is "10.0.0.0/8", expected a list`,
      ],
    },
    {
      name: "one bad item of a list",
      text: "trusted_proxies:\n  - 10.0.0.0/8\n  - 10.0.0.0/33",
      expected: [
        `${at}:3:5: trusted_proxies.1: is "10.0.0.0/33", expected an IP address or a block such as 10.0.0.0/8`,
      ],
    },
    {
      name: "a camera's name",
      text: "cameras:\n  Front Door: {sink: a}",
      expected: [
        `${at}:2:3: cameras."Front Door": is no name, expected a name of a–z, 0–9, _ and -`,
      ],
    },
    {
      name: "a camera of nothing",
      text: "cameras:\n  front: {title: Front}",
      expected: [
        `${at}:2:10: cameras.front: has keys, expected either sink or upstream`,
      ],
    },
    {
      name: "a camera of two things",
      text: "cameras:\n  front: {sink: a, upstream: b}\n" +
        "upstreams:\n  b: {janus: {url: 'ws://h'}}",
      expected: [
        `${at}:2:10: cameras.front: has keys, expected either sink or upstream`,
      ],
    },
    {
      name: "keys of the other kind of camera",
      text: "cameras:\n  front: {sink: a, plugin: p, id: i}",
      expected: [
        `${at}:2:28: cameras.front.plugin: is "p", goes with upstream, not with sink`,
        `${at}:2:35: cameras.front.id: is "i", goes with upstream, not with sink`,
      ],
    },
    {
      name: "a packet size for a foreign camera",
      text:
        "cameras:\n  front: {upstream: b, packet_size: 1000}\nupstreams:\n  b: {janus: {url: 'ws://h'}}",
      expected: [
        `${at}:2:37: cameras.front.packet_size: is "1000", goes with sink, not with upstream`,
      ],
    },
    {
      name: "a device of nothing, and one of two things",
      text: "devices:\n  a: {}\n  b: {url: 'http://h', janus: {url: 'ws://h'}}",
      expected: [
        `${at}:2:6: devices.a: has keys, expected either url or janus`,
        `${at}:3:6: devices.b: has keys, expected either url or janus`,
      ],
    },
    {
      name: "a device without what its kind needs",
      text: "devices:\n  a: {url: 'http://h'}\n" +
        "  b: {janus: {url: 'ws://h'}, token_file: t}",
      expected: [
        `${at}:2:3: devices.a.token_file: is missing, expected the file with this nalgate's token there`,
        `${at}:3:3: devices.b.cameras: is missing, expected the cameras of that Janus`,
        `${at}:3:43: devices.b.token_file: is "t", goes with url`,
      ],
    },
    {
      name: "ICE servers with too many credentials, or too few",
      text: "ice_servers:\n- {url: 'turn:t', username: u, secret_file: s}\n" +
        "- {url: 'stun:t', secret_file: s}\n- {url: 'turn:t', username: u}",
      expected: [
        `${at}:2:45: ice_servers.0.secret_file: is "s", goes without username and credential_file`,
        `${at}:3:32: ice_servers.1.secret_file: is "s", goes with a turn: URI`,
        `${at}:4:3: ice_servers.2.secret_file: is missing, expected it, or username and credential_file`,
      ],
    },
    {
      name: "roles that are not there",
      text: "identity_providers:\n  a:\n    issuer: https://id\n" +
        "    roles: [{claim: g, value: v, role: boss}]\n" +
        "proxy_auth: {peers: [127.0.0.1], roles: [{group: g, role: boss}]}",
      expected: [
        `${at}:3:5: identity_providers.a: has keys, expected audience, client_id or both`,
        `${at}:4:40: identity_providers.a.roles.0.role: is "boss", expected a key of roles`,
        `${at}:5:1: proxy_auth.secret_file: is missing, expected a file: peers must send a secret, too`,
        `${at}:5:59: proxy_auth.roles.0.role: is "boss", expected a key of roles`,
      ],
    },
    {
      name: "an upstream that is not there",
      text: "cameras:\n  front: {upstream: lab}",
      expected: [
        `${at}:2:21: cameras.front.upstream: is "lab", expected a key of upstreams`,
      ],
    },
    {
      name: "an upstream without its URL",
      text: "upstreams:\n  lab:\n    janus: {}",
      expected: [
        `${at}:3:5: upstreams.lab.janus.url: is missing, expected a ws:// or wss:// URL without credentials or query`,
      ],
    },
    {
      name: "an upstream that is no word we know",
      text: "upstreams:\n  lab: {janus: spwan}",
      expected: [
        `${at}:2:16: upstreams.lab.janus: is "spwan", expected spawn, or keys of a Janus that runs`,
      ],
    },
    {
      name: "an upstream of nothing",
      text: "upstreams:\n  lab: {}",
      expected: [
        `${at}:2:3: upstreams.lab.janus: is missing, expected spawn, or keys of a Janus that runs`,
      ],
    },
    {
      name: "a Janus of ours without a sink to read",
      text: "cameras:\n  front: {upstream: lab, id: x}\n" +
        "upstreams:\n  lab: {janus: spawn}",
      expected: [
        `${at}:2:3: cameras.front.sink: is missing, expected the sink that this Janus is to read`,
      ],
    },
    {
      name: "keys of another Janus's camera",
      text: "cameras:\n  front: {upstream: lab, sink: a, plugin: p}\n" +
        "upstreams:\n  lab: {janus: spawn}",
      expected: [
        `${at}:2:43: cameras.front.plugin: is "p", goes with upstream, not with sink`,
      ],
    },
    {
      name: "ports of a Janus that runs already",
      text: "upstreams:\n  lab: {janus: {url: 'ws://h'}, udp_ports: 1-2}",
      expected: [
        `${at}:2:44: upstreams.lab.udp_ports: is "1-2", goes with janus: spawn`,
      ],
    },
    {
      name: "a range of ports that goes backwards",
      text: "upstreams:\n  lab: {janus: spawn, udp_ports: 2-1}",
      expected: [
        `${at}:2:34: upstreams.lab.udp_ports: is "2-1", expected a range of ports such as 20000-20100`,
      ],
    },
    {
      name: "loopback alone for a Janus of ours",
      text: "engine: {addresses: [127.0.0.1, '::1']}\n" +
        "upstreams:\n  lab: {janus: spawn}",
      expected: [
        `${at}:1:21: engine.addresses: is a list, expected another than loopback, which Janus never uses`,
      ],
    },
    {
      name: "an upstream that takes the engine's name",
      text: "upstreams:\n  engine: {janus: {url: 'ws://h'}}",
      expected: [
        `${at}:2:3: upstreams.engine: is no name, expected another name: engine is the built-in one`,
      ],
    },
    {
      name: "a sink with a slash",
      text: "cameras:\n  front: {sink: /dev/shm/x}",
      expected: [
        `${at}:2:17: cameras.front.sink: is "/dev/shm/x", expected a shared memory name such as demo::ustreamer::h264`,
      ],
    },
    {
      name: "a number out of bounds",
      text: "engine: {udp_port: 0}",
      expected: [
        `${at}:1:20: engine.udp_port: is "0", expected a port, 1–65535`,
      ],
    },
    {
      name: "an ICE server that is none",
      text: "engine:\n  ice_servers:\n    - url: https://stun.example",
      expected: [
        `${at}:3:12: engine.ice_servers.0.url: is "https://stun.example", expected a stun: or turn: URI`,
      ],
    },
    {
      name: "a key twice",
      text: "listen: :1\nlisten: :2",
      expected: [`${at}:2:1: not valid YAML: Map keys must be unique`],
    },
    {
      name: "two documents",
      text: "listen: :1\n---\nlisten: :2",
      expected: [
        `${at}:2:1: not valid YAML: Source contains multiple documents; please use YAML.parseAllDocuments()`,
      ],
    },
    {
      name: "no map at all",
      text: "just text",
      expected: [`${at}: is "just text", expected keys with values`],
    },
    {
      name: "all at once, in the file's order",
      text: "cameras:\n  front: {sunk: a}\nlog: {level: loud}\nlisen: x\n",
      expected: [
        `${at}:2:10: cameras.front: has keys, expected either sink or upstream`,
        `${at}:2:11: cameras.front.sunk: unknown key, did you mean sink?`,
        `${at}:3:14: log.level: is "loud", expected debug | info | warn | error`,
        `${at}:4:1: lisen: unknown key, did you mean listen?`,
      ],
    },
  ];
  for (const { name, text, expected } of cases) {
    await t.step(name, () => assertEquals(problems(text), expected));
  }
});

Deno.test("parseConfig() never throws anything but a ConfigError", () => {
  const keys = fc.constantFrom(
    ..."listen log level cameras front sink upstream upstreams engine ice_servers url addresses state"
      .split(" "),
    "__proto__",
    "constructor",
    "<<",
  );
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5 },
      fc.string(),
      fc.array(tie("tree"), { maxLength: 3 }),
      fc.dictionary(keys, tie("tree"), { maxKeys: 4 }),
    ),
  }));
  const text = fc.oneof(
    tree.map((value) => JSON.stringify(value)),
    fc.string(),
    fc.array(
      fc.constantFrom(
        ..."listen: |- > & * ! ? [ ] { } , - : # ' \" %YAML --- ... \n \t &a *a !!map <<:"
          .split(" "),
      ),
    ).map((parts) => parts.join(" ")),
  );
  fc.assert(
    fc.property(text, (text) => {
      const lines = problems(text);
      assert(lines.every((line) => line.startsWith("nalgate.yaml")));
    }),
    { numRuns: 3000 },
  );
});

Deno.test("parseConfig() survives aliases that multiply", () => {
  const levels = Array.from(
    { length: 12 },
    (_, i) => `k${i + 1}: &a${i + 1} [${`*a${i},`.repeat(10)}]`,
  );
  const lines = problems(["k0: &a0 [x]", ...levels].join("\n"));
  assert(lines.some((line) => line.includes("not valid YAML")), lines.join());
});

Deno.test("parseConfig() lays the environment over the file", async (t) => {
  const file = `
listen: 127.0.0.1:1
cameras:
  front-door: { sink: a, title: T }
engine:
  ice_servers: [{ url: "stun:a" }]
`;
  const env = (values: Record<string, string>) => ({
    env: (name: string) => values[name],
  });
  await t.step("scalars, maps and lists", () => {
    const config = parse(
      file,
      env({
        NALGATE_LISTEN: ":9",
        NALGATE_LOG__LEVEL: "warn",
        NALGATE_CAMERAS__FRONT_DOOR__SINK: "b",
        NALGATE_ENGINE__UDP_PORT: "5000",
        NALGATE_ENGINE__ADDRESSES: "10.0.0.1, ::1",
        NALGATE_ENGINE__ICE_SERVERS__0__URL: "stun:b",
      }),
    );
    assertEquals(config.listen, { hostname: "0.0.0.0", port: 9 });
    assertEquals(config.logLevel, "warn");
    assertEquals(config.cameras[0]?.sink, "b");
    assertEquals(config.cameras[0]?.title, "T");
    assertEquals(config.engine.udpPort, 5000);
    assertEquals(config.engine.addresses, ["10.0.0.1", "::1"]);
    assertEquals(config.engine.iceServers, [{ url: "stun:b" }]);
  });
  await t.step("a bad value names its variable", () => {
    assertEquals(
      problems(
        file,
        env({
          NALGATE_ENGINE__UDP_PORT: "x",
          NALGATE_TRUSTED_PROXIES: "10.0.0.1,y",
        }),
      ),
      [
        `NALGATE_TRUSTED_PROXIES: trusted_proxies.1: is "y", expected an IP address or a block such as 10.0.0.0/8`,
        `NALGATE_ENGINE__UDP_PORT: engine.udp_port: is "x", expected a port, 1–65535`,
      ],
    );
  });
  await t.step("a flag stands above both", () => {
    const config = parse(file, {
      ...env({ NALGATE_LISTEN: ":9" }),
      flags: new Map([["listen", { flag: "--listen", value: ":10" }]]),
    });
    assertEquals(config.listen.port, 10);
  });
  await t.step("a bad flag is named", () => {
    const flags = new Map([["listen", { flag: "--listen", value: "here" }]]);
    assertEquals(problems(file, { flags }).map((line) => line.slice(0, 18)), [
      "--listen: listen: ",
    ]);
  });
});
