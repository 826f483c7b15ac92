import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  filterCandidate,
  filterTrickle,
} from "../../../../src/gateway/tunnel/candidate_filter.ts";

const REMOTE = { allowLoopback: false };
const MDNS = "38f762df-36fe-4eef-b421-70538f806e36.local";

const host = (address: string, port: number | string = 9000) =>
  `candidate:1 1 udp 2113937151 ${address} ${port} typ host`;

const KEPT: readonly [string, string, string?][] = [
  ["IPv4", host("192.168.1.7")],
  ["IPv6", host("2001:db8::7")],
  ["a unique local address", host("fd00::2")],
  ["mDNS", host(MDNS)],
  ["with a=", `a=${host("10.0.0.1")}`, host("10.0.0.1")],
  ["capital UDP", host("10.0.0.1").replace("udp", "UDP"), host("10.0.0.1")],
  [
    "Chromium's",
    `${host(MDNS)} generation 0 ufrag H0Zg network-cost 999`,
    `${host(MDNS)} generation 0 ufrag H0Zg`,
  ],
  [
    "Firefox's reflexive",
    "candidate:2 1 UDP 1685986815 203.0.113.9 49715 typ srflx " +
    "raddr 0.0.0.0 rport 0",
    "candidate:2 1 udp 1685986815 203.0.113.9 49715 typ srflx " +
    "raddr 0.0.0.0 rport 0",
  ],
  ["relayed", host("203.0.113.9").replace("host", "relay")],
  ["the second component", host("10.0.0.1").replace("1 1 udp", "1 2 udp")],
];

Deno.test("filterCandidate() keeps", async (t) => {
  for (const [name, line, expected = line] of KEPT) {
    await t.step(name, () => {
      assertEquals(filterCandidate(line, REMOTE), expected);
    });
  }
});

const DROPPED: readonly [string, string][] = [
  ["nothing", ""],
  ["something else", "hello"],
  ["two lines", `${host("10.0.0.1")}\r\na=sendrecv`],
  ["loopback", host("127.0.0.1")],
  ["all of loopback", host("127.255.0.9")],
  ["IPv6 loopback", host("::1")],
  ["a mapped loopback", host("::ffff:127.0.0.1")],
  ["a mapped loopback in hex", host("::ffff:7f00:1")],
  ["a compatible loopback in hex", host("::7f00:1")],
  ["a translated metadata address", host("64:ff9b::a9fe:a9fe")],
  ["a 6to4 metadata address", host("2002:a9fe:a9fe::1")],
  ["a Teredo address", host("2001:0:4136:e378:8000:63bf:3fff:fdd2")],
  ["metadata", host("169.254.169.254")],
  ["IPv6 metadata", host("fd00:ec2::254")],
  ["link-local", host("169.254.1.1")],
  ["IPv6 link-local", host("fe80::1")],
  ["a zone", host("fe80::1%eth0")],
  ["unspecified", host("0.0.0.0")],
  ["IPv6 unspecified", host("::")],
  ["multicast", host("224.0.0.251")],
  ["IPv6 multicast", host("ff02::fb")],
  ["broadcast", host("255.255.255.255")],
  ["a name", host("metadata.google.internal")],
  ["localhost", host("localhost")],
  ["a name under .local", host("printer.local")],
  ["a short IPv4", host("127.1")],
  ["a decimal IPv4", host("2130706433")],
  ["an octal IPv4", host("0177.0.0.1")],
  ["port 0", host("10.0.0.1", 0)],
  ["port 65536", host("10.0.0.1", 65536)],
  ["TCP", host("10.0.0.1").replace("udp", "tcp") + " tcptype passive"],
  ["component 3", host("10.0.0.1").replace("1 1 udp", "1 3 udp")],
  ["a priority of 2^32", host("10.0.0.1").replace("2113937151", "4294967296")],
  ["another type", host("10.0.0.1").replace("host", "evil")],
  ["a constructor", host("10.0.0.1").replace("host", "constructor")],
  ["a name without a value", `${host("10.0.0.1")} generation`],
  [
    "an endless foundation",
    `candidate:${"1".repeat(33)} ${host("x").slice(12)}`,
  ],
];

Deno.test("filterCandidate() drops", async (t) => {
  for (const [name, line] of DROPPED) {
    await t.step(name, () => {
      assertEquals(filterCandidate(line, REMOTE), undefined);
    });
  }
});

Deno.test("filterCandidate() keeps loopback for a client right here", () => {
  const policy = { allowLoopback: true };
  assertEquals(filterCandidate(host("127.0.0.1"), policy), host("127.0.0.1"));
  assertEquals(filterCandidate(host("::1"), policy), host("::1"));
  assertEquals(filterCandidate(host("169.254.169.254"), policy), undefined);
  assertEquals(filterCandidate(host("::ffff:127.0.0.1"), policy), undefined);
});

Deno.test("filterCandidate() lets no private spelling of loopback by", () => {
  fc.assert(fc.property(
    fc.oneof(
      fc.ipV4().map((address) => address.replace(/^\d+/, "127")),
      fc.ipV4().map((address) => `::ffff:${address}`),
      fc.ipV6(),
      fc.ipV4Extended(),
      fc.string({ maxLength: 40 }),
    ),
    (address) => {
      const kept = filterCandidate(host(address), REMOTE);
      if (kept === undefined) return;
      assertEquals(kept, host(address));
      assert(!/^(?:127\.|0\.|169\.254\.|22[4-9]\.|2[3-5]\d\.)/.test(address));
      assert(!/^::(?:1$|ffff:)/i.test(address));
    },
  ));
});

Deno.test("filterTrickle() keeps no more than there is room for", () => {
  const one = (port: number) => ({ candidate: host("10.0.0.1", port) });
  const kept = filterTrickle(
    [
      one(1),
      { candidate: host("127.0.0.1") },
      one(2),
      one(3),
      { completed: true },
    ],
    { policy: REMOTE, countMax: 2 },
  );
  assertEquals(kept, [one(1), one(2), { completed: true }]);
});
