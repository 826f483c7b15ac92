import { assertEquals, assertRejects } from "@std/assert";
import { nativeIceServers } from "../../../../src/engine/media/ice_servers.ts";

Deno.test("nativeIceServers()", async (t) => {
  const credentialFile = await Deno.makeTempFile();
  await Deno.writeTextFile(credentialFile, "opensesame\n");
  const login = { username: "u", credentialFile };
  const turn = { username: "u", password: "opensesame", relayType: "TurnUdp" };
  const cases = [
    {
      name: "STUN",
      server: { url: "stun:stun.example.org" },
      expected: [{ hostname: "stun.example.org", port: 3478 }],
    },
    {
      name: "a port",
      server: { url: "stun:192.0.2.1:19302" },
      expected: [{ hostname: "192.0.2.1", port: 19302 }],
    },
    {
      name: "IPv6",
      server: { url: "stun:[2001:db8::1]:5000" },
      expected: [{ hostname: "2001:db8::1", port: 5000 }],
    },
    {
      name: "TURN",
      server: { url: "turn:turn.example.org?transport=udp", ...login },
      expected: [{ hostname: "turn.example.org", port: 3478, ...turn }],
    },
    {
      name: "TURN over TCP is for viewers",
      server: { url: "turn:turn.example.org?transport=tcp", ...login },
      expected: [],
    },
    {
      name: "so is TLS",
      server: { url: "turns:turn.example.org", ...login },
      expected: [],
    },
  ];
  for (const { name, server, expected } of cases) {
    await t.step(name, async () => {
      const natives: unknown[] = await nativeIceServers([server]);
      assertEquals(natives, expected);
    });
  }
  await Deno.remove(credentialFile);

  await t.step("a credential that cannot be read", async () => {
    await assertRejects(() =>
      nativeIceServers([{ url: "turn:turn.example.org", ...login }])
    );
  });
});
