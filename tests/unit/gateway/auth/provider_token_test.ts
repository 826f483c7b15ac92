import { assert, assertEquals, assertRejects } from "@std/assert";
import { exportSPKI } from "jose";
import type {
  AccessConfig,
  IdentityProviderConfig,
  Name,
} from "../../../../src/config/config.ts";
import { defaultConfig } from "../../../../src/config/parse.ts";
import { GatewayError } from "../../../../src/errors.ts";
import { Tokens } from "../../../../src/gateway/auth/token.ts";
import {
  PROVIDER_DOCUMENT_SIZE_MAX,
  PROVIDER_KEYS_AGE_MS,
  PROVIDER_KEYS_COOLDOWN_MS,
  PROVIDER_KEYS_STALE_MS,
  PROVIDER_RETRY_INTERVAL_MS,
} from "../../../../src/limits.ts";
import { addUser, admin, testAuth, view } from "../../../support/gateway.ts";
import {
  IdentityProvider,
  providerKey,
} from "../../../support/identity_provider.ts";

const ROLES = [
  { name: "viewer" as Name, grants: view("front") },
  { name: "boss" as Name, grants: admin("**") },
];

const FROM_CLAIMS = [
  { claim: "groups", value: "kvm", role: "viewer" },
  { claim: "department", value: "it", role: "boss" },
];

/** An `Auth` that trusts one provider. */
async function setup(fields: Partial<IdentityProviderConfig> = {}) {
  await using stack = new AsyncDisposableStack();
  const provider = stack.use(await IdentityProvider.start());
  const config = provider.config({ roles: FROM_CLAIMS, ...fields });
  const access: AccessConfig = {
    ...defaultConfig().access,
    roles: ROLES,
    identityProviders: [config],
  };
  const test = stack.use(await testAuth({ access }));
  const { auth, clock } = test;
  const nowS = () => Math.floor(clock.now() / 1000);
  const authenticate = (token: string) =>
    auth.authenticate({ kind: "bearer", token });
  const around = stack.move();
  return {
    ...test,
    provider,
    access,
    config,
    authenticate,
    sign: (claims: object = {}, options: object = {}) =>
      provider.sign({ ...claims }, { nowS: nowS(), ...options }),
    refusal: async (token: string) => {
      const attempt = () => authenticate(token);
      const error = await assertRejects(attempt, GatewayError);
      assert(!Deno.inspect(error).includes(token.slice(-20)), "quotes it");
      return error.code;
    },
    [Symbol.asyncDispose]: () => around[Symbol.asyncDispose](),
  };
}

type Setup = Awaited<ReturnType<typeof setup>>;

Deno.test("a provider's token gives the roles that its claims bring", async (t) => {
  await using test = await setup({ userClaim: "email" });
  const cases: readonly (readonly [string, object, readonly unknown[]])[] = [
    ["no role: known, and sees nothing", {}, []],
    ["a list", { groups: ["staff", "kvm"] }, view("front")],
    ["one value", { department: "it" }, admin("**")],
    ["both", { groups: ["kvm"], department: "it" }, [
      ...view("front"),
      ...admin("**"),
    ]],
    ["a value in a longer text", { groups: "kvm staff" }, []],
    ["another type", { groups: { kvm: true } }, []],
  ];
  for (const [name, claims, grants] of cases) {
    await t.step(name, async () => {
      const token = await test.sign({ email: "ann@example.com", ...claims });
      const principal = await test.authenticate(token);
      assertEquals(principal.grants, grants as typeof principal.grants);
      assertEquals(principal.user, "ann@example.com");
      assertEquals(principal.userId, "provider:corp:ann-1");
      assertEquals(principal.credential.kind, "provider");
    });
  }
  await t.step("a name that cannot be shown", async () => {
    const token = await test.sign({ email: "a\u202e\n" + "b".repeat(100) });
    const { user } = await test.authenticate(token);
    assertEquals(user, `a${"b".repeat(63)}`);
  });
  await t.step("no such claim: the subject", async () => {
    assertEquals((await test.authenticate(await test.sign())).user, "ann-1");
  });
});

Deno.test("a provider's token is taken by every public key algorithm", async (t) => {
  await using test = await setup();
  const algorithms = ["RS256", "PS256", "ES256", "ES384", "EdDSA"];
  test.provider.keys = await Promise.all(
    algorithms.map((alg) => providerKey(`key-${alg}`, alg)),
  );
  for (const key of test.provider.keys) {
    await t.step(key.alg, async () => {
      await test.authenticate(await test.sign({}, { key }));
    });
  }
  for (const typ of ["JWT", "at+jwt", "application/at+jwt"]) {
    await t.step(`typ ${typ}`, async () => {
      await test.authenticate(await test.sign({}, { header: { typ } }));
    });
  }
  await t.step("without a kid, where one key alone fits", async () => {
    const header = { kid: undefined };
    await test.authenticate(await test.sign({}, { header }));
  });
});

