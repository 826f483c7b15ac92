import { assertEquals, assertRejects } from "@std/assert";
import { type JWTHeaderParameters, SignJWT } from "jose";
import { hkdfSync } from "node:crypto";
import { GatewayError } from "../../../../src/errors.ts";
import {
  signUserClaim,
  verifyUserClaim,
} from "../../../../src/gateway/auth/user_claim.ts";
import { testAuth, testClock, view } from "../../../support/gateway.ts";
import { Machines } from "../../../../src/gateway/auth/machine.ts";

const TOKEN = `nalgate_${"0".repeat(24)}_${"s".repeat(43)}`;
const HUB = "nalgate-of-the-hub";
const DEVICE = "nalgate-of-the-device";
const HOSTS = new Set(["garage.example", "10.0.0.7:8080"]);
const AUDIENCE = "http://10.0.0.7:8080/";

const { now, advance } = testClock();

function sign(fields: Partial<Parameters<typeof signUserClaim>[0]> = {}) {
  return signUserClaim({
    token: TOKEN,
    instance: HUB,
    audience: AUDIENCE,
    user: "ann",
    now,
    ...fields,
  });
}

function verify(claim: string): Promise<string> {
  const check = { token: TOKEN, instance: DEVICE, hosts: HOSTS, now };
  return verifyUserClaim(claim, check);
}

async function refused(claim: string, code = "unauthenticated") {
  const error = await assertRejects(() => verify(claim), GatewayError);
  assertEquals<string>(error.code, code);
}

Deno.test("verifyUserClaim() takes what signUserClaim() gave", async (t) => {
  const users = ["ann", "Jörg Ü", "ann@example.com", "安", "x".repeat(64)];
  for (const user of users) {
    await t.step(user, async () => {
      assertEquals(await verify(await sign({ user })), user);
    });
  }
  const audiences = [
    "http://10.0.0.7:8080/",
    "https://10.0.0.7:8080/",
    "https://garage.example/",
    "https://garage.example/kvm/",
    "http://garage.example:80/",
  ];
  for (const audience of audiences) {
    await t.step(audience, async () => {
      assertEquals(await verify(await sign({ audience })), "ann");
    });
  }
});

Deno.test("signUserClaim() cuts what cannot be shown", async () => {
  assertEquals(await verify(await sign({ user: "a\nb\u202ec" })), "abc");
  assertEquals(await verify(await sign({ user: "" })), "(unnamed)");
  const long = await verify(await sign({ user: "ü".repeat(100) }));
  assertEquals(long, "ü".repeat(64));
});

