import { assert, assertEquals, assertRejects } from "@std/assert";
import { GatewayError } from "../../../../src/errors.ts";
import { Tokens } from "../../../../src/gateway/auth/token.ts";
import {
  TOKEN_LIFE_MAX_MS,
  TOKEN_PROLONG_INTERVAL_MS,
} from "../../../../src/limits.ts";
import { temporaryFolder, testClock, view } from "../../../support/gateway.ts";

const HOUR_MS = 3_600_000;
const USER = { id: "u1", name: "ann", grants: [], sessionsFrom: 0 };

async function setup() {
  const folder = await temporaryFolder();
  const clock = testClock();
  const stateDir = folder.path;
  const tokens = await Tokens.open({ stateDir, now: clock.now });
  return {
    clock,
    stateDir,
    tokens,
    issue: () =>
      tokens.issue({ user: USER, scope: view("front"), ageMaxMs: HOUR_MS }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

async function refused(tokens: Tokens, token: string): Promise<void> {
  const error = await assertRejects(() => tokens.verify(token), GatewayError);
  assertEquals(error.code, "unauthenticated");
}

Deno.test("Tokens.prolong() moves the end, within a week", async () => {
  await using test = await setup();
  const { tokens, clock } = test;
  const { token, record } = await test.issue();
  clock.advance(HOUR_MS / 2);
  const newer = await tokens.prolong(await tokens.verify(token));
  const first = await tokens.verify(token);
  const second = await tokens.verify(newer.token);
  assertEquals(second, first, "the same but for its times");
  const moved = tokens.find(record.id)?.expiresAt ?? 0;
  assertEquals(moved, newer.expiresAt);
  assert(Math.abs(moved - record.expiresAt - HOUR_MS / 2) <= 1000);
  assertEquals(tokens.all.length, 1);

  clock.advance(HOUR_MS * 0.75);
  await refused(tokens, token);
  assert(tokens.find(record.id), "what runs on the id goes on");

  let last = newer;
  let hours = 0;
  while (last.expiresAt > clock.now()) {
    last = await tokens.prolong(await tokens.verify(last.token));
    clock.advance(HOUR_MS * 0.75);
    if (++hours > 1000) throw new Error("no end");
  }
  assertEquals(last.expiresAt, record.createdAt + TOKEN_LIFE_MAX_MS);
  await refused(tokens, last.token);
});

Deno.test("Tokens.prolong() refuses what is over, and what comes too often", async () => {
  await using test = await setup();
  const { tokens, clock } = test;
  const code = async (verified: { id: string; ageMs: number }) => {
    const attempt = () => tokens.prolong(verified);
    return (await assertRejects(attempt, GatewayError)).code;
  };
  const verified = await tokens.verify((await test.issue()).token);
  const { token } = await tokens.prolong(verified);
  assertEquals(await code(verified), "rate_limited");
  clock.advance(TOKEN_PROLONG_INTERVAL_MS);
  await tokens.prolong(await tokens.verify(token));

  clock.advance(2 * HOUR_MS);
  assertEquals(await code(verified), "unauthenticated");
  const revoked = await test.issue();
  const elsewhere = await Tokens.open({
    stateDir: test.stateDir,
    now: clock.now,
  });
  await elsewhere.revoke(({ id }) => id === revoked.record.id);
  // The list is read under its lock, whatever was known before.
  const late = await tokens.verify(revoked.token);
  assertEquals(await code(late), "unauthenticated");
});
