import { assert, assertEquals } from "@std/assert";
import {
  PROVIDER_DOCUMENT_SIZE_MAX,
  PROVIDER_KEYS_AGE_MS,
  PROVIDER_KEYS_COOLDOWN_MS,
  PROVIDER_KEYS_STALE_MS,
  PROVIDER_RETRY_INTERVAL_MS,
} from "../../../../src/limits.ts";
import { providerKey } from "../../../support/identity_provider.ts";
import {
  providerAuth,
  UNAUTHENTICATED,
} from "../../../support/provider_auth.ts";
import { until } from "../../../support/tunnel.ts";

Deno.test("a provider's keys are found, kept, and rotated", async () => {
  await using test = await providerAuth();
  const { provider, clock } = test;
  const fetched = () => provider.requests.filter((path) => path === "/keys");
  await Promise.all(
    Array.from(
      { length: 20 },
      async () => test.authenticate(await test.sign()),
    ),
  );
  assertEquals(provider.requests, [
    "/.well-known/openid-configuration",
    "/keys",
  ]);

  const [old] = provider.keys;
  provider.keys = [await providerKey("second")];
  assertEquals(
    await test.refusal(await test.sign()),
    UNAUTHENTICATED,
    "too soon",
  );
  clock.advance(PROVIDER_KEYS_COOLDOWN_MS);
  await test.authenticate(await test.sign());
  assertEquals(fetched().length, 2);
  assertEquals(
    await test.refusal(await test.sign({}, { key: old })),
    UNAUTHENTICATED,
  );

  // Strangers can name any key, but cause no fetch with each.
  for (let at = 0; at < 20; at++) {
    const header = { kid: `stranger ${at}` };
    await test.refusal(await test.sign({}, { header }));
  }
  assertEquals(fetched().length, 2);

  clock.advance(PROVIDER_KEYS_AGE_MS);
  await test.authenticate(await test.sign());
  await until(() => fetched().length === 3);
});

Deno.test("a configured key set is fetched without discovery", async () => {
  await using test = await providerAuth();
  const { provider, auth, access } = test;
  auth.configure({
    ...access,
    identityProviders: [
      provider.config({ jwksUrl: `${provider.issuer}/keys` }),
    ],
  });
  await test.authenticate(await test.sign());
  assertEquals(provider.requests, ["/keys"]);
});

Deno.test("a provider that does not answer well costs a 503, no hanging", async (t) => {
  const silence = Promise.withResolvers<Response>();
  const cases: Readonly<
    Record<string, (url: URL) => Response | Promise<Response>>
  > = {
    "silence": () => silence.promise,
    "an error": () => new Response("no", { status: 500 }),
    "a redirect": ({ origin }) => Response.redirect(`${origin}/elsewhere`),
    "no JSON": () => new Response("<html>"),
    "something else": () => Response.json({ keys: "none" }),
    "no keys at all": () => Response.json(null),
    "too many keys": () =>
      Response.json({ keys: Array.from({ length: 200 }, () => ({})) }),
    "too much": () => new Response("x".repeat(PROVIDER_DOCUMENT_SIZE_MAX + 1)),
    "too much, without an end": () => new Response(endless()),
  };
  await using test = await providerAuth();
  const { provider, clock } = test;
  for (const [name, answer] of Object.entries(cases)) {
    await t.step(name, async () => {
      clock.advance(PROVIDER_RETRY_INTERVAL_MS);
      provider.answer = (url) =>
        url.pathname === "/keys" ? answer(url) : undefined;
      const code = await test.refusal(await test.sign());
      assertEquals(code, "provider_unreachable");
      assert(!provider.requests.includes("/elsewhere"));
    });
  }
  silence.resolve(new Response());
  await t.step("and is not asked again at once", async () => {
    const { length } = provider.requests;
    assertEquals(
      await test.refusal(await test.sign()),
      "provider_unreachable",
    );
    assertEquals(provider.requests.length, length);
  });
  await t.step("until it answers", async () => {
    provider.answer = () => undefined;
    clock.advance(PROVIDER_RETRY_INTERVAL_MS);
    await test.authenticate(await test.sign());
  });
  await t.step("and what it said is good for a while", async () => {
    provider.answer = () => new Response(null, { status: 500 });
    clock.advance(PROVIDER_KEYS_STALE_MS - 1000);
    await test.authenticate(await test.sign());
    clock.advance(PROVIDER_RETRY_INTERVAL_MS);
    assertEquals(
      await test.refusal(await test.sign()),
      "provider_unreachable",
    );
  });
});

function endless(): ReadableStream<Uint8Array> {
  const chunk = new Uint8Array(64 * 1024).fill(0x20);
  return new ReadableStream({ pull: (it) => it.enqueue(chunk) });
}

Deno.test("a discovery document must be of the issuer, and of known hosts", async (t) => {
  const cases: Readonly<Record<string, (issuer: string) => object>> = {
    "another issuer": (issuer) => ({
      issuer: `${issuer}/`,
      ["jwks_uri"]: `${issuer}/keys`,
    }),
    "keys at another host": (issuer) => ({
      issuer,
      ["jwks_uri"]: "http://127.0.0.2:9/keys",
    }),
    "keys at another port": (issuer) => ({
      issuer,
      ["jwks_uri"]: "http://127.0.0.1:9/keys",
    }),
    "keys in a file": (issuer) => ({
      issuer,
      ["jwks_uri"]: "file:///etc/passwd",
    }),
    "no keys": (issuer) => ({ issuer }),
  };
  for (const [name, document] of Object.entries(cases)) {
    await t.step(name, async () => {
      await using test = await providerAuth();
      const { provider } = test;
      provider.answer = ({ pathname }) =>
        pathname.includes("well-known")
          ? Response.json(document(provider.issuer))
          : undefined;
      const code = await test.refusal(await test.sign());
      assertEquals(code, "provider_unreachable");
      assertEquals(provider.requests.includes("/keys"), false);
    });
  }
});

Deno.test("keys that could sign, or are too weak, verify nothing", async (t) => {
  await using test = await providerAuth();
  const { provider, clock } = test;
  const [key] = provider.keys;
  const weak = {
    kty: "RSA",
    kid: "first",
    alg: "RS256",
    e: "AQAB",
    n: "A".repeat(86),
  };
  const cases: Readonly<Record<string, object>> = {
    "a symmetric key": { kty: "oct", k: "AAAA", kid: "first", alg: "HS256" },
    "a private key": { ...key?.jwk, d: "AAAA" },
    "a key to encrypt with": { ...key?.jwk, use: "enc" },
    "a short RSA key": weak,
    "no point of the curve": { ...key?.jwk, x: "AAAA" },
  };
  for (const [name, jwk] of Object.entries(cases)) {
    await t.step(name, async () => {
      clock.advance(PROVIDER_KEYS_STALE_MS);
      provider.answer = ({ pathname }) =>
        pathname === "/keys" ? Response.json({ keys: [jwk] }) : undefined;
      const header = jwk === weak ? { alg: "RS256" } : {};
      const token = jwk === weak
        ? (await test.sign()).replace(
          /^[^.]+/,
          btoa('{"alg":"RS256","kid":"first"}').replaceAll("=", ""),
        )
        : await test.sign({}, { header });
      assertEquals(await test.refusal(token), UNAUTHENTICATED);
    });
  }
});
