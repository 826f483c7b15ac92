import { assertEquals } from "@std/assert";
import {
  type Grant,
  isCameraGlob,
  matchesGlob,
  reachesDevice,
} from "../../../../src/config/grant.ts";
import { may, mayReach } from "../../../../src/gateway/auth/principal.ts";

Deno.test("matchesGlob() keeps `*` within a segment", async (t) => {
  const cases: readonly [glob: string, camera: string, expected: boolean][] = [
    ["front", "front", true],
    ["front", "front2", false],
    ["front", "fron", false],
    ["front*", "front-2", true],
    ["*", "front", true],
    ["*", "lab/front", false],
    ["*/front", "lab/front", true],
    ["lab/*", "lab/front", true],
    ["lab/*", "lab/a/b", false],
    ["lab/*", "lab", false],
    ["**", "front", true],
    ["**", "lab/front", true],
    ["lab/**", "lab/a/b", true],
    ["**/front", "lab/front", true],
    ["f*t", "front", true],
    ["f*t", "fat", true],
    ["f*t", "f/t", false],
    ["a.c", "abc", false],
    ["", "front", false],
  ];
  for (const [glob, camera, expected] of cases) {
    await t.step(`${glob} on ${camera}`, () => {
      assertEquals(matchesGlob(glob, camera), expected);
    });
  }
});

Deno.test("reachesDevice() says whether a glob may cover a camera there", () => {
  const reach = [
    "garage/*",
    "garage/front",
    "garage/**",
    "*/front",
    "*/*",
    "**",
    "g*/front",
    "**/front",
    "**front",
    "gar**",
  ];
  const none = ["*", "front", "garage", "garage*", "lab/*", "garages/*", "g*"];
  assertEquals(reach.filter((glob) => !reachesDevice(glob, "garage")), []);
  assertEquals(none.filter((glob) => reachesDevice(glob, "garage")), []);
});

Deno.test("mayReach() needs both the user's grant and the token's scope", () => {
  const grants = [{ right: "view", cameras: "garage/*" }] as const;
  const scope = [{ right: "view", cameras: "lab/*" }] as const;
  assertEquals(mayReach({ grants, scope: undefined }, "garage"), true);
  assertEquals(mayReach({ grants, scope: undefined }, "lab"), false);
  assertEquals(mayReach({ grants, scope }, "garage"), false);
  assertEquals(mayReach({ grants, scope }, "lab"), false);
});

Deno.test("matchesGlob() takes no exponential time", () => {
  assertEquals(matchesGlob("**a".repeat(40), "a".repeat(63) + "b"), false);
});

Deno.test("isCameraGlob() takes names and stars only", async (t) => {
  const cases: readonly [string, boolean][] = [
    ["front", true],
    ["lab/*", true],
    ["**", true],
    ["", false],
    ["/", false],
    ["lab/", false],
    ["a//b", false],
    ["..", false],
    ["Front", false],
    ["a b", false],
    ["a".repeat(131), false],
  ];
  for (const [glob, expected] of cases) {
    await t.step(glob || "(empty)", () => {
      assertEquals(isCameraGlob(glob), expected);
    });
  }
});

Deno.test("may() needs the user's grant and the token's", async (t) => {
  const view = (cameras: string): Grant => ({ right: "view", cameras });
  const admin = (cameras: string): Grant => ({ right: "admin", cameras });
  const cases = [
    { name: "no grant", grants: [], right: "view", expected: false },
    { name: "view", grants: [view("a")], right: "view", expected: true },
    { name: "other", grants: [view("b")], right: "view", expected: false },
    { name: "no admin", grants: [view("a")], right: "admin", expected: false },
    { name: "admin", grants: [admin("a")], right: "view", expected: true },
    {
      name: "token narrows camera",
      grants: [admin("**")],
      scope: [view("b")],
      right: "view",
      expected: false,
    },
    {
      name: "token narrows right",
      grants: [admin("**")],
      scope: [view("a")],
      right: "admin",
      expected: false,
    },
    {
      name: "token cannot widen",
      grants: [view("b")],
      scope: [admin("**")],
      right: "view",
      expected: false,
    },
    {
      name: "empty scope",
      grants: [admin("**")],
      scope: [],
      right: "view",
      expected: false,
    },
  ] as const;
  for (const { name, grants, right, expected, ...rest } of cases) {
    await t.step(name, () => {
      const scope = "scope" in rest ? rest.scope : undefined;
      assertEquals(may({ grants, scope }, right, "a"), expected);
    });
  }
});
