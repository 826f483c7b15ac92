import { assert, assertEquals } from "@std/assert";
import { USTREAMER_PLUGIN } from "../../src/janus/message.ts";
import { addUser, CHEAP_PHC, view } from "../support/gateway.ts";
import { JanusServer } from "../support/janus_server.ts";
import { freePort, nalgateArgs, Workplace } from "../support/nalgate.ts";
import { childrenOf, TestProcess } from "../support/process.ts";
import { PASSWORD } from "../support/running_gateway.ts";
import { TestClient, until } from "../support/tunnel.ts";
import { until as untilTrue } from "../support/viewer.ts";

/** `nalgate serve` with one camera, started by a shell. */
async function serve(
  { upstreams, flags = [], before, redirect = "" }: {
    upstreams: Readonly<Record<string, string>>;
    flags?: readonly string[];
    /** What the shell does first. */
    before: string;
    redirect?: string;
  },
) {
  await using stack = new AsyncDisposableStack();
  const place = stack.use(await Workplace.create());
  const names = Object.keys(upstreams);
  const file = await place.configure([
    `listen: 127.0.0.1:${freePort()}`,
    "upstreams:",
    ...names.map((name) =>
      `  ${name}: { janus: { url: "${upstreams[name]}" } }`
    ),
    "cameras:",
    ...names.map((name) => `  ${name}: { upstream: ${name} }`),
  ].join("\n"));
  const stateDir = `${place.folder}/state`;
  await Deno.mkdir(stateDir);
  const grants = view("**");
  await addUser(stateDir, { name: "ann", password: CHEAP_PHC, grants });
  const process = stack.use(
    new TestProcess({
      command: "sh",
      args: [
        "-c",
        `${before}; exec "$0" "$@" ${redirect}`,
        Deno.execPath(),
        ...nalgateArgs("serve", "--config", file, ...flags),
      ],
    }),
  );
  const [, url = ""] = await process.output("stdout", /is at (\S+)\n/);
  const origin = url.slice(0, -1);
  const response = await fetch(`${url}api/login`, {
    method: "POST",
    headers: { origin, "content-type": "application/json" },
    body: JSON.stringify({ user: "ann", password: PASSWORD }),
  });
  await response.body?.cancel();
  const cookie = response.headers.get("set-cookie")?.split(";")[0] ?? "";
  const parts = stack.move();
  return {
    url,
    process,
    watch: (camera: string) =>
      TestClient.connect(
        `${url.replace("http", "ws")}cameras/${camera}/janus`,
        { headers: { cookie, origin } },
      ),
    [Symbol.asyncDispose]: () => parts[Symbol.asyncDispose](),
  };
}

/** Whether it answers, in its own time. */
async function answers(url: string): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(1000);
    const response = await fetch(`${url}readyz`, {
      signal,
      headers: { connection: "close" },
    });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

async function eventually(isSo: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 60_000;
  while (!await isSo()) {
    if (performance.now() > end) throw new Error("It never came true");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

Deno.test("nalgate out of files hears again when there are some", async () => {
  await using janus = await JanusServer.start();
  await using running = await serve({
    upstreams: { lab: janus.url },
    before: "ulimit -n 64",
  });
  const { url, process } = running;
  const [gateway] = await childrenOf(process.pid);
  await using viewer = await running.watch("lab");
  await viewer.open(USTREAMER_PLUGIN);
  const { port } = new URL(url);
  const address = { hostname: "127.0.0.1", port: Number(port) };
  const taken = await Promise.all(
    Array.from({ length: 100 }, () => Deno.connect(address)),
  );
  await eventually(async () => !await answers(url));
  for (const connection of taken) connection.close();
  await eventually(() => answers(url));
  assertEquals((await childrenOf(process.pid))[0], gateway, "the same process");
  assertEquals((await viewer.askPlugin({ request: "stop" })).janus, "event");
  assert(!/"bug"|process ended/.test(process.stderr), process.stderr);
});

Deno.test("a log that cannot be written stops nothing", async () => {
  await using janus = await JanusServer.start();
  await using running = await serve({
    upstreams: { lab: janus.url },
    before: "true",
    redirect: "2>/dev/full",
  });
  await using viewer = await running.watch("lab");
  await viewer.open(USTREAMER_PLUGIN);
  assertEquals((await viewer.askPlugin({ request: "stop" })).janus, "event");
  running.process.kill("SIGTERM");
  assertEquals((await running.process.exit()).code, 0);
});

Deno.test("an upstream whose name nobody knows comes when it is known", async () => {
  await using janus = await JanusServer.start();
  const hosts = await Deno.makeTempFile({ prefix: "nalgate-test-" });
  await Deno.writeTextFile(hosts, "127.0.0.1 localhost\n");
  // Names of its own, where mounting is allowed; else the name stays unknown.
  const canMount = await new Deno.Command("unshare", {
    args: ["--mount", "mount", "--bind", hosts, "/etc/hosts"],
    stderr: "null",
  }).output().then(({ success }) => success, () => false);
  const script = `mount --bind ${hosts} /etc/hosts`;
  await using running = await serve({
    upstreams: {
      lab: janus.url,
      far: `ws://far.invalid:${janus.port}/`,
    },
    flags: ["--allow-insecure-upstream"],
    before: canMount
      ? `exec unshare --mount sh -c '${script}; exec "$0" "$@"' "$0" "$@"`
      : "true",
  });
  const { url, process } = running;
  const lost = () =>
    process.stderr.match(
      /"event":"upstream unreachable"[^}]*"upstream":"far"/g,
    );
  await untilTrue(() => lost() !== null, () => process.stderr);
  const health = await fetch(`${url}healthz`);
  assertEquals([health.status, await health.text()], [503, "not ok\n"]);
  {
    await using near = await running.watch("lab");
    await near.open(USTREAMER_PLUGIN);
    await using far = await running.watch("far");
    const refused = await far.ask({ janus: "create" });
    assertEquals(refused.error.code, 490);
    assertEquals((await far.closed).code, 1013);
  }
  assertEquals(lost()?.length, 1, "told once, however often it was tried");
  if (canMount) {
    await Deno.writeTextFile(hosts, "127.0.0.1 localhost far.invalid\n");
    await until(() => janus.connectionCount === 2);
    await using far = await running.watch("far");
    await far.open(USTREAMER_PLUGIN);
  }
  await Deno.remove(hosts);
});
