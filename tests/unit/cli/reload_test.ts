import { assert, assertEquals, assertMatch } from "@std/assert";
import { deadline } from "@std/async/deadline";
import { delay } from "@std/async/delay";
import { JanusServer } from "../../support/janus_server.ts";
import { freePort, nalgateArgs, Workplace } from "../../support/nalgate.ts";
import {
  childrenOf,
  isRunning,
  openFileCount,
  residentSize,
  TestProcess,
} from "../../support/process.ts";
import { Reloading } from "../../support/reloading.ts";

const PATIENCE_MS = 20_000;

function camerasOf(...names: readonly string[]): string {
  const rows = names.map((name) => `  ${name}: { upstream: a, id: ${name} }\n`);
  return `cameras:\n${rows.join("")}`;
}

Deno.test("serve goes over to another configuration", async (t) => {
  await using a = await JanusServer.start();
  await using b = await JanusServer.start();
  const upstreamA = `  a: { janus: { url: "${a.url}" } }\n`;
  const upstreamB = `  b: { janus: { url: "${b.url}" } }\n`;
  const metrics = `127.0.0.1:${freePort()}`;
  const base = `metrics: { listen: ${metrics} }\nupstreams:\n${upstreamA}`;
  await using site = await Reloading.start(
    `${base}${camerasOf("front", "back")}`,
  );
  const cookie = await site.signIn();
  const viewer = await site.watch("front", cookie);
  const [gateway = 0] = await site.gateways();

  await t.step("written in place: a title, by the same gateway", async () => {
    await site.write(
      `${base}cameras:
  front: { upstream: a, id: front, title: Front door }
  back: { upstream: a, id: back }
`,
    );
    await site.reloaded({ result: "ok", changed: "cameras.front" });
    assertEquals(await site.titles(cookie), ["Front door", "back"]);
    assertEquals(await site.gateways(), [gateway]);
  });

  await t.step("moved into place: a role and a limit", async () => {
    await site.replace(
      `${base}${camerasOf("front", "back")}limits: { viewers: 1 }
roles: { guest: { view: [front] } }
`,
    );
    await site.reloaded({
      added: "roles.guest",
      changed: "limits cameras.front",
    });
    const late = await site.watch("back", cookie);
    assertEquals(late.status, 503);
  });

  await t.step("a remark is none; SIGHUP is always answered", async () => {
    await site.write(
      `${base}${camerasOf("front", "back")}# nothing\n`,
    );
    await site.reloaded({ removed: "roles.guest", changed: "limits" });
    await site.write(`${base}${camerasOf("front", "back")}# a remark\n`);
    await delay(600);
    site.serve.kill("SIGHUP");
    await site.reloaded({ cause: "SIGHUP", changed: "nothing" });
  });

  await t.step(
    "an invalid one: every problem with its place, once",
    async () => {
      await site.write(`${base}cameras:
  front: { upstream: a, titel: x }
  back: { upstream: c }
`);
      await site.reloaded({ result: "refused", problems: 2 });
      await delay(1000);
      const refused = site.lines("configuration refused, the old one stays");
      assertEquals(refused.map(({ key }) => key), [
        "cameras.front.titel",
        "cameras.back.upstream",
      ]);
      assertMatch(String(refused[0]?.where), /nalgate\.yaml:\d+:25$/);
      assertMatch(String(refused[1]?.where), /nalgate\.yaml:\d+:21$/);
      assertEquals(await site.titles(cookie), ["front", "back"]);
    },
  );

  await t.step("all that is counted", async () => {
    const text = await (await fetch(`http://${metrics}/metrics`)).text();
    const lines = text.match(/^nalgate_reload_total.*$/gm);
    assertEquals(lines, [
      'nalgate_reload_total{result="ok"} 4',
      'nalgate_reload_total{result="refused"} 1',
    ]);
  });

  await t.step("one that is completed later", async () => {
    await site.write(`${base}${camerasOf("front", "back")}log: { lev`);
    await site.reloaded({ result: "refused", problems: 2 });
    await site.write(
      `${base}${camerasOf("front", "back")}log: { level: debug }\n`,
    );
    await site.reloaded({ result: "ok", changed: "log.level" });
    const nothing = { headers: { cookie } };
    await (await fetch(`${site.url}nothing`, nothing)).body?.cancel();
    await site.serve.output("stderr", /"level":"debug","module":"gateway"/);
  });

  await t.step("one that is gone for a moment", async () => {
    const before = site.audits.length;
    await Deno.remove(site.file);
    await site.write(`${base}${camerasOf("front", "back")}`);
    await site.reloaded({ result: "ok", changed: "log.level" });
    assertEquals(site.audits.length, before + 1);
  });

  await t.step("one that cannot be read", async () => {
    await Deno.remove(site.file);
    await Deno.mkdir(site.file);
    await site.reloaded({ result: "refused", problems: 1 });
    assertMatch(site.serve.stderr, /cannot be read/);
    await Deno.remove(site.file);
    await site.write(`${base}${camerasOf("front", "back", "side")}`);
    await site.reloaded({ result: "ok", added: "cameras.side" });
  });

  await t.step("ten in a second: the last one counts", async () => {
    for (let count = 0; count < 10; count++) {
      await site.write(`${base}cameras:
  front: { upstream: a, id: front }
  side: { upstream: a, id: side, title: "Side ${count}" }
`);
      site.serve.kill("SIGHUP");
      await delay(100);
    }
    await site.until(async () =>
      (await site.titles(cookie)).join() === "front,Side 9"
    );
    assertEquals(await site.gateways(), [gateway]);
  });

  await t.step(
    "an address in use: the old one stays, and says why",
    async () => {
      using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const { port } = taken.addr;
      const text = `${base}${camerasOf("front")}`;
      await site.write(text, { listen: `127.0.0.1:${port}` });
      await site.serve.output(
        "stderr",
        new RegExp(`127.0.0.1:${port} is in use`),
      );
      await site.serve.output("stderr", /configuration not fully applied/);
      assertEquals(await site.titles(cookie), ["front"]);
      assertEquals(await site.gateways(), [gateway]);
      await site.write(text);
      await site.until(async () => (await site.gateways())[0] !== gateway);
    },
  );

  await t.step("nobody has noticed", () => {
    assertEquals(viewer.socket.readyState, viewer.socket.OPEN);
  });

  await t.step("a new host: another gateway takes over", async () => {
    await site.until(async () => (await site.gateways()).length === 2);
    const [second] = await site.gateways();
    await site.write(
      `${base}${upstreamB}${camerasOf("front")}  lab: { upstream: b }\n`,
    );
    await site.reloaded({ added: "cameras.lab upstreams.b" });
    await site.until(async () =>
      (await site.titles(cookie)).join() === "front,lab"
    );
    assert((await site.gateways())[0] !== second);
    const other = await site.watch("lab", cookie);
    assertEquals(other.status, 101);
    // The second one had no viewers, the first one has its own still.
    await site.until(async () => (await site.gateways()).length === 2);
    assertEquals(viewer.socket.readyState, viewer.socket.OPEN);
    other.socket.close();
    await other.closed;
  });

  await t.step(
    "a removed camera ends the viewers of the gateway before",
    async () => {
      await site.write(
        `${base}${upstreamB}${camerasOf("back")}  lab: { upstream: b }\n`,
      );
      const { code } = await deadline(viewer.closed, PATIENCE_MS);
      assertEquals(code, 4404);
      // And it has nobody left to live for.
      await site.until(async () => (await site.gateways()).length === 1);
    },
  );

  await t.step(
    "a sign-out ends those who stayed with the one before",
    async () => {
      const stays = await site.watch("lab", cookie);
      await site.write(`${base}${upstreamB}${camerasOf("back")}
  lab: { upstream: b }
devices: { shed: { url: "http://127.0.0.1:9/", token_file: none } }
`);
      await site.until(async () => (await site.gateways()).length === 2);
      await site.signOut(cookie);
      const { code } = await deadline(stays.closed, PATIENCE_MS);
      assertEquals(code, 4401);
      const [end] = site.lines("tunnel closed").slice(-1);
      assertEquals(end?.end, "signed_out");
      await site.until(async () => (await site.gateways()).length === 1);
    },
  );

  await t.step("one that dies comes back beside the one before", async () => {
    const cookie = await site.signIn();
    const stays = await site.watch("back", cookie);
    await site.write(`${base}${camerasOf("back")}
devices: { shed: { url: "http://127.0.0.1:11/", token_file: none } }
`);
    await site.until(async () => (await site.gateways()).length === 2);
    const [newer = 0] = await site.gateways();
    await site.reloaded({});
    await site.until(() => site.lines("another gateway serves").length === 4);
    Deno.kill(newer, "SIGKILL");
    await site.until(() =>
      site.titles(cookie).then((titles) => titles.length === 1, () => false)
    );
    assertEquals(stays.socket.readyState, stays.socket.OPEN);
    stays.socket.close();
    await site.until(async () => (await site.gateways()).length === 1);
  });

  await t.step("the end ends them all", async () => {
    const cookie = await site.signIn();
    const stays = await site.watch("back", cookie);
    await site.write(`${base}${camerasOf("back")}
devices: { shed: { url: "http://127.0.0.1:10/", token_file: none } }
`);
    await site.until(async () => (await site.gateways()).length === 2);
    const gateways = await site.gateways();
    site.serve.kill("SIGTERM");
    assertEquals((await site.serve.exit()).code, 0);
    assertEquals((await deadline(stays.closed, PATIENCE_MS)).code, 1001);
    for (const pid of gateways) assert(!await isRunning(pid));
  });
});