Deno.test("a provider's token is refused for what RFC 8725 warns of", async (t) => {
  await using test = await setup();
  const { provider, clock } = test;
  const nowS = Math.floor(clock.now() / 1000);
  await test.authenticate(await test.sign());
  const claimCases: Readonly<Record<string, object>> = {
    "another issuer": { iss: "https://evil.example" },
    "the issuer with a slash": { iss: `${provider.issuer}/` },
    "no issuer": { iss: undefined },
    "another audience": { aud: "mail" },
    "no audience": { aud: undefined },
    "an audience that begins alike": { aud: "cameras2" },
    "no exp": { exp: undefined },
    "expired": { exp: nowS - 60 },
    "expired by a second": { exp: nowS - 1 },
    "exp a string": { exp: String(nowS + 600) },
    "exp an array": { exp: [nowS + 600] },
    "exp infinite": { exp: "Infinity" },
    "no iat": { iat: undefined },
    "iat in the future": { iat: nowS + 600 },
    "iat two days old": { iat: nowS - 2 * 86_400 },
    "nbf in the future": { nbf: nowS + 600 },
    "no sub": { sub: undefined },
    "sub empty": { sub: "" },
    "sub a number": { sub: 1 },
    "a logout token": { events: { "urn:logout": {} } },
    "bound to a key": { cnf: { jkt: "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2Hg" } },
  };
  for (const [name, claims] of Object.entries(claimCases)) {
    await t.step(name, async () => {
      const code = await test.refusal(await test.sign(claims));
      assertEquals(code, name.includes("second") ? "session_ended" : CODE);
    });
  }
  const headCases: Readonly<Record<string, object>> = {
    "kid a path": { kid: "../../etc/passwd" },
    "kid a URL": { kid: "https://evil.example/key" },
    "kid a prototype's": { kid: "__proto__" },
    "kid SQL": { kid: "' OR 1=1 --" },
    "typ of our own tokens": { typ: "nalgate+jwt" },
    "typ of a hub's claim": { typ: "nalgate-user+jwt" },
    "typ of a logout token": { typ: "logout+jwt" },
    "typ of a request": { typ: "oauth-authz-req+jwt" },
  };
  for (const [name, header] of Object.entries(headCases)) {
    await t.step(name, async () => {
      assertEquals(await test.refusal(await test.sign({}, { header })), CODE);
    });
  }
  await t.step("another key under the right kid", async () => {
    const key = await providerKey("first");
    assertEquals(await test.refusal(await test.sign({}, { key })), CODE);
  });
  for (const name of ["jwk", "jku", "x5u"]) {
    await t.step(`${name} of the sender's`, async () => {
      const key = await providerKey("first");
      const url = `${provider.issuer}/evil`;
      const header = { [name]: name === "jwk" ? key.jwk : url };
      const token = await test.sign({}, { key, header });
      assertEquals(await test.refusal(token), CODE);
      assert(!provider.requests.includes("/evil"), "fetched it");
    });
  }
  await forgeries(t, test);
});

const CODE = "unauthenticated";

/** Tokens that the provider's own library would not even make. */
async function forgeries(t: Deno.TestContext, test: Setup): Promise<void> {
  const [head = "", body = "", signature = ""] = (await test.sign()).split(".");
  const [key] = test.provider.keys;
  const encode = (value: unknown) =>
    btoa(JSON.stringify(value)).replaceAll("=", "").replaceAll("+", "-")
      .replaceAll("/", "_");
  const claims = JSON.parse(atob(
    body.replaceAll("-", "+")
      .replaceAll("_", "/"),
  ));
  const spki = key === undefined ? "" : await exportSPKI(key.publicKey);
  const hmac = async (secret: string) => {
    const start = `${encode({ alg: "HS256", kid: "first" })}.${body}`;
    const imported = await crypto.subtle.importKey(
      "raw",
      new TextEncoder().encode(secret),
      { name: "HMAC", hash: "SHA-256" },
      false,
      ["sign"],
    );
    const bytes = await crypto.subtle.sign(
      "HMAC",
      imported,
      new TextEncoder().encode(start),
    );
    const text = btoa(String.fromCharCode(...new Uint8Array(bytes)));
    return `${start}.${
      text.replaceAll("=", "").replaceAll("+", "-")
        .replaceAll("/", "_")
    }`;
  };
  const crit = { alg: "ES256", kid: "first", crit: ["exp"], exp: 1 };
  const cases: Readonly<Record<string, string>> = {
    ...Object.fromEntries(["none", "None", "nOnE", ""].map((alg) => [
      `alg "${alg}"`,
      `${encode({ alg, kid: "first" })}.${body}.`,
    ])),
    "HS256 with the public key": await hmac(spki),
    "HS256 with the key's JSON": await hmac(JSON.stringify(key?.jwk)),
    "crit": `${encode(crit)}.${body}.${signature}`,
    "b64 false": `${
      encode({ alg: "ES256", kid: "first", b64: false, crit: ["b64"] })
    }.${body}.${signature}`,
    "no signature": `${head}.${body}.`,
    "a short signature": `${head}.${body}.${signature.slice(0, 20)}`,
    "a signature of zeros": `${head}.${body}.${"A".repeat(86)}`,
    "another body": `${head}.${
      encode({ ...claims, groups: ["kvm"] })
    }.${signature}`,
    "a part more": `${head}.${body}.${signature}.${signature}`,
    "a part less": `${head}.${body}`,
    "a megabyte": `${head}.${"A".repeat(1_000_000)}.${signature}`,
    "no JSON": `${head}.${btoa("{").replaceAll("=", "")}.${signature}`,
  };
  for (const [name, token] of Object.entries(cases)) {
    await t.step(name, async () => {
      assertEquals(await test.refusal(token), CODE);
    });
  }
}

