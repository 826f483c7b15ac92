import { assertEquals, assertThrows } from "@std/assert";
import { GatewayError } from "../../../src/errors.ts";
import { checkOrigin, ownOrigins } from "../../../src/gateway/origin.ts";

const listen = { hostname: "127.0.0.1", port: 8080 };

Deno.test("ownOrigins() is public_url's, or loopback's", () => {
  const own = (
    publicUrl: string | undefined,
    hostname = "127.0.0.1",
  ) => [...ownOrigins({ publicUrl, listen: { hostname, port: 8080 } })];
  assertEquals(own("https://kvm.example/lab/"), ["https://kvm.example"]);
  assertEquals(own("https://kvm.example:443/"), ["https://kvm.example"]);
  assertEquals(own("http://kvm.example:8080/"), ["http://kvm.example:8080"]);
  assertEquals(own(undefined), [
    "http://127.0.0.1:8080",
    "http://localhost:8080",
    "http://[::1]:8080",
  ]);
  assertEquals(own(undefined, "192.0.2.1")[0], "http://192.0.2.1:8080");
});

Deno.test("checkOrigin() takes the exact origin only", async (t) => {
  const own = ownOrigins({ publicUrl: "https://kvm.example/", listen });
  const accepted: readonly [string, Record<string, string>, boolean?][] = [
    ["the origin", { origin: "https://kvm.example" }],
    ["same-origin by Fetch Metadata", {
      origin: "https://kvm.example",
      "sec-fetch-site": "same-origin",
    }],
    ["no origin, but a bearer", {}, true],
    ["the origin and a bearer", { origin: "https://kvm.example" }, true],
  ];
  for (const [name, headers, bearer = false] of accepted) {
    await t.step(
      name,
      () => checkOrigin(new Headers(headers), { own, bearer }),
    );
  }
  const refused = [
    "",
    "null",
    "https://kvm.example.evil.example",
    "https://kvm.example@evil.example",
    "https://evil.example",
    "https://evil.example/?https://kvm.example",
    "https://evil.example#https://kvm.example",
    "https://sub.kvm.example",
    "https://kvm.exampl",
    "https://kvm.example.",
    "https://kvm.example:8443",
    "https://kvm.example:443",
    "https://kvm.example/",
    "https://KVM.example",
    "HTTPS://kvm.example",
    "http://kvm.example",
    "wss://kvm.example",
    "kvm.example",
    "//kvm.example",
    "https://kvm.example, https://kvm.example",
    "https://kvm.example https://evil.example",
    "https://xn--kvm-.example",
    "https://kvm。example",
    "https://kvm.example%00",
    "https://kvm.example:0",
    "http://127.0.0.1:8080",
    "http://localhost:8080",
    "file://",
    "chrome-extension://abcdef",
    "*",
  ];
  for (const origin of refused) {
    for (const bearer of [false, true]) {
      await t.step(`${origin || "(empty)"}${bearer ? " + bearer" : ""}`, () => {
        const header = /^[\x20-\x7e]*$/.test(origin)
          ? origin
          : encodeURI(origin);
        assertRefused({ origin: header }, bearer);
      });
    }
  }
  await t.step("no origin", () => assertRefused({}, false));
  await t.step("cross-site by Fetch Metadata", () => {
    const site = { "sec-fetch-site": "cross-site" };
    assertRefused({ origin: "https://kvm.example", ...site }, false);
    assertRefused(site, true);
  });

  function assertRefused(headers: Record<string, string>, bearer: boolean) {
    const error = assertThrows(
      () => checkOrigin(new Headers(headers), { own, bearer }),
      GatewayError,
    );
    assertEquals(error.code, "origin_refused");
  }
});

Deno.test("checkOrigin() says what public_url would have to be", async (t) => {
  const own = ownOrigins({ publicUrl: undefined, listen });
  const cases = [
    {
      name: "a browser that came by another name",
      origin: "http://kvm.lan:8080",
      host: "kvm.lan:8080",
      expected: "http://kvm.lan:8080/",
    },
    {
      name: "behind a proxy that ends TLS",
      origin: "https://kvm.lan",
      host: "kvm.lan",
      expected: "https://kvm.lan/",
    },
    {
      name: "somebody else's page",
      origin: "https://evil.example",
      host: "kvm.lan",
      expected: undefined,
    },
    {
      name: "no URL",
      origin: "null",
      host: "null",
      expected: undefined,
    },
  ];
  for (const { name, origin, host, expected } of cases) {
    await t.step(name, () => {
      const error = assertThrows(
        () =>
          checkOrigin(new Headers({ origin, host }), { own, bearer: false }),
        GatewayError,
      );
      assertEquals(error.context.publicUrl, expected);
    });
  }
});
