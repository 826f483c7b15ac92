import { assert, assertEquals } from "@std/assert";
import { GatewayError } from "../../../../src/errors.ts";
import { hashOf } from "../../../../src/gateway/auth/secret.ts";
import { Sessions } from "../../../../src/gateway/auth/session.ts";
import {
  SESSION_AGE_MAX_MS,
  SESSION_IDLE_MAX_MS,
  SESSIONS_PER_USER_MAX,
} from "../../../../src/limits.ts";
import {
  type Clock,
  temporaryFolder,
  testClock,
} from "../../../support/gateway.ts";

const USER = { id: "u1", name: "ann", grants: [], sessionsFrom: 0 };

function open(stateDir: string, clock: Clock): Promise<Sessions> {
  return Sessions.open({
    stateDir,
    now: clock.now,
    onSaveError: (error) => {
      throw error;
    },
  });
}

Deno.test("Sessions survive a restart, hashed", async () => {
  await using folder = await temporaryFolder();
  const clock = testClock();
  const sessions = await open(folder.path, clock);
  const secret = sessions.open(USER);
  await sessions[Symbol.asyncDispose]();

  const text = await Deno.readTextFile(`${folder.path}/sessions.json`);
  assert(!text.includes(secret));
  await using again = await open(folder.path, clock);
  assertEquals(again.find(hashOf(secret))?.userId, "u1");
  assertEquals(again.find(secret), undefined, "the stored key is no key");
});

Deno.test("Sessions.end() outlives a restart too", async () => {
  await using folder = await temporaryFolder();
  const clock = testClock();
  const sessions = await open(folder.path, clock);
  const secret = sessions.open(USER);
  sessions.end(hashOf(secret));
  assertEquals(sessions.find(hashOf(secret)), undefined);
  await sessions[Symbol.asyncDispose]();
  await using again = await open(folder.path, clock);
  assertEquals(again.find(hashOf(secret)), undefined);
});

Deno.test("Sessions end by age, used or not, and when unused", async (t) => {
  await using folder = await temporaryFolder();
  const clock = testClock();
  await using sessions = await open(folder.path, clock);

  await t.step("unused", () => {
    const key = hashOf(sessions.open(USER));
    clock.advance(SESSION_IDLE_MAX_MS - 1);
    assert(sessions.find(key));
    clock.advance(1);
    assertEquals(sessions.find(key), undefined);
  });

  await t.step("used", () => {
    const key = hashOf(sessions.open(USER));
    const stepMs = SESSION_IDLE_MAX_MS / 2;
    for (let age = stepMs; age < SESSION_AGE_MAX_MS; age += stepMs) {
      clock.advance(stepMs);
      const session = sessions.find(key);
      assert(session, `after ${age} ms`);
      sessions.touch(session);
    }
    clock.advance(stepMs);
    assertEquals(sessions.find(key), undefined);
  });
});

Deno.test("Sessions.open() ends the user's least used beyond the bound", async () => {
  await using folder = await temporaryFolder();
  const clock = testClock();
  await using sessions = await open(folder.path, clock);
  const other = hashOf(sessions.open({ ...USER, id: "u2" }));
  const keys = [];
  for (let count = 0; count <= SESSIONS_PER_USER_MAX; count++) {
    clock.advance(1);
    keys.push(hashOf(sessions.open(USER)));
  }
  assertEquals(
    keys.map((key) => sessions.find(key) !== undefined),
    keys.map((_, index) => index > 0),
  );
  assert(sessions.find(other));
});

Deno.test("Sessions go on in memory when they cannot be saved", async () => {
  const folder = await Deno.makeTempDir();
  const clock = testClock();
  const errors: unknown[] = [];
  const sessions = await Sessions.open({
    stateDir: folder,
    now: clock.now,
    onSaveError: (error) => errors.push(error),
  });
  await Deno.remove(folder, { recursive: true });
  const key = hashOf(sessions.open(USER));
  await sessions[Symbol.asyncDispose]();
  assert(sessions.find(key));
  const [error] = errors;
  assert(error instanceof GatewayError && error.code === "not_saved");
  assertEquals(error.context.why, "ENOENT");
});
