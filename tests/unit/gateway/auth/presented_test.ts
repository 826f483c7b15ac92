import { assertEquals, assertThrows } from "@std/assert";
import { GatewayError } from "../../../../src/errors.ts";
import {
  cookieName,
  presented,
  sessionCookie,
} from "../../../../src/gateway/auth/presented.ts";

Deno.test("sessionCookie() pins every attribute", () => {
  const ageMaxMs = 3_600_000;
  assertEquals(
    sessionCookie({ secret: "s", secure: true, ageMaxMs }),
    "__Host-nalgate=s; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax; Secure",
  );
  assertEquals(
    sessionCookie({ secret: "s", secure: false, ageMaxMs }),
    "nalgate-insecure=s; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax",
  );
  assertEquals(
    sessionCookie({ secret: "", secure: true, ageMaxMs }),
    "__Host-nalgate=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure",
  );
});

const HOSTS = new Set(["kvm.example"]);

Deno.test("presented() finds the credential", async (t) => {
  const cookie = (secret: string) => ({ kind: "cookie", secret });
  const cases = [
    { name: "nothing", headers: {}, expected: undefined },
    {
      name: "cookie among others",
      headers: { cookie: "a=1; __Host-nalgate=abc; b=2" },
      expected: cookie("abc"),
    },
    {
      name: "empty cookie",
      headers: { cookie: "__Host-nalgate=" },
      expected: undefined,
    },
    {
      name: "the plain name under TLS",
      headers: { cookie: "nalgate-insecure=abc" },
      expected: undefined,
    },
    {
      name: "a cookie inside another's value",
      headers: { cookie: "x=1,__Host-nalgate=evil" },
      expected: undefined,
    },
    {
      name: "another case",
      headers: { cookie: "__host-nalgate=abc" },
      expected: undefined,
    },
    {
      name: "bearer before cookie",
      headers: { authorization: "bearer a.b.c", cookie: "__Host-nalgate=x" },
      expected: { kind: "bearer", token: "a.b.c" },
    },
    {
      name: "name and password, with colons and umlauts",
      headers: { authorization: `basic ${btoa("ann:a:\xc3\xbc:")}` },
      expected: {
        kind: "basic",
        user: "ann",
        password: "a:ü:",
        address: "192.0.2.1",
      },
    },
    {
      name: "a claim without a token",
      headers: { "nalgate-user": "a.b.c" },
      expected: undefined,
    },
    {
      name: "a claim beside a token",
      headers: { authorization: "Bearer x", "nalgate-user": "a.b.c" },
      expected: {
        kind: "bearer",
        token: "x",
        userClaim: { claim: "a.b.c", hosts: HOSTS },
      },
    },
  ];
  for (const { name, headers, expected } of cases) {
    await t.step(name, () => {
      const found = presented(new Headers(headers as HeadersInit), {
        secure: true,
        address: "192.0.2.1",
        hosts: HOSTS,
      });
      assertEquals<unknown>(found, expected);
    });
  }
});

Deno.test("presented() refuses what is ambiguous", async (t) => {
  const name = cookieName(true);
  const cases = [
    {
      name: "two cookies",
      headers: { cookie: `${name}=a; ${name}=b` },
      code: "bad_request",
    },
    {
      name: "two equal cookies",
      headers: { cookie: `${name}=a; x=y; ${name}=a` },
      code: "bad_request",
    },
    {
      name: "another scheme",
      headers: { authorization: "Digest YTpi", cookie: `${name}=a` },
      code: "unauthenticated",
    },
    ...[
      ["no name and password", btoa("annhorse")],
      ["no base64", "YTpi=YTpi"],
      ["no UTF-8", btoa("ann:\xff")],
      ["something longer than any password", btoa(`ann:${"x".repeat(4000)}`)],
    ].map(([what, text]) => ({
      name: `Basic with ${what}`,
      headers: { authorization: `Basic ${text}`, cookie: `${name}=a` },
      code: "unauthenticated",
    })),
    {
      name: "no token",
      headers: { authorization: "Bearer " },
      code: "unauthenticated",
    },
    {
      name: "two tokens",
      headers: { authorization: "Bearer a, Bearer b" },
      code: "unauthenticated",
    },
  ];
  for (const { name, headers, code } of cases) {
    await t.step(name, () => {
      const error = assertThrows(
        () => presented(new Headers(headers as HeadersInit), { secure: true }),
        GatewayError,
      );
      assertEquals(error.code as string, code);
    });
  }
});
