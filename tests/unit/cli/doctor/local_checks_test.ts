import { assert, assertEquals } from "@std/assert";
import type { Finding } from "../../../../src/cli/doctor/finding.ts";
import { LOCAL_CHECKS } from "../../../../src/cli/doctor/local_checks.ts";
import { parseConfig } from "../../../../src/config/parse.ts";
import { addUser, temporaryFolder } from "../../../support/gateway.ts";

interface Scene {
  readonly yaml?: string;
  readonly users?: readonly string[];
  /** The state folder's mode; none: there is no folder. */
  readonly mode?: number;
  readonly now?: string;
}

async function examine(
  { yaml = "", users = [], mode = 0o700, now = "2026-12-01" }: Scene,
): Promise<readonly Finding[]> {
  await using folder = await temporaryFolder();
  const stateDir = `${folder.path}/state`;
  if (mode !== 0) await Deno.mkdir(stateDir);
  for (const name of users) await addUser(stateDir, { name });
  if (mode !== 0) await Deno.chmod(stateDir, mode);
  const config = parseConfig({
    text: `state: ${stateDir}\n${yaml}`,
    file: "nalgate.yaml",
    resolve: (path) => path,
    env: () => undefined,
  });
  const context = { env: () => undefined, now: () => new Date(now) };
  const findings: Finding[] = [];
  for (const check of LOCAL_CHECKS) {
    findings.push(...await check(config, context));
  }
  assertEquals(
    [...Deno.readDirSync(folder.path)].length,
    mode === 0 ? 0 : 1,
    "a doctor leaves nothing behind",
  );
  return findings;
}

const ANN = { users: ["ann"] };
const PUBLIC = "public_url: https://cam.example/\n";

const CASES: readonly {
  readonly name: string;
  readonly scene: Scene;
  /** All that is not ok. */
  readonly expected: readonly string[];
}[] = [
  { name: "this machine only", scene: ANN, expected: [] },
  { name: "a fresh start", scene: { mode: 0 }, expected: ["warn users"] },
  {
    name: "a state folder for everybody",
    scene: { ...ANN, mode: 0o755 },
    expected: ["fail state"],
  },
  {
    name: "strangers without a user and an address",
    scene: { yaml: "listen: :8080" },
    expected: ["fail users", "warn public_url"],
  },
  {
    name: "strangers by plain HTTP",
    scene: {
      ...ANN,
      yaml: "listen: :8080\npublic_url: http://cam.example:8080/",
    },
    expected: ["warn public_url"],
  },
  {
    name: "a proxy that is not trusted",
    scene: { ...ANN, yaml: PUBLIC },
    expected: ["warn trusted_proxies"],
  },
  {
    name: "a proxy without public_url",
    scene: { ...ANN, yaml: "trusted_proxies: [127.0.0.1]" },
    expected: ["warn public_url"],
  },
  {
    name: "a proxy as it should be",
    scene: { ...ANN, yaml: `${PUBLIC}trusted_proxies: [127.0.0.1]` },
    expected: [],
  },
  {
    name: "metrics for strangers",
    scene: { ...ANN, yaml: "metrics: {listen: ':9100'}" },
    expected: ["warn metrics.listen"],
  },
  {
    name: "metrics for this machine",
    scene: { ...ANN, yaml: "metrics: {listen: '127.0.0.1:9100'}" },
    expected: [],
  },
  {
    name: "a Janus that is not installed",
    scene: { ...ANN, yaml: "upstreams: {lab: {janus: spawn}}" },
    // Without a PATH: setpriv, Janus and, unless it is built, the plugin.
    expected: ["fail janus: spawn"],
  },
  {
    name: "a clock that was never set",
    scene: { ...ANN, now: "1970-01-01" },
    expected: ["fail clock"],
  },
];

Deno.test("LOCAL_CHECKS find what is wrong, and only that", async (t) => {
  for (const { name, scene, expected } of CASES) {
    await t.step(name, async () => {
      const findings = await examine(scene);
      const bad = findings.filter(({ verdict }) => verdict !== "ok");
      const lines = bad.map(({ verdict, about }) => `${verdict} ${about}`);
      assertEquals([...new Set(lines)], expected);
      assert(bad.every(({ remedy }) => remedy !== undefined));
    });
  }
});
