import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  IMPOSSIBLE_PATH,
  nextPath,
  routePath,
} from "../../../src/gateway/path.ts";

Deno.test("routePath() decodes nothing and takes plain paths only", async (t) => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["/", "/", "/"],
    ["/cameras/front/", "/", "/cameras/front/"],
    ["/assets/app.css", "/", "/assets/app.css"],
    ["/kvm/cameras/front/", "/kvm/", "/cameras/front/"],
    ["/cameras/front/", "/kvm/", "/cameras/front/"],
    ["/kvm/", "/kvm/", "/"],
    ["/kvm", "/kvm/", "/kvm"],
    ["/kvmcameras/", "/kvm/", "/kvmcameras/"],
    ...[
      "/login/..%2fadmin",
      "/login%2f..%2fadmin",
      "/cameras/%66ront/",
      "/cameras/..%5cfront/",
      "/cameras/front%00/",
      "/cameras//front/",
      "//evil.example/",
      "/cameras/./front",
      "/cameras/../login",
      "/cameras\\front",
      "/login;x=/healthz",
      "/login/.hidden",
      "/healthz%20",
      "/healthz\t",
      "/k\u00e4mera",
      "",
      "*",
    ].map((path) => [path, "/", IMPOSSIBLE_PATH] as const),
  ];
  for (const [path, base, expected] of cases) {
    await t.step(`${path || "(empty)"} under ${base}`, () => {
      assertEquals(routePath(path, base), expected);
    });
  }
});

Deno.test("nextPath() stays below the base", async (t) => {
  const cases: readonly [next: string | undefined, expected: string][] = [
    [undefined, "/kvm/"],
    ["", "/kvm/"],
    ["cameras/front/", "/kvm/cameras/front/"],
    ["/kvm/cameras/front/", "/kvm/cameras/front/"],
    ["/other/", "/kvm/"],
    ["//evil.example/", "/kvm/"],
    ["/kvm//evil.example", "/kvm/"],
    ["https://evil.example/", "/kvm/"],
    ["javascript:alert(1)", "/kvm/"],
    ["\\\\evil.example", "/kvm/"],
    ["../", "/kvm/"],
    ["%2f%2fevil.example", "/kvm/"],
    ["cameras\r\nSet-Cookie: a=b", "/kvm/"],
  ];
  for (const [next, expected] of cases) {
    await t.step(String(next), () => {
      assertEquals(nextPath(next, "/kvm/"), expected);
    });
  }
});

Deno.test("nextPath() never leads to another host", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (next) => {
      for (const base of ["/", "/kvm/"]) {
        const url = new URL(nextPath(next, base), "https://kvm.example/");
        assertEquals(url.host, "kvm.example");
        assertEquals(url.pathname.startsWith(base), true);
      }
    }),
    { numRuns: 2000 },
  );
});