Deno.test("our own tokens stay our own beside a provider's", async () => {
  await using test = await setup();
  const { stateDir, clock, auth, authenticate } = test;
  const user = await addUser(stateDir, { name: "ann", grants: view("front") });
  const tokens = await Tokens.open({ stateDir, now: clock.now });
  const { token } = await tokens.issue({
    user,
    scope: view("**"),
    ageMaxMs: 60_000,
  });
  await auth.review();
  assertEquals((await authenticate(token)).credential.kind, "token");
  assertEquals(test.provider.requests, []);
  const claimed = await test.sign({ iss: "nalgate" });
  assertEquals(await test.refusal(claimed), CODE);
});

Deno.test("providers without an audience take no bearer tokens", async () => {
  await using test = await setup({ audience: undefined });
  assertEquals(await test.refusal(await test.sign()), CODE);
  assertEquals(test.provider.requests, []);
});

Deno.test("a provider's keys are found, kept, and rotated", async () => {
  await using test = await setup();
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
  assertEquals(await test.refusal(await test.sign()), CODE, "too soon");
  clock.advance(PROVIDER_KEYS_COOLDOWN_MS);
  await test.authenticate(await test.sign());
  assertEquals(fetched().length, 2);
  assertEquals(await test.refusal(await test.sign({}, { key: old })), CODE);

  // Strangers can name any key, but cause no fetch with each.
  for (let at = 0; at < 20; at++) {
    const header = { kid: `stranger ${at}` };
    await test.refusal(await test.sign({}, { header }));
  }
  assertEquals(fetched().length, 2);

  clock.advance(PROVIDER_KEYS_AGE_MS);
  await test.authenticate(await test.sign());
  while (fetched().length < 3) await new Promise((go) => setTimeout(go, 5));
});

Deno.test("a configured key set is fetched without discovery", async () => {
  await using test = await setup();
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
  await using test = await setup();
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
      await using test = await setup();
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
  await using test = await setup();
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
      assertEquals(await test.refusal(token), CODE);
    });
  }
});

Deno.test("a provider's token ends live leases when its right ends", async (t) => {
  const cases: readonly {
    name: string;
    change: (test: Setup) => void;
    reason: string | undefined;
  }[] = [
    {
      name: "nothing",
      change: ({ auth, access }) => auth.configure(access),
      reason: undefined,
    },
    {
      name: "expiry",
      change: ({ clock }) => clock.advance(3_600_000),
      reason: "session_ended",
    },
    {
      name: "another audience",
      change: ({ auth, access, config }) =>
        auth.configure({
          ...access,
          identityProviders: [{ ...config, audience: "mail" }],
        }),
      reason: "session_ended",
    },
    {
      name: "no such provider any more",
      change: ({ auth, access }) =>
        auth.configure({ ...access, identityProviders: [] }),
      reason: "session_ended",
    },
    {
      name: "the claim gives no role any more",
      change: ({ auth, access, config }) =>
        auth.configure({
          ...access,
          identityProviders: [{ ...config, roles: [] }],
        }),
      reason: "rights_ended",
    },
    {
      name: "the role sees other cameras",
      change: ({ auth, access }) =>
        auth.configure({
          ...access,
          roles: [{ name: "viewer" as Name, grants: view("back") }],
        }),
      reason: "rights_ended",
    },
  ];
  for (const { name, change, reason } of cases) {
    await t.step(name, async () => {
      await using test = await setup();
      const token = await test.sign({ groups: ["kvm"] });
      const { credential } = await test.authenticate(token);
      const { signal } = test.auth.leases.open(credential, "front");
      assertEquals(signal.aborted, false);
      change(test);
      await test.auth.review();
      const ended = signal.reason as GatewayError | undefined;
      assertEquals(ended?.code as string | undefined, reason);
    });
  }
});
