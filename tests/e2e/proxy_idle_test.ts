/**
 * A viewer who waits, behind an nginx that drops what is silent for a minute:
 * all times are a hundred times shorter here.
 *
 * @module
 */

// @ts-types="@types/ws"
import { type ClientOptions, WebSocket } from "ws";
import { assertEquals } from "@std/assert";
import { deadline } from "@std/async/deadline";
import { delay } from "@std/async/delay";
import { TICK_MS } from "../../src/limits.ts";
import { view } from "../support/gateway.ts";
import {
  exampleConfig,
  HOST,
  PREFIX,
  PUBLIC_URL,
  ReverseProxy,
} from "../support/reverse_proxy.ts";
import { RunningGateway } from "../support/running_gateway.ts";

const TIMES_FASTER = 100;
const PROXY_TIMEOUT_MS = 60_000 / TIMES_FASTER;

/** Ten minutes, of which each viewer says nothing. */
const IDLE_MS = 6_000;

const VIEWERS = 20;

/** A gateway behind nginx, whose beat is so fast. */
async function setUp({ tickMs }: { tickMs: number }) {
  await using stack = new AsyncDisposableStack();
  const running = stack.use(
    await RunningGateway.start({
      users: { ann: view("front") },
      config: exampleConfig(),
      tickMs,
    }),
  );
  const proxy = stack.use(
    await ReverseProxy.start("nginx", {
      upstreamPort: running.gateway.address.port,
      timeoutMs: PROXY_TIMEOUT_MS,
    }),
  );
  const { headers } = await running.issueToken("ann", view("front"));
  const around = stack.move();
  return {
    watch: () => watch(proxy, headers),
    [Symbol.asyncDispose]: () => around[Symbol.asyncDispose](),
  };
}

/** An open viewer, and when it is closed. */
async function watch(proxy: ReverseProxy, headers: Record<string, string>) {
  const url = `wss://127.0.0.1:${proxy.port}${PREFIX}cameras/front/janus`;
  const options: ClientOptions & { servername: string } = {
    ca: proxy.certificates.authority,
    servername: HOST,
    headers: { ...headers, host: HOST },
    origin: new URL(PUBLIC_URL).origin,
  };
  const socket = new WebSocket(url, "janus-protocol", options);
  const closed = new Promise<number>((resolve) =>
    socket.once("close", resolve)
  );
  await new Promise((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  return { socket, closed };
}

Deno.test("who only waits is not dropped by a proxy", async () => {
  await using scene = await setUp({ tickMs: TICK_MS / TIMES_FASTER });
  const viewers = await Promise.all(
    Array.from({ length: VIEWERS }, scene.watch),
  );
  await delay(IDLE_MS);
  const open = viewers.filter(({ socket }) =>
    socket.readyState === WebSocket.OPEN
  );
  assertEquals(open.length, VIEWERS);
  for (const { socket, closed } of viewers) {
    const answer = new Promise((resolve) =>
      socket.once("message", (data) => resolve(String(data)))
    );
    socket.send('{"janus":"ping","transaction":"t"}');
    assertEquals(await answer, '{"janus":"pong","transaction":"t"}');
    socket.close();
    await closed;
  }
});

Deno.test("that proxy drops who is not pinged", async () => {
  await using scene = await setUp({ tickMs: TICK_MS });
  const { closed } = await scene.watch();
  // No Close frame: the proxy knows nothing of WebSocket.
  assertEquals(await deadline(closed, 7 * PROXY_TIMEOUT_MS), 1006);
});
