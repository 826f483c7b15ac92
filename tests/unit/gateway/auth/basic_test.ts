import { assertEquals, assertRejects } from "@std/assert";
import { defaultConfig } from "../../../../src/config/parse.ts";
import { GatewayError } from "../../../../src/errors.ts";
import { Passwords } from "../../../../src/gateway/auth/password.ts";
import { Users } from "../../../../src/gateway/auth/users.ts";
import { BASIC_AGE_MS, LOGIN_LIMITS } from "../../../../src/limits.ts";
import {
  addUser,
  CHEAP_PHC,
  testAuth,
  view,
} from "../../../support/gateway.ts";

const PASSWORD = "correct horse";
/** Of the same, as `htpasswd -B -C 4` makes it. */
const BCRYPT = "$2y$04$/uaF/uaF/uaF/uaF/uaF/u6TEgyYmJd3P9pjrLThYbp3Es11Sf7Pe";

async function setup(password = CHEAP_PHC) {
  const test = await testAuth({ access: { basicAuth: true } });
  const { auth, stateDir } = test;
  const user = await addUser(stateDir, {
    name: "ann",
    password,
    grants: view("front"),
  });
  await auth.review();
  const present = (password = PASSWORD, user = "ann") =>
    auth.authenticate({ kind: "basic", user, password, address: "192.0.2.1" });
  const refusal = async (password?: string, user?: string) => {
    const attempt = () => present(password, user);
    return (await assertRejects(attempt, GatewayError)).code;
  };
  const users = await Users.open(stateDir);
  return { ...test, user, users, present, refusal };
}

Deno.test("Basic takes a user's password, and no other", async () => {
  const test = await setup();
  await using _ = test;
  const principal = await test.present();
  assertEquals(principal.user, "ann");
  assertEquals(principal.grants, view("front"));
  assertEquals(await test.refusal("wrong horse"), "login_refused");
  assertEquals(await test.refusal(PASSWORD, "bob"), "login_refused");
  assertEquals(await test.refusal("", ""), "login_refused");
  assertEquals(await test.refusal("x".repeat(2000)), "bad_request");
});

Deno.test("Basic is refused unless the configuration lets it, also later", async () => {
  const test = await setup();
  await using _ = test;
  const { credential } = await test.present();
  const { signal } = test.auth.leases.open(credential, "front");
  assertEquals(signal.aborted, false);
  test.auth.configure(defaultConfig().access);
  assertEquals((signal.reason as GatewayError).code, "session_ended");
  assertEquals(await test.refusal(), "unauthenticated");
});

Deno.test("Basic hashes a password once for many requests", async () => {
  using passwords = new Passwords();
  const costly = await passwords.hash(PASSWORD);
  const test = await setup(costly);
  await using _ = test;
  const timed = async (count: number) => {
    const start = performance.now();
    await Promise.all(Array.from({ length: count }, () => test.present()));
    return performance.now() - start;
  };
  // More at once than the hashing queue takes, then very many.
  const firstMs = await timed(50);
  const restMs = await timed(500);
  assertEquals(restMs < 500 * firstMs / 10, true, `${firstMs}, ${restMs}`);
  test.clock.advance(BASIC_AGE_MS);
  assertEquals((await test.present()).user, "ann");
});

Deno.test("Basic forgets a password that was changed", async () => {
  const test = await setup();
  await using _ = test;
  const { credential } = await test.present();
  const { signal } = test.auth.leases.open(credential, "front");
  using passwords = new Passwords();
  await test.users.change(test.user.id, {
    password: await passwords.hash("another horse"),
    sessionsFrom: test.clock.now(),
  });
  await test.auth.review();
  assertEquals((signal.reason as GatewayError).code, "session_ended");
  assertEquals(await test.refusal(), "login_refused");
  assertEquals((await test.present("another horse")).user, "ann");
});

Deno.test("Basic forgets a user who was removed", async () => {
  const test = await setup();
  await using _ = test;
  await test.present();
  await test.users.remove("ann");
  await test.auth.review();
  assertEquals(await test.refusal(), "login_refused");
});

Deno.test("Basic is limited as logins are; a known program is spared", async () => {
  const test = await setup();
  await using _ = test;
  await test.present();
  for (let at = 0; at < LOGIN_LIMITS.account.failuresMax; at++) {
    assertEquals(await test.refusal(`guess ${at}`), "login_refused");
  }
  assertEquals(await test.refusal("guess"), "rate_limited");
  assertEquals((await test.present()).user, "ann");
});

Deno.test("Basic makes a new hash of an old one, and goes on", async () => {
  const test = await setup(BCRYPT);
  await using _ = test;
  const { credential } = await test.present();
  await test.users.refresh();
  const phc = test.users.find("ann")?.password ?? "";
  assertEquals(phc.startsWith("$argon2id$v=19$m=19456,t=2,p=1$"), true, phc);
  await test.auth.review();
  assertEquals(credential.principal()?.user, "ann");
  assertEquals((await test.present()).user, "ann");
  assertEquals(await test.refusal("wrong horse"), "login_refused");
});
