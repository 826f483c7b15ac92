import { assertEquals } from "@std/assert";
import { clientReader } from "../../../src/gateway/client.ts";

const PROXIES = ["127.0.0.1", "10.0.0.0/8", "fd00::/8"];

Deno.test("clientReader() believes trusted proxies only", async (t) => {
  const far = { secure: false, local: false, base: "/" };
  const direct = { ...far, address: "192.0.2.9" };
  const cases: readonly {
    name: string;
    peer?: string;
    proxies?: readonly string[];
    headers: Record<string, string>;
    expected: object;
  }[] = [
    { name: "no headers", headers: {}, expected: direct },
    ...[
      { "x-forwarded-for": "1.2.3.4" },
      { "x-forwarded-for": "127.0.0.1" },
      { "x-forwarded-proto": "https" },
      { "x-forwarded-prefix": "/evil" },
      { "x-forwarded-host": "evil.example" },
      { "x-forwarded-user": "admin" },
      { "x-real-ip": "127.0.0.1" },
      { "x-original-url": "/healthz" },
      { "x-rewrite-url": "/healthz" },
      { "forwarded": "for=127.0.0.1;proto=https" },
      { "remote-user": "admin" },
      { "true-client-ip": "127.0.0.1" },
      { "cf-connecting-ip": "127.0.0.1" },
    ].map((headers) => ({
      name: `stranger with ${Object.keys(headers)[0]}: ${
        Object.values(headers)[0]
      }`,
      headers: headers as Record<string, string>,
      expected: direct,
    })),
    {
      name: "no proxy is trusted by default, not even loopback",
      peer: "127.0.0.1",
      proxies: [],
      headers: { "x-forwarded-for": "1.2.3.4", "x-forwarded-proto": "https" },
      expected: { ...far, address: "127.0.0.1" },
    },
    {
      name: "a browser on this machine",
      peer: "::1",
      headers: {},
      expected: { ...far, address: "::1", local: true },
    },
    {
      name: "a browser on this machine, through a trusted proxy",
      peer: "127.0.0.1",
      headers: { "x-forwarded-for": "127.0.0.1" },
      expected: { ...far, address: "127.0.0.1", local: true },
    },
    {
      name: "a link-local peer with its zone",
      peer: "fe80::1%eth0",
      headers: {},
      expected: { ...far, address: "fe80::1%eth0" },
    },
    {
      name: "trusted",
      peer: "127.0.0.1",
      headers: {
        "x-forwarded-for": "192.0.2.1",
        "x-forwarded-proto": "https",
        "x-forwarded-prefix": "/kvm",
      },
      expected: { ...far, address: "192.0.2.1", secure: true, base: "/kvm/" },
    },
    {
      name: "trusted over an IPv6 socket",
      peer: "::ffff:127.0.0.1",
      headers: { "x-forwarded-for": "::ffff:192.0.2.1" },
      expected: { ...far, address: "192.0.2.1" },
    },
    {
      name: "invented by the client, left of the truth",
      peer: "127.0.0.1",
      headers: {
        "x-forwarded-for": "127.0.0.1, 8.8.8.8, 192.0.2.1",
        "x-forwarded-proto": "https, http",
      },
      expected: { ...far, address: "192.0.2.1" },
    },
    {
      name: "two proxies in a row",
      peer: "fd00::1",
      headers: { "x-forwarded-for": "192.0.2.1, 10.1.2.3" },
      expected: { ...far, address: "192.0.2.1" },
    },
    {
      name: "garbage in the chain",
      peer: "127.0.0.1",
      headers: { "x-forwarded-for": "192.0.2.1, unknown, 10.1.2.3" },
      expected: { ...far, address: "10.1.2.3" },
    },
    {
      name: "an empty chain",
      peer: "127.0.0.1",
      headers: { "x-forwarded-for": "" },
      expected: { ...far, address: "127.0.0.1", local: true },
    },
    {
      name: "a prefix that is markup",
      peer: "127.0.0.1",
      headers: { "x-forwarded-prefix": '/"><script>' },
      expected: { ...far, address: "127.0.0.1", local: true },
    },
    {
      name: "a prefix that is a host",
      peer: "127.0.0.1",
      headers: { "x-forwarded-prefix": "//evil.example" },
      expected: { ...far, address: "127.0.0.1", local: true },
    },
  ];
  for (const { name, peer, proxies, headers, expected } of cases) {
    await t.step(name, () => {
      const read = clientReader({
        publicUrl: undefined,
        trustedProxies: proxies ?? PROXIES,
      });
      const client = read(peer ?? "192.0.2.9", new Headers(headers));
      assertEquals<unknown>(client, expected);
    });
  }
});

Deno.test("clientReader() takes scheme and base from public_url", () => {
  const read = clientReader({
    publicUrl: "https://kvm.example/lab/",
    trustedProxies: PROXIES,
  });
  const headers = new Headers({
    "x-forwarded-proto": "http",
    "x-forwarded-prefix": "/other",
  });
  assertEquals(read("127.0.0.1", headers), {
    address: "127.0.0.1",
    secure: true,
    local: true,
    base: "/lab/",
  });
});

Deno.test("clientReader() tells once of a proxy that is not trusted", () => {
  const told: string[] = [];
  const read = clientReader({
    publicUrl: undefined,
    trustedProxies: PROXIES,
    onStrangeProxy: (peer) => told.push(peer),
  });
  const forwarded = new Headers({ "x-forwarded-for": "192.0.2.1" });
  read("127.0.0.1", forwarded);
  read("192.0.2.9", new Headers());
  assertEquals(told, []);
  read("192.0.2.9", forwarded);
  read("192.0.2.8", new Headers({ forwarded: "for=192.0.2.1" }));
  assertEquals(told, ["192.0.2.9"]);
});
