import { assert, assertEquals } from "@std/assert";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { USTREAMER_PLUGIN } from "../../../src/janus/message.ts";
import { view } from "../../support/gateway.ts";
import { openFileCount } from "../../support/process.ts";
import { RunningGateway } from "../../support/running_gateway.ts";
import { TestClient, until } from "../../support/tunnel.ts";

/** Eight hours of an hour's visitors, at once. */
const CYCLES = 2_000;
const LANES = 8;
/** A leaked viewer costs 10 KB at least; code and caches still grow a bit. */
const GROWTH_PER_CYCLE_MAX = 2_000;

/** The heap in use when everybody has left, and closed what they had open. */
async function heapAtRest(
  running: RunningGateway,
  filesAtRest: number,
): Promise<number> {
  await until(() => running.janus.sessions.size === 0);
  const end = performance.now() + 20_000;
  for (;;) {
    const files = await openFileCount(Deno.pid);
    if (files <= filesAtRest) break;
    assert(performance.now() < end, `${files} files, not ${filesAtRest}`);
  }
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  return Deno.memoryUsage().heapUsed;
}

Deno.test("two thousand viewers come and go and leave nothing behind", async () => {
  await using running = await RunningGateway.start({
    users: { ann: view("**") },
    config: { logLevel: "warn" },
  });
  const { cookie } = await running.signIn("ann");
  const headers = { cookie, origin: running.origin };
  const url = `${running.url.replace("http", "ws")}cameras/front/janus`;
  const visit = async (index: number) => {
    await using client = await TestClient.connect(url, { headers });
    await client.open(USTREAMER_PLUGIN);
    const event = await client.askPlugin({ request: "watch" });
    assertEquals(event.janus, "event");
    // Some take their leave, some close, and some are just gone.
    if (index % 3 === 0) await client.askHandle({ janus: "destroy" });
    if (index % 3 === 1) client.socket.close();
    if (index % 3 === 1) await client.closed;
  };
  const visits = async (count: number) => {
    const queue = Array(count).keys();
    const lane = async () => {
      for (const index of queue) await visit(index);
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    running.janus.texts.length = running.janus.received.length = 0;
    (running.logLines as string[]).length = 0;
  };
  const files = await openFileCount(Deno.pid);
  await visits(CYCLES / 2);
  const before = await heapAtRest(running, files);
  await visits(CYCLES / 2);
  const after = await heapAtRest(running, files);
  assertEquals(running.janus.connectionCount, 1);
  const growth = (after - before) / (CYCLES / 2);
  assert(growth < GROWTH_PER_CYCLE_MAX, `${growth} bytes per viewer`);
});
