import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  exportSPKI,
  generateKeyPair,
  importJWK,
  type JWTHeaderParameters,
  SignJWT,
} from "jose";
import { GatewayError } from "../../../../src/errors.ts";
import { Tokens } from "../../../../src/gateway/auth/token.ts";
import { openTokenKey } from "../../../../src/gateway/auth/token_key.ts";
import { TOKEN_AGE_MAX_MS } from "../../../../src/limits.ts";
import { temporaryFolder, testClock, view } from "../../../support/gateway.ts";

const HOUR_MS = 3_600_000;
const USER = { id: "u1", name: "ann", grants: [], sessionsFrom: 0 };

async function setup() {
  const folder = await temporaryFolder();
  const clock = testClock();
  const stateDir = folder.path;
  const tokens = await Tokens.open({ stateDir, now: clock.now });
  const issue = () =>
    tokens.issue({ user: USER, scope: view("front"), ageMaxMs: HOUR_MS });
  return {
    ...folder,
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
    clock,
    stateDir,
    tokens,
    issue,
  };
}

async function refused(tokens: Tokens, token: string): Promise<void> {
  const error = await assertRejects(() => tokens.verify(token), GatewayError);
  assertEquals(error.code, "unauthenticated");
  assert(!Deno.inspect(error).includes(token.slice(-20)), "quotes the token");
}

Deno.test("Tokens.verify() takes what issue() gave", async () => {
  await using test = await setup();
  const { token, record } = await test.issue();
  const credential = await test.tokens.verify(token);
  assertEquals(credential, {
    id: record.id,
    userId: "u1",
    scope: view("front"),
    ageMs: HOUR_MS,
  });
  assertEquals(test.tokens.find(record.id), record);
  assertEquals(record.expiresAt - record.createdAt, HOUR_MS);
});

Deno.test("Tokens.issue() bounds the age and never stores the token", async () => {
  await using test = await setup();
  const { token, record } = await test.tokens.issue({
    user: USER,
    scope: view("**"),
    ageMaxMs: 365 * 24 * HOUR_MS,
  });
  assertEquals(record.expiresAt - record.createdAt, TOKEN_AGE_MAX_MS);
  for await (const { name } of Deno.readDir(test.stateDir)) {
    const text = await Deno.readTextFile(`${test.stateDir}/${name}`);
    assert(!text.includes(token.split(".")[2] ?? "?"), name);
  }
});

Deno.test("Tokens end by expiry, revocation and the loss of the list", async () => {
  await using test = await setup();
  const { tokens, clock } = test;
  const [one, two, three] = [
    await test.issue(),
    await test.issue(),
    await test.issue(),
  ];
  // Another process, as the command line is.
  const other = await Tokens.open({ stateDir: test.stateDir, now: clock.now });
  assertEquals(await other.revoke(({ id }) => id === one.record.id), 1);
  assert(tokens.find(one.record.id), "not looked yet");
  await tokens.refresh();
  assert(!tokens.find(one.record.id));
  assert(tokens.find(two.record.id));

  await Deno.remove(`${test.stateDir}/tokens.json`);
  await tokens.refresh();
  assert(!tokens.find(two.record.id));

  await tokens.verify(three.token);
  clock.advance(2 * HOUR_MS);
  await refused(tokens, three.token);
  assert(!tokens.find(three.record.id));
});

Deno.test("Tokens of another nalgate are worth nothing", async () => {
  await using test = await setup();
  await using elsewhere = await setup();
  const { token } = await elsewhere.issue();
  await refused(test.tokens, token);
});

Deno.test("openTokenKey() makes one key, whoever comes first", async () => {
  await using folder = await temporaryFolder();
  const keys = await Promise.all(
    Array.from({ length: 4 }, () => openTokenKey(folder.path)),
  );
  assertEquals(new Set(keys.map(({ kid }) => kid)).size, 1);
  const { mode } = await Deno.stat(`${folder.path}/token_key.json`);
  assertEquals((mode ?? 0) & 0o777, 0o600);
});

