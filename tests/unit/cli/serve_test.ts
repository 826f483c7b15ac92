import { assert, assertEquals, assertMatch } from "@std/assert";
import { addUser } from "../../support/gateway.ts";
import { freePort, startNalgate, Workplace } from "../../support/nalgate.ts";
import {
  argumentsOf,
  childrenOf,
  environmentOf,
  isRunning,
} from "../../support/process.ts";

/** A gateway alone: its one camera's Janus does not answer. */
async function configured(place: Workplace, listen: string): Promise<string> {
  return await place.configure(`
listen: ${listen}
cameras: { lab: { upstream: lab } }
upstreams: { lab: { janus: { url: "ws://127.0.0.1:9/" } } }
`);
}

async function gone(pids: readonly number[]): Promise<void> {
  for (const pid of pids) {
    for (let tries = 0; await isRunning(pid); tries++) {
      assert(tries < 200, `${pid} is still there`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

Deno.test("serve prints where to go, and ends with SIGTERM or SIGINT", async (t) => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    await t.step(signal, async () => {
      await using place = await Workplace.create();
      const file = await configured(place, "127.0.0.1:0");
      await using serve = startNalgate("serve", "--config", file);
      const [, url] = await serve.output("stdout", /is at (\S+)\n/);
      const [, link] = await serve.output("stdout", /^(http\S+setup#\S+)\n/m);
      assert(link?.startsWith(`${url}setup#code=`));
      const children = await childrenOf(serve.pid);
      assertEquals(children.length, 1);
      serve.kill(signal);
      assertEquals((await serve.exit()).code, 0);
      await gone(children);
      assert(!serve.stderr.includes("code="), serve.stderr);
      assertEquals(serve.stdout.split("setup#").length, 2);
    });
  }
});

Deno.test("serve gives its child just what it needs", async () => {
  await using place = await Workplace.create();
  const port = freePort();
  const file = await configured(place, `127.0.0.1:${port}`);
  await using serve = startNalgate("serve", "--config", file);
  await serve.output("stdout", /is at/);
  const [child = 0] = await childrenOf(serve.pid);
  const args = await argumentsOf(child);
  const granted = args.filter((arg) => arg.startsWith("--allow"));
  const kinds = granted.map((arg) => arg.replace(/=.*/, ""));
  assertEquals(kinds.sort(), [
    "--allow-env",
    "--allow-net",
    "--allow-read",
    "--allow-write",
  ]);
  const value = (kind: string) =>
    granted.find((arg) => arg.startsWith(`--allow-${kind}=`))?.split("=")[1];
  assertEquals(value("net"), `127.0.0.1:${port},127.0.0.1:9`);
  assertEquals(value("write"), `${place.folder}/state`);
  assertEquals(value("env"), "JOURNAL_STREAM,NO_COLOR");
  const names = (await environmentOf(child)).map((line) => line.split("=")[0]);
  const known = ["HOME", "NO_COLOR", "JOURNAL_STREAM", ""];
  assertEquals(names.filter((name) => !known.includes(name ?? "")), []);
});

Deno.test("serve starts a killed gateway again, at the same address", async () => {
  await using place = await Workplace.create();
  const file = await configured(place, `127.0.0.1:${freePort()}`);
  await using serve = startNalgate("serve", "--config", file);
  const [, url] = await serve.output("stdout", /is at (\S+)\n/);
  const [first = 0] = await childrenOf(serve.pid);
  Deno.kill(first, "SIGKILL");
  await serve.output("stderr", /process ended/);
  // A new setup link, for the old one went with the gateway.
  await serve.output("stdout", /setup#[^]*setup#/);
  const [second] = await childrenOf(serve.pid);
  assert(second !== first);
  const answer = await fetch(`${url}login`);
  await answer.body?.cancel();
  assertEquals(answer.status, 200);
});

Deno.test("serve takes its children along when it is killed", async () => {
  await using place = await Workplace.create();
  const file = await configured(place, "127.0.0.1:0");
  await using serve = startNalgate("serve", "--config", file);
  await serve.output("stdout", /is at/);
  const children = await childrenOf(serve.pid);
  assertEquals(children.length, 1);
  serve.kill("SIGKILL");
  await gone(children);
});

Deno.test("serve ends with a sentence when its address is taken", async () => {
  await using place = await Workplace.create();
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const address = `127.0.0.1:${listener.addr.port}`;
  const file = await configured(place, address);
  await using serve = startNalgate("serve", "--config", file);
  assertEquals((await serve.exit()).code, 69);
  assertMatch(serve.stderr, new RegExp(`nalgate: ${address} is in use`));
  assertEquals(serve.stdout, "");
});

Deno.test("a flag stands above the file", async () => {
  await using place = await Workplace.create();
  const file = await configured(place, "127.0.0.1:1");
  const address = `127.0.0.1:${freePort()}`;
  const flags = ["--config", file, "--listen", address];
  await using serve = startNalgate("serve", ...flags);
  const [, url] = await serve.output("stdout", /is at (\S+)\n/);
  assertEquals(url, `http://${address}/`);
});

Deno.test("serve wants a secret of a Janus elsewhere", async (t) => {
  await using place = await Workplace.create();
  // An address for documentation (RFC 5737), which nobody has.
  const URL = "ws://192.0.2.1:8188/";
  const guarded = `
listen: 127.0.0.1:0
upstreams:
  near: { janus: { url: "ws://127.0.0.1:9/" } }
  guarded: { janus: { url: "${URL}", api_secret_file: secret } }
`;
  const open: readonly (readonly [key: string, yaml: string])[] = [
    ["upstreams.open", `  open: { janus: { url: "${URL}" } }\n`],
    [
      "devices.open",
      `devices: { open: { janus: { url: "${URL}" }, cameras: { a: {} } } }\n`,
    ],
  ];
  for (const [key, yaml] of open) {
    await t.step(`${key}: one sentence, nothing listens`, async () => {
      const file = await place.configure(guarded + yaml);
      await using serve = startNalgate("serve", "--config", file);
      assertEquals((await serve.exit()).code, 78);
      assertMatch(serve.stderr, new RegExp(`${key} lets in .*api_secret_file`));
      assertEquals(serve.stdout, "");
    });
  }
  await t.step("unless told so; a reload knows it too", async () => {
    const file = await place.configure(guarded + open[0]?.[1]);
    const flag = "--allow-insecure-upstream";
    await using serve = startNalgate("serve", "--config", file, flag);
    await serve.output("stdout", /is at/);
    await place.configure(guarded + open[1]?.[1]);
    await serve.output("stderr", /"configuration reloaded".*"result":"ok"/);
  });
  await t.step("a reload to one is refused", async () => {
    const file = await place.configure(guarded);
    await using serve = startNalgate("serve", "--config", file);
    await serve.output("stdout", /is at/);
    await place.configure(guarded + open[0]?.[1]);
    await serve.output("stderr", /"key":"upstreams\.open","reason":"upstreams/);
  });
});

Deno.test("serve listens for strangers only once there is a user", async (t) => {
  await using place = await Workplace.create();
  const port = freePort();
  const file = await configured(place, `0.0.0.0:${port}`);
  await t.step("no user: one sentence, nothing listens", async () => {
    await using serve = startNalgate("serve", "--config", file);
    assertEquals((await serve.exit()).code, 78);
    assertMatch(serve.stderr, /0\.0\.0\.0.*nalgate user add NAME.*setup link/);
    assertEquals(serve.stdout, "");
  });
  await t.step("an identity provider: it goes on, without a link", async () => {
    const guarded = await place.configure(`
# An address for documentation (RFC 5737), which no machine has.
listen: 192.0.2.1:${port}
identity_providers: { home: { issuer: "http://127.0.0.1:9", client_id: x } }
`);
    await using serve = startNalgate("serve", "--config", guarded);
    await serve.output("stderr", /process ended/);
    serve.kill("SIGTERM");
    await serve.exit();
    assert(!serve.stderr.includes("nobody can sign in"), serve.stderr);
    assert(!serve.stdout.includes("setup#"), serve.stdout);
  });
  await configured(place, `0.0.0.0:${port}`);
  await t.step("a user: it goes on to listen", async () => {
    await Deno.mkdir(`${place.folder}/state`, { recursive: true });
    await addUser(`${place.folder}/state`, { name: "ann" });
    // An address for documentation (RFC 5737), which no machine has.
    await using serve = startNalgate(
      "serve",
      "--config",
      file,
      "--listen",
      `192.0.2.1:${port}`,
    );
    await serve.output("stderr", /process ended/);
    serve.kill("SIGTERM");
    await serve.exit();
    assert(!serve.stderr.includes("nobody can sign in"), serve.stderr);
  });
});
