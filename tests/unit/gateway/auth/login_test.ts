import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { type ErrorCode, GatewayError } from "../../../../src/errors.ts";
import { hashOf } from "../../../../src/gateway/auth/secret.ts";
import { Users } from "../../../../src/gateway/auth/users.ts";
import {
  DEMO_CODE_AGE_MAX_MS,
  SETUP_CODE_AGE_MAX_MS,
} from "../../../../src/limits.ts";
import { addUser, CHEAP_PHC, testAuth } from "../../../support/gateway.ts";

const address = "192.0.2.1";

async function refused(
  code: ErrorCode,
  attempt: () => Promise<unknown>,
): Promise<void> {
  const error = await assertRejects(attempt, GatewayError);
  assertEquals(error.code, code);
}

Deno.test("Login.byPassword() opens a session and hashes anew", async () => {
  await using test = await testAuth();
  await addUser(test.stateDir, { name: "ann", password: CHEAP_PHC });
  await test.auth.review();
  const password = "correct horse";
  const { user, secret } = await test.auth.login.byPassword({
    user: "ann",
    password,
    address,
  });
  assertEquals(user, "ann");
  const key = hashOf(secret);
  assertEquals(test.auth.session(key).principal()?.user, "ann");
  const stored = (await Users.open(test.stateDir)).find("ann")?.password;
  assert(stored?.startsWith("$argon2id$v=19$m=19456,t=2,p=1$"), stored);
  const again = await test.auth.login.byPassword({
    user: "ann",
    password,
    address,
  });
  assert(again.secret !== secret, "a new session each time");
});

Deno.test("Login.byPassword() refuses alike whatever is wrong", async (t) => {
  await using test = await testAuth();
  await addUser(test.stateDir, { name: "ann", password: CHEAP_PHC });
  await addUser(test.stateDir, { name: "nopassword" });
  await test.auth.review();
  const cases = [
    { name: "wrong password", user: "ann", password: "wrong horse" },
    { name: "empty password", user: "ann", password: "" },
    { name: "unknown user", user: "bob", password: "correct horse" },
    { name: "no password set", user: "nopassword", password: "" },
    { name: "another case", user: "Ann", password: "correct horse" },
    { name: "no name", user: "", password: "correct horse" },
    { name: "prototype", user: "__proto__", password: "correct horse" },
  ];
  for (const { name, user, password } of cases) {
    await t.step(name, () =>
      refused(
        "login_refused",
        () => test.auth.login.byPassword({ user, password, address }),
      ));
  }
  await t.step(
    "too long",
    () =>
      refused("bad_request", () =>
        test.auth.login.byPassword({
          user: "ann",
          password: "x".repeat(10_000_000),
          address,
        })),
  );
});

Deno.test("Login.byPassword() is limited, known user or not", async (t) => {
  for (const user of ["ann", "nobody"]) {
    await t.step(user, async () => {
      await using test = await testAuth();
      await addUser(test.stateDir, { name: "ann", password: CHEAP_PHC });
      await test.auth.review();
      const attempt = () =>
        test.auth.login.byPassword({ user, password: "wrong", address });
      for (let count = 0; count < 5; count++) {
        await refused("login_refused", attempt);
      }
      await refused("rate_limited", attempt);
      test.clock.advance(15 * 60_000);
      await refused("login_refused", attempt);
    });
  }
});

Deno.test("Login.setUp() makes the first user, once", async () => {
  await using test = await testAuth();
  const { login } = test.auth;
  const code = login.issueSetupCode() ?? "";
  const user = "ann";
  const password = "correct horse";
  const setUp = (change: object) => () =>
    login.setUp({ code, user, password, address, ...change });
  await refused("link_expired", setUp({ code: "guess" }));
  await refused("bad_user_name", setUp({ user: "Ann B" }));
  await refused("weak_password", setUp({ password: "short" }));
  const results = await Promise.allSettled([
    setUp({})(),
    setUp({ user: "bob" })(),
  ]);
  assertEquals(
    results.filter(({ status }) => status === "fulfilled").length,
    1,
  );
  await refused("link_expired", setUp({ user: "eve" }));
  assertEquals(login.issueSetupCode(), undefined);
  const { all } = await Users.open(test.stateDir);
  assertEquals(all.length, 1);
  assertEquals(all[0]?.grants, [{ right: "admin", cameras: "**" }]);
});

Deno.test("Login.setUp() ends with the link's time, and with another's user", async (t) => {
  await t.step("time", async () => {
    await using test = await testAuth();
    const { login } = test.auth;
    const code = login.issueSetupCode() ?? "";
    test.clock.advance(SETUP_CODE_AGE_MAX_MS);
    await refused(
      "link_expired",
      () =>
        login.setUp({ code, user: "ann", password: "correct horse", address }),
    );
  });
  await t.step("a user of the command line", async () => {
    await using test = await testAuth();
    const { login } = test.auth;
    const code = login.issueSetupCode() ?? "";
    await addUser(test.stateDir, { name: "bob" });
    await refused(
      "link_expired",
      () =>
        login.setUp({ code, user: "ann", password: "correct horse", address }),
    );
  });
});

Deno.test("Login.byCode() signs the demo's user in, once", async () => {
  await using test = await testAuth();
  const { login } = test.auth;
  const code = await login.issueDemoCode();
  const code2 = await login.issueDemoCode();
  const byCode = (code: string) => () => login.byCode({ code, address });
  assertEquals(
    assertThrows(byCode(code), GatewayError).code,
    "link_expired",
    "the newer one counts",
  );
  assertEquals(login.byCode({ code: code2, address }).user, "demo");
  assertThrows(byCode(code2), GatewayError);
  const late = await login.issueDemoCode();
  test.clock.advance(DEMO_CODE_AGE_MAX_MS);
  assertThrows(byCode(late), GatewayError);
  await refused(
    "login_refused",
    () => login.byPassword({ user: "demo", password: "", address }),
  );
});

Deno.test("Login.byPassword() never outlives a password changed meanwhile", async () => {
  await using test = await testAuth();
  const user = await addUser(test.stateDir, {
    name: "ann",
    password: CHEAP_PHC,
  });
  await test.auth.review();
  // Hashing anew takes long enough for the command line to come between.
  const login = test.auth.login.byPassword({
    user: "ann",
    password: "correct horse",
    address,
  });
  const users = await Users.open(test.stateDir);
  const password = CHEAP_PHC.replace("c2FsdHNhbHRzYWx0", "bmV3c2FsdG5ld3NhbHQ");
  await users.change(user.id, { password, sessionsFrom: test.clock.now() });
  // Refused, or signed in under the old password: then for no longer.
  const signedIn = await login.catch(() => undefined);
  await test.auth.review();
  const key = hashOf(signedIn?.secret ?? "");
  assertEquals(test.auth.session(key).principal(), undefined);
  await users.refresh();
  assertEquals(users.find("ann")?.password, password);
});