Deno.test("Tokens.verify() refuses what RFC 8725 warns of", async (t) => {
  await using test = await setup();
  const { tokens, stateDir, clock } = test;
  const key = await openTokenKey(stateDir);
  const nowS = Math.floor(clock.now() / 1000);
  const header = { alg: "EdDSA", kid: key.kid, typ: "nalgate+jwt" };
  const claims = {
    iss: "nalgate",
    aud: key.instance,
    sub: "u1",
    jti: "t1",
    iat: nowS,
    exp: nowS + 600,
    scope: view("front"),
  };
  type Claims = { [name: string]: unknown };
  const sign = (
    { head = {}, body = {} }: { head?: object; body?: Claims },
  ): Promise<string> => {
    const payload = Object.fromEntries(
      Object.entries({ ...claims, ...body })
        .filter(([, value]) => value !== undefined),
    );
    return new SignJWT(payload)
      .setProtectedHeader({ ...header, ...head } as JWTHeaderParameters)
      .sign(key.privateKey);
  };
  await t.step("(the base of all cases is good)", async () => {
    assertEquals((await tokens.verify(await sign({}))).userId, "u1");
  });

  const claimCases: Readonly<Record<string, Claims>> = {
    "no exp": { exp: undefined },
    "no iat": { iat: undefined },
    "no sub": { sub: undefined },
    "no jti": { jti: undefined },
    "no iss": { iss: undefined },
    "no aud": { aud: undefined },
    "no scope": { scope: undefined },
    "expired": { exp: nowS - 60 },
    "exp a string": { exp: String(nowS + 600) },
    "exp an array": { exp: [nowS + 600] },
    "exp null": { exp: null },
    "nbf in the future": { nbf: nowS + 600 },
    "iat 30 days old": { iat: nowS - 30 * 86_400 },
    "iat in the future": { iat: nowS + 600 },
    "another issuer": { iss: "mallory" },
    "another audience": { aud: "nalgate-elsewhere" },
    "scope of another shape": { scope: "**" },
    "scope with a wrong glob": { scope: view("../front") },
    "sub a number": { sub: 1 },
  };
  for (const [name, body] of Object.entries(claimCases)) {
    await t.step(name, async () => {
      await refused(tokens, await sign({ body }));
    });
  }

  const stranger = await generateKeyPair("EdDSA", { crv: "Ed25519" });
  const headCases: Readonly<Record<string, object>> = {
    "no kid": { kid: undefined },
    "kid a path": { kid: "../../token_key.json" },
    "kid a URL": { kid: "https://evil.example/key" },
    "kid SQL": { kid: "' OR 1=1 --" },
    "another typ": { typ: "JWT" },
    "no typ": { typ: undefined },
  };
  for (const [name, head] of Object.entries(headCases)) {
    await t.step(name, async () => {
      await refused(tokens, await sign({ head }));
    });
  }
  for (const name of ["jwk", "jku", "x5u"]) {
    await t.step(`${name} of the sender's`, async () => {
      const token = await new SignJWT(claims)
        .setProtectedHeader({
          ...header,
          [name]: name === "jwk"
            ? { kty: "OKP", crv: "Ed25519", x: "A".repeat(43) }
            : "https://evil.example/key",
        })
        .sign(stranger.privateKey);
      await refused(tokens, token);
    });
  }

  const base64Url = (value: unknown) =>
    btoa(JSON.stringify(value)).replaceAll("=", "").replaceAll("+", "-")
      .replaceAll("/", "_");
  for (const alg of ["none", "None", "NONE", "", "nOnE"]) {
    await t.step(`alg ${alg || "(empty)"}`, async () => {
      const unsigned = [base64Url({ ...header, alg }), base64Url(claims), ""];
      await refused(tokens, unsigned.join("."));
    });
  }
  await t.step("HS256 with the public key as secret", async () => {
    const secret = new TextEncoder().encode(await exportSPKI(key.publicKey));
    const token = await new SignJWT(claims)
      .setProtectedHeader({ ...header, alg: "HS256" })
      .sign(
        await importJWK({ kty: "oct", k: base64Url([...secret]) }, "HS256"),
      );
    await refused(tokens, token);
  });
  await t.step("another algorithm's good signature", async () => {
    const { privateKey } = await generateKeyPair("ES256");
    const token = await new SignJWT(claims)
      .setProtectedHeader({ ...header, alg: "ES256" })
      .sign(privateKey);
    await refused(tokens, token);
  });

  const good = await sign({});
  const [head = "", body = "", signature = ""] = good.split(".");
  const flipped = (signature.startsWith("A") ? "B" : "A") + signature.slice(1);
  const textCases: Readonly<Record<string, string>> = {
    "no dots": "x".repeat(40),
    "no signature": `${head}.${body}.`,
    "signature flipped": `${head}.${body}.${flipped}`,
    "short signature": `${head}.${body}.${signature.slice(0, 20)}`,
    "body swapped": `${head}.${
      base64Url({ ...claims, sub: "u2" })
    }.${signature}`,
    "no JSON": `${btoa("{")}.${body}.${signature}`,
    "a part more": `${good}.${signature}`,
    "a megabyte": `${head}.${"A".repeat(1_000_000)}.${signature}`,
  };
  for (const [name, token] of Object.entries(textCases)) {
    await t.step(name, () => refused(tokens, token));
  }
});
