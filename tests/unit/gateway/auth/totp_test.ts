import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { GatewayError } from "../../../../src/errors.ts";
import {
  newTotp,
  totpCode,
  totpStep,
  totpUri,
} from "../../../../src/gateway/auth/totp.ts";
import { Users } from "../../../../src/gateway/auth/users.ts";
import { addUser, CHEAP_PHC, testAuth } from "../../../support/gateway.ts";

/** "12345678901234567890", the secret of the RFCs' vectors. */
const SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

Deno.test("totpCode() makes the codes of RFC 4226 and RFC 6238", async (t) => {
  const counted = "755224 287082 359152 969429 338314 254676 287922 162583 " +
    "399871 520489";
  assertEquals(
    counted.split(" ").map((_, step) => totpCode(SECRET, step)).join(" "),
    counted,
  );
  // The RFC's codes have eight digits; ours are the last six of them.
  const timed = [
    [59, "94287082"],
    [1111111109, "07081804"],
    [1111111111, "14050471"],
    [1234567890, "89005924"],
    [2000000000, "69279037"],
    [20000000000, "65353130"],
  ] as const;
  for (const [seconds, code] of timed) {
    await t.step(`at ${seconds}`, () => {
      assertEquals(totpCode(SECRET, Math.floor(seconds / 30)), code.slice(-6));
    });
  }
});

Deno.test("totpStep() takes a code one step early or late, none twice", async (t) => {
  const now = 100 * 30_000 + 29_999;
  const cases:
    readonly (readonly [string, string, number, number | undefined])[] = [
      ["now", totpCode(SECRET, 100), 0, 100],
      ["one step late", totpCode(SECRET, 99), 0, 99],
      ["one step early", totpCode(SECRET, 101), 0, 101],
      ["two steps late", totpCode(SECRET, 98), 0, undefined],
      ["two steps early", totpCode(SECRET, 102), 0, undefined],
      ["used", totpCode(SECRET, 100), 100, undefined],
      ["older than the one used", totpCode(SECRET, 99), 100, undefined],
      ["newer than the one used", totpCode(SECRET, 101), 100, 101],
      ["with spaces", totpCode(SECRET, 100).replace(/^.../, " $& "), 0, 100],
      ["nothing", "", 0, undefined],
      ["a digit more", `${totpCode(SECRET, 100)}0`, 0, undefined],
    ];
  for (const [name, code, usedStep, expected] of cases) {
    await t.step(name, () => {
      const totp = { secret: SECRET, usedStep };
      assertEquals(totpStep(totp, { code, now }), expected);
    });
  }
});

Deno.test("newTotp() makes secrets that apps take", () => {
  const totp = newTotp();
  assertMatch(totp.secret, /^[A-Z2-7]{32}$/);
  assert(totp.secret !== newTotp().secret);
  assertEquals(
    totpUri("ann@lab", { secret: SECRET }),
    `otpauth://totp/nalgate%3Aann%40lab?secret=${SECRET}&issuer=nalgate`,
  );
});

/** Ann, whose password takes a code as well. */
async function setup() {
  const test = await testAuth();
  const { auth, stateDir, clock } = test;
  const { id } = await addUser(stateDir, { name: "ann", password: CHEAP_PHC });
  const users = await Users.open(stateDir);
  await users.change(id, { totp: { secret: SECRET, usedStep: 0 } });
  await auth.review();
  const login = async (
    totp?: string,
    { password = "correct horse", address = "192.0.2.1" } = {},
  ) => {
    const attempt = () =>
      auth.login.byPassword({ user: "ann", password, totp, address });
    try {
      return (await attempt()).user;
    } catch (error) {
      if (error instanceof GatewayError) return error.code;
      throw error;
    }
  };
  const code = () => totpCode(SECRET, Math.floor(clock.now() / 30_000));
  return { ...test, login, code };
}

Deno.test("a code is asked for after the right password only", async () => {
  const test = await setup();
  await using _ = test;
  const { login, code } = test;
  assertEquals(await login(undefined, { password: "wrong" }), "login_refused");
  assertEquals(await login(code(), { password: "wrong" }), "login_refused");
  assertEquals(await login(), "totp_needed");
  assertEquals(await login("000000"), "totp_refused");
  assertEquals(await login(code()), "ann", "the wrong password has spent none");
  assertEquals(await login(code()), "totp_refused", "again");
});

Deno.test("one of two who have the same code gets in", async () => {
  const test = await setup();
  await using _ = test;
  const { login, code } = test;
  const results = await Promise.all([login(code()), login(code())]);
  assertEquals(results.sort(), ["ann", "totp_refused"]);
});

Deno.test("guesses of codes are slowed down, whoever asks in between", async () => {
  const test = await setup();
  await using _ = test;
  const { login } = test;
  const results = [];
  for (const guess of ["000000", undefined, "000001", undefined, "000002"]) {
    results.push(await login(guess));
  }
  assertEquals(await login(test.code()), "rate_limited");
  assertEquals(results.filter((result) => result === "rate_limited"), []);
});

Deno.test("Users reads no second factor that is none", async () => {
  const test = await setup();
  await using _ = test;
  const file = `${test.stateDir}/users.json`;
  const text = await Deno.readTextFile(file);
  await Deno.writeTextFile(file, text.replace(SECRET, "short"));
  const error = await assertRejects(() => Users.open(test.stateDir), TypeError);
  assert(!error.message.includes("short"));
});
