import { assertEquals } from "@std/assert";
import { nextUrl, signInPath } from "../../../src/web/next_path.ts";

const BASE = "https://kvm.example/cams/";

Deno.test("nextUrl() stays within the app", async (t) => {
  const cases = [
    { name: "none", search: "", expected: BASE },
    {
      name: "a camera",
      search: "?next=cameras%2Ffront%2F",
      expected: `${BASE}cameras/front/`,
    },
    {
      name: "with a query",
      search: "?next=cameras%2Ffront%2F%3Fa%3D1",
      expected: `${BASE}cameras/front/?a=1`,
    },
    {
      name: "another host",
      search: "?next=https://evil.example/",
      expected: BASE,
    },
    { name: "without scheme", search: "?next=//evil.example/", expected: BASE },
    { name: "backslashes", search: "?next=\\\\evil.example", expected: BASE },
    { name: "a script", search: "?next=javascript:alert(1)", expected: BASE },
    { name: "upwards", search: "?next=../other/", expected: BASE },
    { name: "another app", search: "?next=/other/", expected: BASE },
    { name: "no URL", search: "?next=http://[", expected: BASE },
  ];
  for (const { name, search, expected } of cases) {
    await t.step(name, () => assertEquals(nextUrl(search, BASE), expected));
  }
});

Deno.test("signInPath() leads back to the page", async (t) => {
  const cases = [
    { name: "start", href: BASE, expected: "login" },
    {
      name: "camera",
      href: `${BASE}cameras/front/`,
      expected: "login?next=cameras%2Ffront%2F",
    },
    { name: "fragment", href: `${BASE}#code=secret`, expected: "login" },
    { name: "elsewhere", href: "https://kvm.example/", expected: "login" },
  ];
  for (const { name, href, expected } of cases) {
    await t.step(name, () => assertEquals(signInPath(href, BASE), expected));
  }
});
