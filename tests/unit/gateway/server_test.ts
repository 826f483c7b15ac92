import { assert, assertEquals, assertMatch } from "@std/assert";
import { deadline } from "@std/async/deadline";
import {
  CLIENT_MESSAGE_SIZE_MAX,
  CONNECTIONS_PER_VIEWER,
  PIPELINED_REQUESTS_MAX,
} from "../../../src/limits.ts";
import { view } from "../../support/gateway.ts";
import { rawHttp } from "../../support/raw_http.ts";
import { defaultConfig } from "../../../src/config/parse.ts";
import { RunningGateway } from "../../support/running_gateway.ts";

const PATIENCE_MS = 15_000;
const USERS = { ann: view("**") };
const HOST = "Host: 127.0.0.1";

function lines(...text: readonly string[]): string {
  return text.join("\r\n") + "\r\n\r\n";
}

Deno.test("GatewayServer refuses handshakes that are none", async (t) => {
  await using running = await RunningGateway.start({ users: USERS });
  const { port } = running.gateway.address;
  const { cookie } = await running.signIn("ann");
  const good = {
    start: "GET /cameras/front/janus HTTP/1.1",
    host: HOST,
    upgrade: "Upgrade: websocket",
    connection: "Connection: Upgrade",
    key: "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    version: "Sec-WebSocket-Version: 13",
    protocol: "Sec-WebSocket-Protocol: janus-protocol",
    origin: `Origin: ${running.origin}`,
    cookie: `Cookie: ${cookie}`,
  };
  const none = "X-None: 1";
  const cases: readonly (readonly [
    name: string,
    change: Partial<Record<keyof typeof good, string>>,
    status: number,
    text?: RegExp,
  ])[] = [
    ["as it should be", {}, 101, /sec-websocket-protocol: janus-protocol\r/i],
    ["another case, a token list", {
      upgrade: "uPgRaDe: WebSocket",
      connection: "Connection: keep-alive, Upgrade",
    }, 101],
    [
      "permessage-deflate offered",
      {
        version: "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Extensions: " +
          "permessage-deflate; client_max_window_bits",
      },
      101,
      /^(?![^]*extensions)/i,
    ],
    [
      "several subprotocols",
      {
        protocol:
          "Sec-WebSocket-Protocol: janus-admin-protocol, janus-protocol",
      },
      101,
      /sec-websocket-protocol: janus-protocol\r/i,
    ],
    ["admin subprotocol", {
      protocol: "Sec-WebSocket-Protocol: janus-admin-protocol",
    }, 400],
    ["subprotocol of another case", {
      protocol: "Sec-WebSocket-Protocol: Janus-Protocol",
    }, 400],
    ["no subprotocol", { protocol: none }, 400],
    ["no key", { key: none }, 400],
    ["short key", { key: "Sec-WebSocket-Key: dGhl" }, 400],
    [
      "key no base64",
      { key: "Sec-WebSocket-Key: !!!!!!!!!!!!!!!!!!!!!!==" },
      400,
    ],
    [
      "version 8",
      { version: "Sec-WebSocket-Version: 8" },
      426,
      /version: 13\r/i,
    ],
    ["no version", { version: none }, 426],
    ["two versions", { version: "Sec-WebSocket-Version: 13, 8" }, 426],
    ["HTTP/1.0", { start: "GET /cameras/front/janus HTTP/1.0" }, 400],
    ["POST", { start: "POST /cameras/front/janus HTTP/1.1" }, 400],
    ["a body", { version: `${good.version}\r\nContent-Length: 3` }, 400],
    ["a chunked body", {
      version: `${good.version}\r\nTransfer-Encoding: chunked`,
    }, 400],
    ["no session", { cookie: none }, 401],
    ["two sessions", { cookie: `Cookie: ${cookie}; ${cookie}` }, 400],
    ["two cookie headers", {
      cookie: `Cookie: ${cookie}\r\nCookie: ${cookie}`,
    }, 400],
    ["foreign origin", { origin: "Origin: https://evil.example" }, 403],
    ["no origin", { origin: none }, 403],
    ["no such camera", { start: "GET /cameras/nosuch/janus HTTP/1.1" }, 404],
    ["no name", { start: "GET /cameras/..%2fx/janus HTTP/1.1" }, 404],
    ["not a WebSocket's path", { start: "GET /api/cameras HTTP/1.1" }, 200],
    [
      "token in the URL",
      {
        start: "GET /cameras/front/janus?token=abc HTTP/1.1",
      },
      400,
      /token_in_url/,
    ],
    [
      "path of two slashes",
      { start: "GET //cameras/front/janus HTTP/1.1" },
      404,
    ],
    [
      "no WebSocket: served as it is",
      {
        start: "GET /healthz HTTP/1.1",
        upgrade: "Upgrade: h2c",
      },
      200,
      /not ok|ok/,
    ],
  ];
  for (const [name, change, status, text] of cases) {
    await t.step(name, async () => {
      const request = lines(...Object.values({ ...good, ...change }));
      const patienceMs = status === 101 ? 300 : PATIENCE_MS;
      const answer = await rawHttp(port, request, { patienceMs });
      assertEquals(answer.status, status, answer.text);
      assertEquals(answer.isClosed, status !== 101);
      if (status !== 101) {
        assertMatch(answer.text, /content-security-policy: /i);
      }
      if (text !== undefined) assertMatch(answer.text, text);
    });
  }
});

