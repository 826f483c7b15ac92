import { assert, assertEquals } from "@std/assert";
import { exportSPKI } from "jose";
import type { Name } from "../../../../src/config/config.ts";
import type { GatewayError } from "../../../../src/errors.ts";
import { Tokens } from "../../../../src/gateway/auth/token.ts";
import { addUser, admin, view } from "../../../support/gateway.ts";
import { providerKey } from "../../../support/identity_provider.ts";
import {
  providerAuth,
  UNAUTHENTICATED,
} from "../../../support/provider_auth.ts";

type Setup = Awaited<ReturnType<typeof providerAuth>>;

Deno.test("a provider's token gives the roles that its claims bring", async (t) => {
  await using test = await providerAuth({ userClaim: "email" });
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
      assertEquals(principal.userId, "corp/ann-1");
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
  await using test = await providerAuth();
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
  await using test = await providerAuth();
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
      assertEquals(
        code,
        name.includes("second") ? "session_ended" : UNAUTHENTICATED,
      );
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
      assertEquals(
        await test.refusal(await test.sign({}, { header })),
        UNAUTHENTICATED,
      );
    });
  }
  await t.step("another key under the right kid", async () => {
    const key = await providerKey("first");
    assertEquals(
      await test.refusal(await test.sign({}, { key })),
      UNAUTHENTICATED,
    );
  });
  for (const name of ["jwk", "jku", "x5u"]) {
    await t.step(`${name} of the sender's`, async () => {
      const key = await providerKey("first");
      const url = `${provider.issuer}/evil`;
      const header = { [name]: name === "jwk" ? key.jwk : url };
      const token = await test.sign({}, { key, header });
      assertEquals(await test.refusal(token), UNAUTHENTICATED);
      assert(!provider.requests.includes("/evil"), "fetched it");
    });
  }
  await forgeries(t, test);
});

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
      assertEquals(await test.refusal(token), UNAUTHENTICATED);
    });
  }
}

Deno.test("our own tokens stay our own beside a provider's", async () => {
  await using test = await providerAuth();
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
  assertEquals(await test.refusal(claimed), UNAUTHENTICATED);
});

Deno.test("providers without an audience take no bearer tokens", async () => {
  await using test = await providerAuth({ audience: undefined });
  assertEquals(await test.refusal(await test.sign()), UNAUTHENTICATED);
  assertEquals(test.provider.requests, []);
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
      await using test = await providerAuth();
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
