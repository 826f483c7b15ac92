import { assertEquals } from "@std/assert";
import { iceServerLink } from "../../../../src/gateway/whep/ice_link.ts";

Deno.test("iceServerLink() writes a server as RFC 9725 has it", async (t) => {
  const turn = "turn:turn.example:3478?transport=udp";
  const cases = [
    {
      name: "STUN",
      server: { urls: "stun:stun.example:3478" },
      expected: '<stun:stun.example:3478>; rel="ice-server"',
    },
    {
      name: "TURN",
      server: { urls: turn, username: "1700000000:u1", credential: "aGk=" },
      expected: `<${turn}>; rel="ice-server"; username="1700000000:u1"; ` +
        'credential="aGk="; credential-type="password"',
    },
    {
      name: "quotes and backslashes",
      server: { urls: turn, username: 'a"b', credential: "c\\d" },
      expected: `<${turn}>; rel="ice-server"; username="a\\"b"; ` +
        'credential="c\\\\d"; credential-type="password"',
    },
  ];
  for (const { name, server, expected } of cases) {
    await t.step(name, () => assertEquals(iceServerLink(server), expected));
  }
});
