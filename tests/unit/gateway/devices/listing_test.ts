import { assertEquals, assertRejects } from "@std/assert";
import { Agent } from "node:http";
import { createServer, type Server, type ServerResponse } from "node:http";
import { GatewayError } from "../../../../src/errors.ts";
import {
  askListing,
  parseListing,
} from "../../../../src/gateway/devices/listing.ts";
import { DEVICE_LISTING_SIZE_MAX } from "../../../../src/limits.ts";

const FRONT = { name: "front", title: "Front", state: "live" };

Deno.test("parseListing() takes a device's own cameras", async (t) => {
  const cases: readonly {
    name: string;
    cameras: readonly unknown[];
    expected: readonly string[];
  }[] = [
    { name: "none", cameras: [], expected: [] },
    { name: "one", cameras: [FRONT], expected: ["front"] },
    {
      name: "with what we do not know yet",
      cameras: [{ ...FRONT, path: "cameras/front/", colour: "red" }],
      expected: ["front"],
    },
    {
      name: "not those of its devices",
      cameras: [FRONT, { ...FRONT, name: "roof", device: "attic" }],
      expected: ["front"],
    },
    {
      name: "no names that are none",
      cameras: [
        { ...FRONT, name: "a/b" },
        { ...FRONT, name: "../x" },
        { ...FRONT, name: "" },
        { ...FRONT, name: 7 },
        { ...FRONT, name: "__proto__" },
        FRONT,
      ],
      expected: ["front"],
    },
    {
      name: "no titles that hide something",
      cameras: [
        { ...FRONT, title: "a\u202eb" },
        { ...FRONT, title: "a\nb" },
        { ...FRONT, title: "x".repeat(101) },
        { ...FRONT, title: "" },
      ],
      expected: [],
    },
    {
      name: "each name once",
      cameras: [FRONT, { ...FRONT, title: "Other" }],
      expected: ["front"],
    },
    {
      name: "no more than a bound",
      cameras: Array.from({ length: 1000 }, (_, index) => ({
        ...FRONT,
        name: `c${index}`,
      })),
      expected: Array.from({ length: 256 }, (_, index) => `c${index}`),
    },
  ];
  for (const { name, cameras, expected } of cases) {
    await t.step(name, () => {
      const listed = parseListing(JSON.stringify({ user: "hub", cameras }));
      assertEquals(listed?.map((camera) => camera.name as string), expected);
      assertEquals(
        listed?.[0]?.title,
        expected.length > 0 ? "Front" : undefined,
      );
    });
  }
});

Deno.test("parseListing() knows what is no list of cameras", () => {
  const deep = "[".repeat(50) + "]".repeat(50);
  const texts = [
    "",
    "<html>",
    "[]",
    "{}",
    '{"cameras":7}',
    `{"cameras":${deep}}`,
  ];
  assertEquals(texts.filter((text) => parseListing(text) !== undefined), []);
});

/** A server that answers in its own way. */
async function serve(answer: (response: ServerResponse) => void) {
  const paths: string[] = [];
  const server: Server = createServer((request, response) => {
    paths.push(request.url ?? "");
    answer(response);
  });
  await new Promise<void>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve())
  );
  const { port } = server.address() as { port: number };
  const agent = new Agent();
  const stop = new AbortController();
  return {
    paths,
    stop,
    ask: () =>
      askListing(new URL(`http://127.0.0.1:${port}/api/cameras`), {
        agent,
        token: "t",
        signal: stop.signal,
      }),
    async [Symbol.asyncDispose]() {
      agent.destroy();
      const closed = new Promise<void>((resolve) =>
        server.close(() => resolve())
      );
      server.closeAllConnections();
      await closed;
    },
  };
}

async function codeOf(ask: () => Promise<unknown>): Promise<unknown> {
  const { code, context } = await assertRejects(ask, GatewayError);
  assertEquals(code, "device_offline");
  return context.errorCode;
}

Deno.test("askListing() follows nothing", async () => {
  await using server = await serve((response) =>
    response.writeHead(302, { location: "/elsewhere" }).end()
  );
  assertEquals((await server.ask()).status, 302);
  assertEquals(server.paths, ["/api/cameras"]);
});

Deno.test("askListing() takes no more than a bound", async () => {
  const piece = "x".repeat(64 * 1024);
  await using server = await serve((response) => {
    const more = () => response.write(piece, (error) => error || more());
    more();
  });
  assertEquals(await codeOf(server.ask), "TOO_LARGE");
  assertEquals(DEVICE_LISTING_SIZE_MAX, 4 * piece.length);
});

Deno.test("askListing() ends when it is told to", async () => {
  await using server = await serve((response) => {
    response.write("{");
    server.stop.abort();
  });
  await codeOf(server.ask);
});

Deno.test("askListing() tells a connection that is cut", async () => {
  await using server = await serve((response) => response.destroy());
  assertEquals(await codeOf(server.ask), "ECONNRESET");
});
