import { assertEquals } from "@std/assert";
import { isExposed } from "../../../src/gateway/exposure.ts";

Deno.test("isExposed() is false on loopback only", async (t) => {
  const cases: readonly (readonly [hostname: string, expected: boolean])[] = [
    ["127.0.0.1", false],
    ["127.8.9.1", false],
    ["::1", false],
    ["localhost", false],
    ["0.0.0.0", true],
    ["::", true],
    ["192.0.2.1", true],
    ["fd00::1", true],
    ["128.0.0.1", true],
    ["kvm.lan", true],
    ["localhost.evil.example", true],
    ["127.0.0.1.evil.example", true],
    ["", true],
  ];
  for (const [hostname, expected] of cases) {
    await t.step(hostname || "(empty)", () => {
      assertEquals(isExposed({ hostname, port: 1 }), expected);
    });
  }
});