Deno.test("serve goes over to others while it is busy with itself", async (t) => {
  const sink = (name: string) => `nalgate-test-${Deno.pid}-${name}`;
  const camerasOf = (...names: readonly string[]) =>
    `cameras:\n${
      names.map((name) => `  ${name}: { sink: ${sink(name)} }\n`).join("")
    }`;
  await using site = await Reloading.start(camerasOf("front"), {
    early: (site) => site.write(camerasOf("front", "back")),
  });
  let cookie = "";

  await t.step("while it starts", async () => {
    await site.reloaded({ added: "cameras.back" });
    cookie = await site.signIn();
    await site.until(async () => (await site.cameras(cookie)).length === 2);
    await hasEngineStates();
  });

  await t.step("while the engine is away", async () => {
    const before = await site.engine() ?? 0;
    Deno.kill(before, "SIGKILL");
    await site.write(camerasOf("front", "back", "side"));
    site.serve.kill("SIGHUP");
    await site.reloaded({ added: "cameras.side" });
    await site.until(async () => (await site.cameras(cookie)).length === 3);
    await hasEngineStates();
  });

  await t.step("the engine's own settings restart it alone", async () => {
    const [gateway, engine] = [await site.gateways(), await site.engine()];
    const settings = "engine: { addresses: [127.0.0.1] }\n";
    await site.write(`${camerasOf("front", "side")}${settings}`);
    await site.reloaded({ removed: "cameras.back", changed: "engine" });
    await site.serve.output("stderr", /engine restarts, its viewers with it/);
    await site.until(async () => await site.engine() !== engine);
    await hasEngineStates();
    assertEquals(await site.gateways(), gateway);
  });

  await t.step("without cameras no engine, and with one again", async () => {
    await site.write("cameras: {}\n");
    await site.until(async () => await site.engine() === undefined);
    await site.until(async () => (await site.cameras(cookie)).length === 0);
    await site.write(camerasOf("front"));
    await site.until(async () => await site.engine() !== undefined);
    await site.until(async () => (await site.cameras(cookie)).length === 1);
    await hasEngineStates();
    await site.until(async () => (await site.gateways()).length === 1);
  });

  await t.step("fifty times: nothing is left behind", async () => {
    const pids = [
      site.serve.pid,
      await site.engine() ?? 0,
      ...await site.gateways(),
    ];
    const reload = async (count: number) => {
      const names = count % 2 === 0 ? ["front"] : ["front", "back", "side"];
      await site.write(`${camerasOf(...names)}# ${count}\n`);
      site.serve.kill("SIGHUP");
      await site.until(async () =>
        (await site.cameras(cookie)).length === names.length
      );
    };
    for (let count = 0; count < 10; count++) await reload(count + 1);
    const look = async (pid: number) => ({
      files: await openFileCount(pid),
      memory: await residentSize(pid),
    });
    const before = await Promise.all(pids.map(look));
    for (let count = 0; count < 50; count++) await reload(count + 1);
    const after = await Promise.all(pids.map(look));
    for (const [index, { files, memory }] of after.entries()) {
      const old = before[index] ?? { files: 0, memory: 0 };
      assert(files <= old.files + 3, `${index}: ${old.files} → ${files} files`);
      const grown = (memory - old.memory) / 2 ** 20;
      assert(grown < 25, `${index}: ${grown} MiB more`);
    }
  });

  /** Waits until the engine says of each camera what there is to say. */
  async function hasEngineStates(): Promise<void> {
    await site.until(async () =>
      (await site.cameras(cookie)).every(({ state }) => state === "sink_absent")
    );
  }
});

Deno.test("SIGHUP in a terminal reloads; a closed terminal ends it all", async () => {
  await using place = await Workplace.create();
  const file = await place.configure(`listen: 127.0.0.1:${freePort()}\n`);
  const command = [Deno.execPath(), ...nalgateArgs("serve", "--config", file)];
  // It gives the command a terminal of its own.
  await using terminal = new TestProcess({
    command: "script",
    args: ["-qec", command.join(" "), "/dev/null"],
  });
  await terminal.output("stdout", /is at/);
  const [serve = 0] = await childrenOf(terminal.pid);
  const children = await childrenOf(serve);
  assertEquals(children.length, 1);
  Deno.kill(serve, "SIGHUP");
  await terminal.output("stdout", /configuration reloaded cause=SIGHUP/);
  terminal.kill("SIGKILL");
  for (const pid of [serve, ...children]) {
    for (let tries = 0; await isRunning(pid); tries++) {
      assert(tries < 400, `${pid} is still there`);
      await delay(50);
    }
  }
});
