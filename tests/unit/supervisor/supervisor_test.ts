import { assert, assertEquals } from "@std/assert";
import { freePort, startNalgate, Workplace } from "../../support/nalgate.ts";
import {
  argumentsOf,
  childrenOf,
  isRunning,
  type TestProcess,
} from "../../support/process.ts";

/** Gateway and engine of one running nalgate. */
interface Pair {
  readonly gateway: number;
  readonly engine: number;
  /** The engine's port, as its permissions name it; 0 at its first start. */
  readonly enginePort: number;
  /** What the gateway may reach. */
  readonly gatewayNet: string;
}

async function start(place: Workplace): Promise<TestProcess> {
  const file = await place.configure(`
listen: 127.0.0.1:${freePort()}
cameras: { front: { sink: "nalgate-test-${Deno.pid}::h264" } }
`);
  const serve = startNalgate("serve", "--config", file);
  await serve.output("stdout", /is at/);
  return serve;
}

async function netOf(pid: number): Promise<string> {
  const flag = "--allow-net=";
  const args = await argumentsOf(pid);
  return args.find((arg) => arg.startsWith(flag))?.slice(flag.length) ?? "";
}

/** Waits until both run, and until `accept` likes what it sees. */
async function pair(
  serve: TestProcess,
  accept: (pair: Pair) => boolean = () => true,
): Promise<Pair> {
  for (let tries = 0; tries < 400; tries++) {
    const found: Partial<Record<string, number>> = {};
    for (const pid of await childrenOf(serve.pid)) {
      const name = (await argumentsOf(pid)).filter((arg) => arg !== "").at(-1);
      if (name !== undefined) found[name] = pid;
    }
    const { gateway, engine } = found;
    if (gateway !== undefined && engine !== undefined) {
      const enginePort = Number((await netOf(engine)).split(":")[1]);
      const gatewayNet = await netOf(gateway);
      const now = { gateway, engine, enginePort, gatewayNet };
      if (accept(now)) return now;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`gateway and engine do not come: ${serve.stderr}`);
}

function dialledPort({ gatewayNet }: Pair): number {
  return Number(/127\.0\.0\.1:(\d+)$/.exec(gatewayNet)?.[1]);
}

/** Listens on a port as soon as its dead owner has let go of it. */
async function take(port: number): Promise<Deno.TcpListener> {
  for (let tries = 0;; tries++) {
    try {
      return Deno.listen({ hostname: "127.0.0.1", port });
    } catch (error) {
      const isOwned = error instanceof Deno.errors.AddrInUse;
      if (!isOwned || tries === 2000) throw error;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}

Deno.test("an engine that dies comes back at its port; the gateway stays", async () => {
  await using place = await Workplace.create();
  await using serve = await start(place);
  const before = await pair(serve);
  assertEquals(before.enginePort, 0);
  Deno.kill(before.engine, "SIGKILL");
  const after = await pair(serve, ({ engine }) => engine !== before.engine);
  assertEquals(after.enginePort, dialledPort(before));
  assertEquals(after.gateway, before.gateway);
});

Deno.test("an engine whose port was taken gets another; the gateway hears of it", async () => {
  await using place = await Workplace.create();
  await using serve = await start(place);
  const before = await pair(serve);
  Deno.kill(before.engine, "SIGKILL");
  using _taker = await take(dialledPort(before));
  const after = await pair(serve, ({ gateway }) => gateway !== before.gateway);
  assertEquals(after.enginePort, 0);
  assert(dialledPort(after) !== dialledPort(before));
  await serve.output("stdout", /is at[^]*is at/);
});

Deno.test("serve ends both, and says no secret in their arguments", async () => {
  await using place = await Workplace.create();
  await using serve = await start(place);
  const { engine, gateway } = await pair(serve);
  for (const pid of [engine, gateway]) {
    const args = await argumentsOf(pid);
    assertEquals(args.filter((arg) => /secret/i.test(arg)), []);
  }
  serve.kill("SIGTERM");
  assertEquals((await serve.exit()).code, 0);
  assert(!await isRunning(engine) && !await isRunning(gateway));
});
