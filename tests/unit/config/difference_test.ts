import { assertEquals } from "@std/assert";
import { difference } from "../../../src/config/difference.ts";
import { parseConfig } from "../../../src/config/parse.ts";
import { SCHEMA } from "../../../src/config/schema.ts";

function config(text: string) {
  return parseConfig({
    text,
    file: "nalgate.yaml",
    resolve: (path) => `/etc/${path}`,
    env: () => undefined,
  });
}

/** One line for each key of the schema, which changes just that. */
const CHANGES: Readonly<Record<string, string>> = {
  listen: "listen: :1",
  "public_url": "public_url: https://pi.example/",
  state: "state: here",
  log: "log: { level: debug }",
  metrics: "metrics: { listen: :2 }",
  "trusted_proxies": "trusted_proxies: [10.0.0.1]",
  cameras: "cameras: { new: { sink: s } }",
  upstreams: "upstreams: { new: { janus: spawn } }",
  devices: "devices: { new: { url: 'https://d.example/', token_file: t } }",
  engine: "engine: { udp_port: 4000 }",
  "ice_servers": "ice_servers: [{ url: 'stun:s.example' }]",
  roles: "roles: { new: { view: [front] } }",
  "identity_providers":
    "identity_providers: { new: { issuer: 'https://i.example', audience: a } }",
  "proxy_auth": "proxy_auth: { user_header: x-user }",
  "basic_auth": "basic_auth: on",
  "frame_ancestors": "frame_ancestors: ['https://home.example']",
  limits: "limits: { viewers: 1 }",
};

const NAMES: Readonly<Record<string, string>> = {
  log: "log.level",
  metrics: "metrics.listen",
};

Deno.test("difference() sees every key of the schema", async (t) => {
  assertEquals(Object.keys(CHANGES).sort(), Object.keys(SCHEMA.shape).sort());
  for (const [key, text] of Object.entries(CHANGES)) {
    await t.step(key, () => {
      const { added, removed, changed } = difference(config(""), config(text));
      const isMap = added.length > 0;
      assertEquals(removed, []);
      assertEquals(added, isMap ? [`${key}.new`] : []);
      assertEquals(changed, isMap ? [] : [NAMES[key] ?? key]);
      const back = difference(config(text), config(""));
      assertEquals(back, { added: removed, removed: added, changed });
    });
  }
});

Deno.test("difference() names what changed within a map, and its order", async (t) => {
  const a = "a: { sink: s }";
  const b = "b: { sink: t }";
  const cases = [
    {
      name: "nothing",
      before: `cameras: { ${a} }`,
      after: `cameras:\n  # a remark\n  ${a}`,
      expected: { added: [], removed: [], changed: [] },
    },
    {
      name: "one of two",
      before: `cameras: { ${a}, ${b} }`,
      after: `cameras: { ${a}, b: { sink: t, title: B } }`,
      expected: { added: [], removed: [], changed: ["cameras.b"] },
    },
    {
      name: "one for another",
      before: `cameras: { ${a} }`,
      after: `cameras: { ${b} }`,
      expected: { added: ["cameras.b"], removed: ["cameras.a"], changed: [] },
    },
    {
      name: "the order",
      before: `cameras: { ${a}, ${b} }`,
      after: `cameras: { ${b}, ${a} }`,
      expected: { added: [], removed: [], changed: ["cameras"] },
    },
  ];
  for (const { name, before, after, expected } of cases) {
    await t.step(name, () => {
      assertEquals(difference(config(before), config(after)), expected);
    });
  }
});
