import { assert, assertEquals } from "@std/assert";
import { argon2id } from "hash-wasm";
import { USTREAMER_PLUGIN } from "../../src/janus/message.ts";
import { addUser, view } from "../support/gateway.ts";
import { JanusServer } from "../support/janus_server.ts";
import { startNalgate, Workplace } from "../support/nalgate.ts";
import { childrenOf, residentSize } from "../support/process.ts";
import { TestClient, until } from "../support/tunnel.ts";

const SLOW = 200;
/** The kernel takes 4 MB for each that does not read; then it is our turn. */
const EVENT_SIZE = 60_000;
const EVENTS_MAX = 300;
const RESIDENT_GROWTH_MAX = 256 * 1024 * 1024;
const PASSWORD = "correct horse battery";

/** A running nalgate with a user whose password costs what it should. */
async function start() {
  await using stack = new AsyncDisposableStack();
  const place = stack.use(await Workplace.create());
  const janus = stack.use(await JanusServer.start());
  const stateDir = `${place.folder}/state`;
  await Deno.mkdir(stateDir);
  const password = await argon2id({
    password: PASSWORD,
    salt: new Uint8Array(16),
    memorySize: 19_456,
    iterations: 2,
    parallelism: 1,
    hashLength: 32,
    outputType: "encoded",
  });
  await addUser(stateDir, { name: "ann", password, grants: view("**") });
  const file = await place.configure(`
listen: 127.0.0.1:0
limits: { viewers_per_user: 250, viewers_per_address: 250 }
cameras: { front: { upstream: lab } }
upstreams: { lab: { janus: { url: "${janus.url}" } } }
`);
  const serve = stack.use(startNalgate("serve", "--config", file));
  const [, url = ""] = await serve.output("stdout", /is at (\S+)\n/);
  const [gateway = 0] = await childrenOf(serve.pid);
  const origin = url.slice(0, -1);
  const signIn = async () => {
    const response = await fetch(`${url}api/login`, {
      method: "POST",
      headers: { origin, "content-type": "application/json" },
      body: JSON.stringify({ user: "ann", password: PASSWORD }),
    });
    await response.body?.cancel();
    assertEquals(response.status, 204);
    return response.headers.get("set-cookie")?.split(";")[0] ?? "";
  };
  const headers = { cookie: await signIn(), origin };
  const watch = async () => {
    const path = `${url.replace("http", "ws")}cameras/front/janus`;
    const client = await TestClient.connect(path, { headers });
    return await client.open(USTREAMER_PLUGIN);
  };
  const parts = stack.move();
  return {
    janus,
    gateway,
    signIn,
    watch,
    [Symbol.asyncDispose]: () => parts[Symbol.asyncDispose](),
  };
}

/** Milliseconds of one round trip through the gateway. */
async function roundTrip(client: TestClient): Promise<number> {
  const sentMs = performance.now();
  await client.ask({ janus: "ping" });
  return performance.now() - sentMs;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}

Deno.test("two hundred who do not read leave one who does in peace", async () => {
  await using running = await start();
  const { janus, gateway, watch } = running;
  await using healthy = await watch();
  const [own] = janus.sessions.keys();
  const slow = await Promise.all(Array.from({ length: SLOW }, watch));
  for (const { socket } of slow) socket.pause();
  const before = await residentSize(gateway);
  const filler = "x".repeat(EVENT_SIZE);
  let most = 0;
  for (let event = 0; event < EVENTS_MAX; event++) {
    if (janus.sessions.size === 1) break;
    for (const id of janus.sessions.keys()) {
      if (id === own) continue;
      janus.push({ janus: "x-filler", "session_id": id, filler });
    }
    // Behind all of them on the gateway's one connection to the upstream.
    const answer = await healthy.askPlugin({ request: "features" });
    assertEquals(answer.janus, "event");
    most = Math.max(most, await residentSize(gateway));
  }
  assert(most - before < RESIDENT_GROWTH_MAX, `${most - before} bytes`);
  // Whoever never reads is cut, and their sessions are over upstream, too.
  await until(() => janus.sessions.size === 1);
  assert(await roundTrip(healthy) < 1_000);
  for (const { socket } of slow) socket.terminate();
  await Promise.all(slow.map(({ closed }) => closed));
});

Deno.test("logins that are hashed keep nobody waiting", async () => {
  await using running = await start();
  await using client = await running.watch();
  const logins: number[] = [];
  const lags: number[] = [];
  // One after the other, without a pause: the worker is always busy.
  const busy = async () => {
    for (let count = 0; count < 10; count++) {
      const sentMs = performance.now();
      await running.signIn();
      logins.push(performance.now() - sentMs);
    }
  };
  let isBusy = true;
  const done = Promise.all([busy(), busy()]).finally(() => isBusy = false);
  while (isBusy) {
    lags.push(await roundTrip(client));
    // As a client may go on asking: 20 times a second.
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await done;
  // On the same thread a message would wait for most of a login.
  const [lag, login] = [median(lags), median(logins)];
  assert(lag < login / 4, `${lag} ms while a login takes ${login} ms`);
});
