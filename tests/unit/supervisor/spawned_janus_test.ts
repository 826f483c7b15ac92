/**
 * A real Janus with our plugin, started as `serve` starts it.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Config } from "../../../src/config/config.ts";
import { parseConfig } from "../../../src/config/parse.ts";
import { JanusClient } from "../../../src/janus/client.ts";
import { Logger } from "../../../src/log.ts";
import { Child } from "../../../src/supervisor/child.ts";
import { findJanus } from "../../../src/supervisor/janus_install.ts";
import { SpawnedJanus } from "../../../src/supervisor/spawned_janus.ts";
import { temporaryFolder } from "../../support/gateway.ts";
import { makePlugin } from "../../support/janus_plugin.ts";
import { childrenOf, isRunning } from "../../support/process.ts";
import { startNalgate, Workplace } from "../../support/nalgate.ts";

const YAML = `
upstreams: { lab: { janus: spawn, udp_ports: 21000-21010 } }
cameras:
  front: { upstream: lab, sink: nalgate-test-absent }
  back: { upstream: lab, sink: nalgate-test-absent }
  own: { sink: nalgate-test-absent }
`;

await makePlugin("all");

async function prepare(stateDir: string) {
  const config: Config = parseConfig({
    text: `state: ${stateDir}\n${YAML}`,
    file: "nalgate.yaml",
    resolve: (path) => path,
    env: () => undefined,
  });
  const lines: string[] = [];
  const log = new Logger("test", {
    level: "info",
    format: "text",
    write: (line) => lines.push(line),
  });
  const path = Deno.env.get("PATH") ?? "";
  const install = await findJanus(config.januses, { path });
  const [janus] = config.januses;
  assert(install !== undefined && janus !== undefined);
  const spawned = new SpawnedJanus({ janus, config, install, log });
  return { spawned, lines };
}

async function secretOf({ upstream }: SpawnedJanus): Promise<string> {
  return await Deno.readTextFile(upstream.apiSecretFile ?? "");
}

Deno.test("a Janus of ours serves its cameras to who knows its secret", async () => {
  await using folder = await temporaryFolder();
  const { spawned, lines } = await prepare(folder.path);
  const child = new Child(await spawned.program());
  assertEquals(await child.ready, true);
  const { url } = spawned.upstream;
  const apiSecret = await secretOf(spawned);
  {
    await using client = await JanusClient.connect(url, { apiSecret });
    const session = await client.create();
    const handle = await session.attach("janus.plugin.ustreamer");
    const { plugindata } = await handle.message({ request: "status" });
    const { result } = plugindata?.data as {
      result: { cameras: { id: string; state: string }[] };
    };
    assertEquals(
      result.cameras.map(({ id, state }) => [id, state]),
      [["front", "sink_absent"], ["back", "sink_absent"]],
    );
    // No other plugin is there.
    await assertRejects(() => session.attach("janus.plugin.echotest"));
  }
  {
    await using stranger = await JanusClient.connect(url, { apiSecret: "x" });
    await assertRejects(() => stranger.create());
  }
  await child.stop(5000);
  assert(lines.some((line) => line.includes("camera front: No memory sink")));
  assert(!lines.join().includes(apiSecret));
});

Deno.test("a Janus of ours leaves its folder to nobody else", async () => {
  await using folder = await temporaryFolder();
  const { spawned } = await prepare(folder.path);
  const { args, env } = await spawned.program();
  const first = await secretOf(spawned);
  assert(!JSON.stringify([args, env]).includes(first));
  const own = `${folder.path}/janus/lab`;
  assertEquals((await Deno.stat(own)).mode! & 0o777, 0o700);
  for await (const { name, isFile } of Deno.readDir(own)) {
    if (!isFile) continue;
    assertEquals((await Deno.stat(`${own}/${name}`)).mode! & 0o777, 0o600);
  }
  // What somebody has put there is gone at the next start.
  await Deno.writeTextFile(`${own}/plugins/evil.so`, "");
  await spawned.program();
  const plugins = [...Deno.readDirSync(`${own}/plugins`)];
  assertEquals(plugins.map(({ name }) => name), ["nalgate.so"]);
  assert(await secretOf(spawned) !== first);
});

Deno.test("a Janus of ours goes elsewhere when its port is taken", async () => {
  await using folder = await temporaryFolder();
  const { spawned } = await prepare(folder.path);
  const { url } = spawned.upstream;
  {
    const port = Number(new URL(url).port);
    using _listener = Deno.listen({ hostname: "127.0.0.1", port });
    const child = new Child(await spawned.program());
    assertEquals(await child.ready, undefined);
    await child.exited;
    assert(spawned.moves());
  }
  assert(spawned.upstream.url !== url);
  const child = new Child(await spawned.program());
  assertEquals(await child.ready, true);
  await child.stop(5000);
  assert(!spawned.moves());
});

async function groupOf(pid: number): Promise<number> {
  const { stdout } = await new Deno.Command("ps", {
    args: ["-o", "pgid=", "-p", String(pid)],
  }).output();
  return Number(new TextDecoder().decode(stdout));
}

/** `nalgate serve` with that Janus alone, and what runs under it. */
async function serveJanus(place: Workplace) {
  const file = await place.configure(`
listen: 127.0.0.1:0
log: { level: debug }
upstreams: { lab: { janus: spawn } }
cameras: { front: { upstream: lab, sink: nalgate-test-absent } }
`);
  const serve = startNalgate("serve", "--config", file);
  await serve.output("stderr", /upstream open/);
  return serve;
}

Deno.test("serve starts a killed Janus again; the gateway stays", async () => {
  await using place = await Workplace.create();
  await using serve = await serveJanus(place);
  const pidOf = async (name: string) => {
    const pattern = `"started","process":"${name}","pid":(\\d+)`;
    const [, pid] = await serve.output("stderr", new RegExp(pattern));
    return Number(pid);
  };
  const [gateway, janus] = [await pidOf("gateway"), await pidOf("janus lab")];
  Deno.kill(janus, "SIGKILL");
  await serve.output("stderr", /upstream lost[^]*upstream open/);
  assert((await childrenOf(serve.pid)).includes(gateway));

  const children = await childrenOf(serve.pid);
  assertEquals(children.length, 2);
  // A terminal's Ctrl-C goes to a whole group; this one is left out.
  for (const pid of children) {
    const group = await groupOf(pid);
    assertEquals(group === await groupOf(serve.pid), pid === gateway);
  }
  serve.kill("SIGINT");
  assertEquals((await serve.exit()).code, 0);
  for (const pid of children) assert(!await isRunning(pid));
});

Deno.test("serve takes its Janus along when it is killed", async () => {
  await using place = await Workplace.create();
  await using serve = await serveJanus(place);
  const children = await childrenOf(serve.pid);
  assertEquals(children.length, 2);
  serve.kill("SIGKILL");
  for (const pid of children) {
    for (let tries = 0; await isRunning(pid); tries++) {
      assert(tries < 200, `${pid} is still there`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
});
