import { assertEquals } from "@std/assert";
import { request } from "node:http";
import { createServer } from "node:net";
import {
  ADDRESS_REFUSED,
  dialer,
  isForbidden,
} from "../../../src/janus/dial.ts";

Deno.test("isForbidden() knows where no name may lead", () => {
  const forbidden = [
    "169.254.169.254",
    "169.254.0.1",
    "::ffff:169.254.169.254",
    "fe80::1",
    "fe80::1%eth0",
    "febf::1",
    "fd00:ec2::254",
    "fd20:ce::254",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "",
  ];
  const allowed = [
    "127.0.0.1",
    "::1",
    "10.0.0.7",
    "192.168.1.2",
    "100.64.0.1",
    "169.253.0.1",
    "fd00::1",
    "2001:db8::1",
    "::ffff:10.0.0.7",
  ];
  assertEquals(forbidden.filter((address) => !isForbidden(address)), []);
  assertEquals(allowed.filter(isForbidden), []);
});

/** Answers every request, and counts the bytes that it was sent. */
async function recordingServer() {
  let bytes = 0;
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (data) => {
      bytes += data.length;
      socket.end("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
    });
  });
  await new Promise<void>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve())
  );
  return {
    port: (server.address() as { port: number }).port,
    get bytes() {
      return bytes;
    },
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

/** The status of an answer, or the code of the error. */
function ask(url: URL, refuses: () => boolean): Promise<unknown> {
  const createConnection = dialer(url, refuses);
  return new Promise((resolve) => {
    const outgoing = request(url, { createConnection }, (incoming) => {
      incoming.resume();
      incoming.once("end", () => resolve(incoming.statusCode));
    });
    outgoing.once("error", (error: Error & { code?: string }) => {
      resolve(error.code);
    });
    outgoing.end();
  });
}

Deno.test("dialer() sends nothing to where a name must not lead", async () => {
  await using server = await recordingServer();
  const url = new URL(`http://localhost:${server.port}/`);
  assertEquals(await ask(url, () => true), ADDRESS_REFUSED);
  assertEquals(server.bytes, 0);
  assertEquals(await ask(url, () => false), 204);
});

Deno.test("dialer() takes an address that is written out", async () => {
  await using server = await recordingServer();
  const url = new URL(`http://127.0.0.1:${server.port}/`);
  assertEquals(await ask(url, () => true), 204);
});
