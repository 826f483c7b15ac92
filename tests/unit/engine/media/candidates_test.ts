import { assertEquals } from "@std/assert";
import {
  HostCandidates,
  takeCandidates,
  usableCandidate,
} from "../../../../src/engine/media/candidates.ts";
import { parseSdp } from "../../../../src/engine/media/sdp.ts";

const HOST = "candidate:1 1 UDP 2122317823 192.168.1.7 50000 typ host";

Deno.test("usableCandidate()", async (t) => {
  const cases: readonly { name: string; line: string; usable: boolean }[] = [
    { name: "a host", line: HOST, usable: true },
    { name: "with its a=", line: `a=${HOST}`, usable: true },
    {
      name: "Chromium's own spelling",
      line:
        "candidate:842163049 1 udp 1677729535 203.0.113.5 40000 typ srflx " +
        "raddr 0.0.0.0 rport 0 generation 0 ufrag abcd network-cost 999",
      usable: true,
    },
    {
      name: "IPv6",
      line: HOST.replace("192.168.1.7", "fd00::7"),
      usable: true,
    },
    {
      name: "a name",
      line: HOST.replace("192.168.1.7", "a.local"),
      usable: false,
    },
    {
      name: "any name",
      line: HOST.replace("192.168.1.7", "example.com"),
      usable: false,
    },
    { name: "TCP", line: HOST.replace("UDP", "TCP"), usable: false },
    {
      name: "RTCP's component",
      line: HOST.replace(":1 1", ":1 2"),
      usable: false,
    },
    { name: "port 0", line: HOST.replace("50000", "0"), usable: false },
    { name: "port 70000", line: HOST.replace("50000", "70000"), usable: false },
    { name: "a second line", line: `${HOST}\r\na=setup:active`, usable: false },
    { name: "no candidate", line: "hello", usable: false },
    { name: "nothing", line: "", usable: false },
  ];
  for (const { name, line, usable } of cases) {
    await t.step(name, () => {
      assertEquals(
        usableCandidate(line),
        usable ? line.replace(/^a=/, "") : undefined,
      );
    });
  }
});

Deno.test("HostCandidates", async (t) => {
  await t.step("leaves the machine's own", () => {
    const hosts = new HostCandidates([]);
    assertEquals(hosts.replace(`a=${HOST}`), [HOST]);
  });

  await t.step("tells each address once for each port", () => {
    const hosts = new HostCandidates(["203.0.113.9", "fd00::9"]);
    const told = [
      "candidate:h0 1 UDP 2130706431 203.0.113.9 50000 typ host",
      "candidate:h1 1 UDP 2130706175 fd00::9 50000 typ host",
    ];
    assertEquals(hosts.replace(HOST), told);
    // The same socket on another interface.
    assertEquals(hosts.replace(HOST.replace("192.168.1.7", "10.0.0.1")), []);
  });

  await t.step("leaves what a STUN server has seen", () => {
    const hosts = new HostCandidates(["203.0.113.9"]);
    const line = HOST.replace("typ host", "typ srflx");
    assertEquals(hosts.replace(line), [line]);
  });

  await t.step("replaces those in an SDP", () => {
    const sdp = parseSdp(`v=0\r\nm=video 9 x 96\r\na=mid:0\r\na=${HOST}\r\n`);
    const { sections } = new HostCandidates(["203.0.113.9"]).replaceAll(sdp);
    assertEquals(sections, [[
      "m=video 9 x 96",
      "a=mid:0",
      "a=candidate:h0 1 UDP 2130706431 203.0.113.9 50000 typ host",
    ]]);
  });
});

Deno.test("takeCandidates() takes them out of all sections", () => {
  const sdp = parseSdp(
    `v=0\r\nm=audio 9 x 0\r\na=${HOST}\r\nm=video 9 x 96\r\na=${HOST}\r\n`,
  );
  const taken = takeCandidates(sdp);
  assertEquals(taken.candidates, [`a=${HOST}`, `a=${HOST}`]);
  assertEquals(taken.sdp.sections, [["m=audio 9 x 0"], ["m=video 9 x 96"]]);
});