Deno.test("GatewayServer refuses what is no clean HTTP", async (t) => {
  await using running = await RunningGateway.start();
  const { port } = running.gateway.address;
  const get = "GET /readyz HTTP/1.1";
  const post = "POST /readyz HTTP/1.1";
  const many = (count: number) =>
    Array.from({ length: count }, (_, index) => `X-${index}: 1`);
  const smuggled = `GET /smuggled HTTP/1.1\r\n${HOST}\r\n\r\n`;
  const cases: readonly (readonly [string, string, number])[] = [
    ["a good request", lines(get, HOST, "Connection: close"), 200],
    [
      "64 KiB of headers",
      lines(get, HOST, `X: ${"a".repeat(65_536)}`),
      431,
    ],
    ["200 headers", lines(get, HOST, ...many(200)), 431],
    ["101 headers", lines(get, HOST, ...many(100)), 431],
    ["100 headers", lines(get, HOST, "Connection: close", ...many(98)), 200],
    [
      "200 headers and an upgrade",
      lines(get, HOST, "Connection: Upgrade", "Upgrade: x", ...many(200)),
      431,
    ],
    [
      "two lengths",
      lines(post, HOST, "Content-Length: 0", "Content-Length: 44") + smuggled,
      400,
    ],
    [
      "length and chunks",
      lines(post, HOST, "Content-Length: 5", "Transfer-Encoding: chunked") +
      "0\r\n\r\n" + smuggled,
      400,
    ],
    [
      "chunks by an unknown name",
      lines(post, HOST, "Transfer-Encoding: xchunked") + smuggled,
      400,
    ],
    ["a folded header", lines(get, HOST, "X: a", " b"), 400],
    ["bare line feeds", `${get}\n${HOST}\n\n`, 400],
    ["a space before the colon", lines(get, HOST, "X : a"), 400],
    ["a NUL", lines(get, HOST, "X: a\0b"), 400],
    ["no host", lines(get, "X: a"), 400],
    ["no HTTP", "hello\r\n\r\n", 400],
  ];
  for (const [name, request, status] of cases) {
    await t.step(name, async () => {
      const answer = await rawHttp(port, request);
      assertEquals(answer.status, status, answer.text);
      assertEquals(answer.isClosed, true);
      assertEquals(answer.text.match(/HTTP\/1\.1 /g)?.length, 1);
    });
  }
});

Deno.test("GatewayServer drops who sends too slowly", async (t) => {
  await using running = await RunningGateway.start();
  const { port } = running.gateway.address;
  const options = { patienceMs: 30_000 };
  const [silent, header, body] = await Promise.all([
    rawHttp(port, "", options),
    rawHttp(port, "GET /readyz HTTP/1.1\r\nHo", options),
    rawHttp(
      port,
      lines(
        "POST /api/login HTTP/1.1",
        HOST,
        `Origin: ${running.origin}`,
        "Content-Type: application/json",
        "Content-Length: 100",
      ) + "{",
      options,
    ),
  ]);
  await t.step("nothing at all", () => assert(silent.isClosed));
  await t.step("half a header", () => assert(header.isClosed));
  await t.step("half a body", () => assert(body.isClosed));
});

Deno.test("GatewayServer cuts who asks on and on without reading", async (t) => {
  await using running = await RunningGateway.start();
  const { port } = running.gateway.address;
  const get = lines("GET /readyz HTTP/1.1", HOST);
  const last = lines("GET /readyz HTTP/1.1", HOST, "Connection: close");
  const upgrade = lines(
    "GET /readyz HTTP/1.1",
    HOST,
    "Connection: Upgrade",
    "Upgrade: x",
  );
  const cases = [
    ["two requests at once are served", get + last, 2],
    ["a hundred are not", get.repeat(99) + last, PIPELINED_REQUESTS_MAX],
    ["nor an upgrade behind others", get.repeat(50) + upgrade, 4],
  ] as const;
  for (const [name, requests, answersMax] of cases) {
    await t.step(name, async () => {
      const { text, isClosed } = await rawHttp(port, requests);
      const answers = text.match(/HTTP\/1\.1 200/g)?.length ?? 0;
      assert(answers <= answersMax, `${answers} answers`);
      assert(isClosed);
      if (answersMax === 2) assertEquals(answers, 2);
    });
  }
});

