import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  isGoodPassword,
  needsRehash,
  parsePassword,
  Passwords,
} from "../../../../src/gateway/auth/password.ts";
import { GatewayError } from "../../../../src/errors.ts";
import { PASSWORD_QUEUE_MAX } from "../../../../src/limits.ts";
import { CHEAP_PHC } from "../../../support/gateway.ts";

Deno.test("Passwords.hash() makes argon2id PHC strings that verify() takes", async () => {
  using passwords = new Passwords();
  const phc = await passwords.hash("correct horse");
  assert(phc.startsWith("$argon2id$v=19$m=19456,t=2,p=1$"), phc);
  assert(!needsRehash(phc));
  assertEquals(await passwords.verify("correct horse", phc), true);
  assertEquals(await passwords.verify("correct horse ", phc), false);
});

Deno.test("Passwords.verify() refuses everything without a good PHC string", async (t) => {
  using passwords = new Passwords();
  const cases: readonly [name: string, phc: string | undefined][] = [
    ["unknown user", undefined],
    ["empty", ""],
    ["no PHC string", "correct horse"],
    ["damaged", CHEAP_PHC.slice(0, -9)],
  ];
  for (const [name, phc] of cases) {
    await t.step(name, async () => {
      assertEquals(await passwords.verify("correct horse", phc), false);
    });
  }
  assertEquals(await passwords.verify("correct horse", CHEAP_PHC), true);
});

Deno.test("Passwords takes passwords of all planes, with NUL", async () => {
  using passwords = new Passwords();
  const password = parsePassword("a\0b\u{1F511}\u{10FFFF}\uFFFF");
  const phc = await passwords.hash(password);
  assertEquals(await passwords.verify(password, phc), true);
  assertEquals(await passwords.verify("a", phc), false);
});

Deno.test("Passwords refuses what does not fit into its queue", async () => {
  using passwords = new Passwords();
  const verify = () => passwords.verify("x", CHEAP_PHC);
  const queued = Array.from({ length: PASSWORD_QUEUE_MAX }, verify);
  const error = await assertRejects(verify, GatewayError);
  assertEquals(error.code, "overloaded");
  assertEquals(new Set(await Promise.all(queued)), new Set([false]));
  assertEquals(await verify(), false);
});

Deno.test("Passwords rejects what waits when it ends", async () => {
  const passwords = new Passwords();
  const waiting = passwords.hash("correct horse");
  passwords[Symbol.dispose]();
  await assertRejects(() => waiting, GatewayError);
});

Deno.test("Passwords leaves the main thread free", async () => {
  using passwords = new Passwords();
  await passwords.verify("warm", CHEAP_PHC);
  let turns = 0;
  let done = false;
  const hashing = passwords.hash("correct horse").then(() => done = true);
  while (!done) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    turns++;
  }
  await hashing;
  assert(turns > 3, `${turns} turns of the event loop`);
});

Deno.test("parsePassword() composes, and bounds the size", () => {
  assertEquals(parsePassword("u\u0308"), "\u00fc");
  assertEquals(parsePassword("ü".repeat(512)).length, 512);
  const error = assertThrows(
    () => parsePassword("ü".repeat(513)),
    GatewayError,
  );
  assertEquals(error.code, "bad_request");
  assertThrows(() => parsePassword("a".repeat(10_000_000)), GatewayError);
});

Deno.test("isGoodPassword() counts characters, not bytes", () => {
  assertEquals(isGoodPassword("1234567"), false);
  assertEquals(isGoodPassword("\u{1F511}".repeat(7)), false);
  assertEquals(isGoodPassword("12345678"), true);
});

Deno.test("needsRehash() is true for other parameters", () => {
  assertEquals(needsRehash(CHEAP_PHC), true);
});

Deno.test("Passwords.verify() takes bcrypt's hashes, without its traps", async (t) => {
  using passwords = new Passwords();
  const horse = "04$/uaF/uaF/uaF/uaF/uaF/u6TEgyYmJd3P9pjrLThYbp3Es11Sf7Pe";
  const a = "$2y$04$/uaF/uaF/uaF/uaF/uaF/ugojBkJvLTTZPRzvDSCI3PIUPaJ5ojDa";
  const cases: readonly [string, string, string, boolean][] = [
    ["htpasswd", "correct horse", `$2y$${horse}`, true],
    ["others", "correct horse", `$2b$${horse}`, true],
    ["older ones", "correct horse", `$2a$${horse}`, true],
    ["another password", "correct horsf", `$2y$${horse}`, false],
    ["the broken variant", "correct horse", `$2x$${horse}`, false],
    ["a damaged hash", "correct horse", `$2y$${horse.slice(0, -1)}`, false],
    ["one letter", "a", a, true],
    ["the same to bcrypt: a NUL", "a\0a", a, false],
    ["more than it reads", "a".repeat(73), a, false],
    ["a cost of hours", "a", a.replace("$04$", "$31$"), false],
  ];
  for (const [name, password, hash, expected] of cases) {
    await t.step(name, async () => {
      assertEquals(await passwords.verify(password, hash), expected);
    });
  }
  assertEquals(needsRehash(a), true);
});
