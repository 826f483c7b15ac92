import { assert, assertEquals } from "@std/assert";
import { USTREAMER_PLUGIN } from "../../../../src/janus/message.ts";
import { Backoff } from "../../../../src/web/backoff.ts";
import { RETRY_FIRST_MS } from "../../../../src/web/bounds.ts";
import { RETURN_GAP_MS } from "../../../../src/limits.ts";
import { JanusServer } from "../../../support/janus_server.ts";
import { TestClient, TunnelServer, until } from "../../../support/tunnel.ts";

const VIEWERS = 50;
/** All must be back by then. */
const BACK_WITHIN_MS = 10_000;
/** Full jitter puts a fifth of them here, a herd comes all at once. */
const SLICE_MS = RETRY_FIRST_MS / 5;
const CROWD_MAX = VIEWERS * 4 / 5;

/** Comes back as the page does, until it has a handle again. */
async function comeBack(
  url: string,
  onDial: () => void,
): Promise<TestClient> {
  const backoff = new Backoff();
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, backoff.nextMs()));
    onDial();
    try {
      return await (await TestClient.connect(url)).open(USTREAMER_PLUGIN);
    } catch {
      // Closed again: the upstream is not there yet.
    }
  }
}

Deno.test("fifty viewers of a Janus that restarts come back spread out", async () => {
  await using stack = new AsyncDisposableStack();
  const janus = await JanusServer.start();
  const { port } = janus;
  const server = stack.use(await TunnelServer.start({ url: janus.url }));
  const viewers = await Promise.all(
    Array.from({ length: VIEWERS }, async () => {
      const viewer = stack.use(await TestClient.connect(server.url));
      return await viewer.open(USTREAMER_PLUGIN);
    }),
  );
  assertEquals(janus.sessions.size, VIEWERS);
  const dials: number[] = [];
  const back = viewers.map(async ({ closed }) => {
    const { code } = await closed;
    const leftMs = performance.now();
    const onDial = () => void dials.push(performance.now());
    stack.use(await comeBack(server.url, onDial));
    return { code, awayMs: performance.now() - leftMs };
  });
  await janus[Symbol.asyncDispose]();
  const restarted = stack.use(await JanusServer.start({ port }));
  const startedMs = performance.now();
  const all = await Promise.all(back);
  // They have waited at the gateway, and it lets in ten a second: a herd would
  // be back at once.
  const tookMs = performance.now() - startedMs;
  assert(tookMs > VIEWERS / 2 * RETURN_GAP_MS, `back in ${tookMs} ms`);
  for (const { code, awayMs } of all) {
    assertEquals(code, 1013, "one that says: try again");
    assert(awayMs < BACK_WITHIN_MS, `${awayMs} ms away`);
  }
  await until(() => restarted.sessions.size === VIEWERS);
  const crowd = Math.max(
    ...dials.map((fromMs) =>
      dials.filter((ms) => ms >= fromMs && ms < fromMs + SLICE_MS).length
    ),
  );
  assert(crowd < CROWD_MAX, `${crowd} within ${SLICE_MS} ms`);
  assertEquals(restarted.connectionCount, 1);
});