const PER_ADDRESS_MAX = CONNECTIONS_PER_VIEWER *
  defaultConfig().limits.viewersPerAddress;

Deno.test("GatewayServer lets no address take all connections", async (t) => {
  const cases = [
    ["a host", [], PER_ADDRESS_MAX],
    ["a trusted proxy", ["127.0.0.1"], PER_ADDRESS_MAX + 20],
  ] as const;
  for (const [name, trustedProxies, expected] of cases) {
    await t.step(name, async () => {
      await using running = await RunningGateway.start({
        config: { trustedProxies },
      });
      const { port } = running.gateway.address;
      const connections = await Promise.all(
        Array.from(
          { length: PER_ADDRESS_MAX + 20 },
          () => Deno.connect({ hostname: "127.0.0.1", port }),
        ),
      );
      const alive = await Promise.all(connections.map(isServed));
      assertEquals(alive.filter(Boolean).length, expected);
      const told = running.logLines.filter((line) =>
        line.includes("connections refused")
      );
      assertEquals(told.length, trustedProxies.length === 0 ? 1 : 0);
      // One that leaves makes room for another.
      connections[alive.indexOf(true)]?.close();
      const request = lines("GET /readyz HTTP/1.1", HOST, "Connection: close");
      while ((await rawHttp(port, request)).status !== 200);
      for (const [index, connection] of connections.entries()) {
        if (index !== alive.indexOf(true)) connection.close();
      }
    });
  }
});

/** Whether a request on this connection is answered. */
async function isServed(connection: Deno.TcpConn): Promise<boolean> {
  const bytes = new TextEncoder().encode(lines("GET /readyz HTTP/1.1", HOST));
  try {
    await connection.write(bytes);
    return await connection.read(new Uint8Array(1024)) !== null;
  } catch {
    return false;
  }
}

Deno.test("GatewayServer closes a message over the limit with 1009", async (t) => {
  await using running = await RunningGateway.start({ users: USERS });
  const headers = {
    ...await running.signIn("ann"),
    origin: running.origin,
  };
  await t.step("in one frame", async () => {
    const viewer = await running.watch("cameras/front/janus", headers);
    viewer.socket.send(" ".repeat(CLIENT_MESSAGE_SIZE_MAX + 1));
    assertEquals((await deadline(viewer.closed, PATIENCE_MS)).code, 1009);
  });
  await t.step("in many fragments", async () => {
    const viewer = await running.watch("cameras/front/janus", headers);
    for (let sent = 0; sent <= CLIENT_MESSAGE_SIZE_MAX; sent += 64) {
      viewer.socket.send(" ".repeat(64), { fin: false });
    }
    assertEquals((await deadline(viewer.closed, PATIENCE_MS)).code, 1009);
  });
  await t.step("just at it: still open", async () => {
    const viewer = await running.watch("cameras/front/janus", headers);
    viewer.socket.send(
      '{"janus":"ping","transaction":"t"}'.padEnd(CLIENT_MESSAGE_SIZE_MAX),
    );
    const answer = new Promise((resolve) =>
      viewer.socket.once("message", (data) => resolve(String(data)))
    );
    assertMatch(String(await deadline(answer, PATIENCE_MS)), /pong/);
    viewer.socket.close();
    await viewer.closed;
  });
  assertEquals(
    running.janus.texts.filter((text) => text.length > 1000),
    [],
    "nothing of it went upstream",
  );
});

Deno.test("GatewayServer gives places back when viewers leave", async () => {
  await using running = await RunningGateway.start({ users: USERS });
  const headers = {
    ...await running.signIn("ann"),
    origin: running.origin,
  };
  const watch = () => running.watch("cameras/front/janus", headers);
  const viewers = await Promise.all(Array.from({ length: 40 }, watch));
  const open = viewers.filter(({ status }) => status === 101);
  assertEquals(open.length, 32);
  assertEquals(
    viewers.filter(({ status }) => status === 429).length,
    8,
  );
  open[0]?.socket.close();
  await open[0]?.closed;
  const again = await deadline(retry(watch), PATIENCE_MS);
  for (const { socket } of [...open, again]) socket.terminate();

  async function retry(attempt: typeof watch) {
    for (;;) {
      const result = await attempt();
      if (result.status === 101) return result;
    }
  }
});
