import { assert, assertEquals, assertNotEquals } from "@std/assert";
import {
  hashOf,
  newSecret,
  sameSecret,
} from "../../../../src/gateway/auth/secret.ts";

Deno.test("newSecret() has 256 bits and is safe in URLs and cookies", () => {
  assert(/^[\w-]{43}$/.test(newSecret()));
  assertNotEquals(newSecret(), newSecret());
});

Deno.test("sameSecret() compares", async (t) => {
  const cases = [
    { name: "equal", one: "abc", other: "abc", expected: true },
    { name: "different", one: "abc", other: "abd", expected: false },
    { name: "prefix", one: "abc", other: "abcd", expected: false },
    { name: "empty", one: "", other: "a", expected: false },
  ];
  for (const { name, one, other, expected } of cases) {
    await t.step(name, () => assertEquals(sameSecret(one, other), expected));
  }
});

Deno.test("hashOf() tells nothing of the secret", () => {
  assertEquals(hashOf("abc"), "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
});