Deno.test("verifyUserClaim() refuses all but this hub's fresh claim", async (t) => {
  const nowS = Math.floor(now() / 1000);
  const claims = {
    iss: HUB,
    aud: AUDIENCE,
    sub: "ann",
    jti: "1",
    iat: nowS,
    exp: nowS + 60,
  };
  const keyOf = (token: string) =>
    new Uint8Array(hkdfSync("sha256", token, "", "nalgate user claim", 32));
  const forge = (
    { head = {}, body = {}, key = keyOf(TOKEN) }: {
      head?: object;
      body?: object;
      key?: Uint8Array;
    },
  ) => {
    const given = Object.entries({ ...claims, ...body })
      .filter(([, value]) => value !== undefined);
    const header = { alg: "HS256", typ: "nalgate-user+jwt", ...head };
    return new SignJWT(Object.fromEntries(given))
      .setProtectedHeader(header as JWTHeaderParameters).sign(key);
  };
  await t.step("(the base of all cases is good)", async () => {
    assertEquals(await verify(await forge({})), "ann");
  });
  const cases: Readonly<Record<string, Parameters<typeof forge>[0]>> = {
    "the key of another token": { key: keyOf(`${TOKEN}x`) },
    "the token itself as key": { key: new TextEncoder().encode(TOKEN) },
    "another algorithm": { head: { alg: "HS512" } },
    "no typ": { head: { typ: undefined } },
    "typ of our tokens": { head: { typ: "nalgate+jwt" } },
    "no iss": { body: { iss: undefined } },
    "no aud": { body: { aud: undefined } },
    "aud of another device": { body: { aud: "http://10.0.0.8:8080/" } },
    "aud of another port": { body: { aud: "http://10.0.0.7:8081/" } },
    "aud that begins alike": { body: { aud: "http://10.0.0.7:8080.evil/" } },
    "aud with our host as user": {
      body: { aud: "http://10.0.0.7:8080@evil.example/" },
    },
    "two auds": { body: { aud: [AUDIENCE, "http://evil.example/"] } },
    "no sub": { body: { sub: undefined } },
    "a sub with a line break": { body: { sub: "ann\nroot" } },
    "a long sub": { body: { sub: "x".repeat(65) } },
    "no jti": { body: { jti: undefined } },
    "no iat": { body: { iat: undefined } },
    "no exp": { body: { exp: undefined } },
    "a long life": { body: { exp: nowS + 3600 } },
    "expired": { body: { iat: nowS - 200, exp: nowS - 140 } },
    "from the future": { body: { iat: nowS + 200, exp: nowS + 260 } },
  };
  for (const [name, fields] of Object.entries(cases)) {
    await t.step(name, async () => await refused(await forge(fields)));
  }
  await t.step("no JWT", () => refused("ann"));
  await t.step("a megabyte", () => refused("A".repeat(1_000_000)));
  await t.step("unsigned", async () => {
    const [, body] = (await forge({})).split(".");
    const head = btoa('{"alg":"none","typ":"nalgate-user+jwt"}');
    await refused(`${head.replaceAll("=", "")}.${body}.`);
  });
  await t.step("our own", async () => {
    await refused(await forge({ body: { iss: DEVICE } }), "loop");
  });
  await t.step("our own, but not signed so", async () => {
    const key = keyOf("x");
    await refused(await forge({ key, body: { iss: DEVICE } }));
  });
  await t.step("a minute and a half later", async () => {
    const claim = await forge({});
    advance(91_000);
    await refused(claim);
  });
});

Deno.test("Auth knows a hub's user by name, machine and grants", async (t) => {
  await using test = await testAuth();
  const { auth, stateDir, clock } = test;
  const machines = await Machines.open({ stateDir, now: clock.now });
  const issue = async (speaksForUsers: boolean) => {
    const grants = view("front");
    const name = "hub";
    return await machines.issue({ name, grants, speaksForUsers });
  };
  const hub = await issue(true);
  const recorder = await issue(false);
  await auth.review();
  const present = async (token: string, user: string) => {
    const claim = await sign({ token, user, now: clock.now });
    const userClaim = { claim, hosts: HOSTS };
    return await auth.authenticate({ kind: "bearer", token, userClaim });
  };
  await t.step("grants and names", async () => {
    const ann = await present(hub.token, "ann");
    const bob = await present(hub.token, "bob");
    assertEquals(ann.user, "ann@hub");
    assertEquals([ann.viaDevice, bob.viaDevice], [true, true]);
    assertEquals(ann.grants, view("front"));
    assertEquals(ann.credential.kind, "hub");
    assertEquals(new Set([ann.userId, bob.userId]).size, 2);
  });
  await t.step("the machine itself, without a claim", async () => {
    const token = hub.token;
    const machine = await auth.authenticate({ kind: "bearer", token });
    assertEquals([machine.user, machine.viaDevice], ["hub", undefined]);
    assertEquals(machine.expiresAt, Infinity);
  });
  await t.step("not without --speaks-for-users", async () => {
    const error = await assertRejects(
      () => present(recorder.token, "ann"),
      GatewayError,
    );
    assertEquals(error.code, "unauthenticated");
  });
  await t.step("a revoked token ends its users' leases", async () => {
    const { credential } = await present(hub.token, "ann");
    const { signal } = auth.leases.open(credential, "front");
    await machines.revoke(({ id }) => id === hub.record.id);
    await auth.review();
    assertEquals((signal.reason as GatewayError).code, "session_ended");
  });
});
