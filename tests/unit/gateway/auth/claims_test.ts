import { assertEquals } from "@std/assert";
import {
  rolesOfClaims,
  userOfClaims,
} from "../../../../src/gateway/auth/claims.ts";

Deno.test("rolesOfClaims() compares whole values, of own claims", () => {
  const rows = [
    { claim: "groups", value: "kvm", role: "one" },
    { claim: "toString", value: "kvm", role: "two" },
  ];
  const of = (claims: Record<string, unknown>) =>
    rolesOfClaims(claims, { roles: rows });
  assertEquals(of({ groups: ["a", "kvm"] }), ["one"]);
  assertEquals(of({ groups: "kvm" }), ["one"]);
  assertEquals(of({ groups: "kvm2" }), []);
  assertEquals(of({ groups: [["kvm"]] }), []);
  assertEquals(of({}), []);
});

Deno.test("userOfClaims() has a name for everybody", async (t) => {
  const cases: readonly (readonly [
    name: string,
    claims: Record<string, unknown>,
    expected: string,
  ])[] = [
    ["the claim", { preferred_username: "ann" }, "ann"],
    ["no claim", {}, "id7"],
    ["an empty one", { preferred_username: "" }, "id7"],
    ["no text", { preferred_username: ["ann"] }, "id7"],
    ["what is not seen", { preferred_username: "a\u202e\nnn" }, "ann"],
    ["nothing that is seen", { preferred_username: "\u200b" }, "(unnamed)"],
  ];
  const userClaim = "preferred_username";
  for (const [name, claims, expected] of cases) {
    await t.step(name, () => {
      const user = userOfClaims({ sub: "id7", ...claims }, { userClaim });
      assertEquals(user, expected);
    });
  }
  await t.step("a prototype's property", () => {
    const user = userOfClaims({ sub: "id7" }, { userClaim: "toString" });
    assertEquals(user, "id7");
  });
});
