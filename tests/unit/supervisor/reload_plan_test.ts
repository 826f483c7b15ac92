import { assertEquals } from "@std/assert";
import { parseConfig } from "../../../src/config/parse.ts";
import {
  camerasMeanwhile,
  plan,
  type ReloadPlan,
} from "../../../src/supervisor/reload_plan.ts";

function config(text: string) {
  return parseConfig({
    text: `state: state\n${text}`,
    file: "nalgate.yaml",
    resolve: (path) => `/etc/${path}`,
    env: () => undefined,
  });
}

const FRONT = "front: { sink: f }";
const LAB = "lab: { upstream: lab }";
const LAB_JANUS = "lab: { janus: { url: 'ws://10.0.0.7:8188/' } }";
const OWN = "own: { upstream: own, sink: o }";
const OWN_JANUS = "own: { janus: spawn }";
const NOTHING: ReloadPlan = { gateway: "keep", engine: "keep", januses: {} };

interface Case {
  readonly name: string;
  readonly before?: string;
  readonly after: string;
  readonly expected: Partial<ReloadPlan>;
}

const BASE = `cameras: { ${FRONT}, ${LAB}, ${OWN} }
upstreams: { ${LAB_JANUS}, ${OWN_JANUS} }
`;

const CASES: readonly Case[] = [
  {
    name: "a remark",
    after: `${BASE}# nothing\n`,
    expected: {},
  },
  {
    name: "a title",
    after: BASE.replace(LAB, "lab: { upstream: lab, title: Lab }"),
    expected: { gateway: "update" },
  },
  {
    name: "a title of the engine's camera is none of its business",
    after: BASE.replace(FRONT, "front: { sink: f, title: Door }"),
    expected: { gateway: "update" },
  },
  {
    name: "one more camera of a known Janus",
    after: BASE.replace(LAB, `${LAB}, shelf: { upstream: lab, id: b }`),
    expected: { gateway: "update" },
  },
  {
    name: "one more camera of the engine",
    after: BASE.replace(FRONT, `${FRONT}, back: { sink: b }`),
    expected: { gateway: "update", engine: "update" },
  },
  {
    name: "another sink",
    after: BASE.replace("sink: f", "sink: g"),
    expected: { gateway: "update", engine: "update" },
  },
  {
    name: "another packet size",
    after: BASE.replace("sink: f", "sink: f, packet_size: 1000"),
    expected: { gateway: "update", engine: "update" },
  },
  {
    name: "a role, a limit, a proxy, a public URL",
    after: `${BASE}roles: { guest: { view: [lab] } }
limits: { viewers: 5 }
trusted_proxies: [127.0.0.1]
public_url: https://pi.example/
`,
    expected: { gateway: "update" },
  },
  {
    name: "the log's level is everybody's",
    after: `${BASE}log: { level: debug }\n`,
    expected: { gateway: "update", engine: "update" },
  },
  {
    name: "the engine's own settings",
    after: `${BASE}engine: { udp_port: 40000 }\n`,
    expected: { gateway: "update", engine: "restart" },
  },
  {
    name: "addresses are a Janus's too",
    after: `${BASE}engine: { addresses: [10.0.0.1] }\n`,
    expected: {
      gateway: "update",
      engine: "restart",
      januses: { own: "restart" },
    },
  },
  {
    name: "no camera of the engine is left",
    after: BASE.replace(`${FRONT}, `, ""),
    expected: { gateway: "update", engine: "stop" },
  },
  {
    name: "the first camera of the engine",
    before: BASE.replace(`${FRONT}, `, ""),
    after: BASE,
    expected: { gateway: "replace", engine: "start" },
  },
  {
    name: "a new Janus elsewhere",
    before: `cameras: { ${FRONT} }`,
    after: `cameras: { ${FRONT}, ${LAB} }\nupstreams: { ${LAB_JANUS} }`,
    expected: { gateway: "replace" },
  },
  {
    name: "a Janus elsewhere is gone",
    before: `cameras: { ${FRONT}, ${LAB} }\nupstreams: { ${LAB_JANUS} }`,
    after: `cameras: { ${FRONT} }`,
    expected: { gateway: "update" },
  },
  {
    name: "another path of a known host",
    after: BASE.replace("8188/", "8188/janus"),
    expected: { gateway: "update" },
  },
  {
    name: "another port of a known host",
    after: BASE.replace("8188/", "8189/"),
    expected: { gateway: "replace" },
  },
  {
    name: "a secret of a known Janus",
    after: BASE.replace("8188/'", "8188/', api_secret_file: secret"),
    expected: { gateway: "replace" },
  },
  {
    name: "a new device",
    after:
      `${BASE}devices: { shed: { url: 'http://10.0.0.8/', token_file: t } }`,
    expected: { gateway: "replace" },
  },
  {
    name: "a new identity provider",
    after:
      `${BASE}identity_providers: { home: { issuer: 'https://id.example', audience: a } }`,
    expected: { gateway: "replace" },
  },
  {
    name: "another address",
    after: `${BASE}listen: 127.0.0.1:8081\n`,
    expected: { gateway: "replace" },
  },
  {
    name: "an address that was an upstream's",
    after: `${BASE}listen: 10.0.0.7:8188\n`,
    expected: { gateway: "replace" },
  },
  {
    name: "metrics",
    after: `${BASE}metrics: { listen: 127.0.0.1:9100 }\n`,
    expected: { gateway: "replace" },
  },
  {
    name: "no metrics any more",
    before: `${BASE}metrics: { listen: 127.0.0.1:9100 }\n`,
    after: BASE,
    expected: { gateway: "replace" },
  },
  {
    name: "a Janus of ours more",
    before: `cameras: { ${FRONT} }`,
    after: `cameras: { ${FRONT}, ${OWN} }\nupstreams: { ${OWN_JANUS} }`,
    expected: { gateway: "replace", januses: { own: "start" } },
  },
  {
    name: "a Janus of ours less",
    before: `cameras: { ${FRONT}, ${OWN} }\nupstreams: { ${OWN_JANUS} }`,
    after: `cameras: { ${FRONT} }`,
    expected: { gateway: "update", januses: { own: "stop" } },
  },
  {
    name: "a camera of a Janus of ours",
    after: BASE.replace(OWN, `${OWN}, more: { upstream: own, sink: m }`),
    expected: { gateway: "update", januses: { own: "restart" } },
  },
  {
    name: "ports of a Janus of ours",
    after: BASE.replace("janus: spawn", "janus: spawn, udp_ports: 20000-20100"),
    expected: { gateway: "update", januses: { own: "restart" } },
  },
];

Deno.test("plan() takes the least that it takes", async (t) => {
  for (const { name, before = BASE, after, expected } of CASES) {
    await t.step(name, () => {
      assertEquals(plan(config(before), config(after)), {
        ...NOTHING,
        ...expected,
      });
    });
  }
});

Deno.test("camerasMeanwhile() has who comes and who goes", () => {
  const before = config(`cameras: { ${FRONT}, back: { sink: b } }`);
  const after = config(`cameras: { side: { sink: s }, ${FRONT} }`);
  const cameras = camerasMeanwhile(before, after);
  assertEquals(cameras.map(({ name }) => name), ["front", "back", "side"]);
});

Deno.test("plan() moves to another state folder", () => {
  const before = config(BASE);
  const after = { ...before, stateDir: "/elsewhere" };
  assertEquals(plan(before, after), { ...NOTHING, gateway: "move" });
});
