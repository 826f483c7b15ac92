import { assert, assertEquals, assertRejects } from "@std/assert";
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

Deno.test("Sessions of two gateways on one file", async (t) => {
  await using folder = await temporaryFolder();
  const clock = testClock();
  await using first = await open(folder.path, clock);
  const before = hashOf(first.open(USER));
  // Whatever was asked for before is on disk when a look at it is over.
  await first.refresh();
  await using second = await open(folder.path, clock);

  await t.step("one that the second opens is known to both", async () => {
    const key = hashOf(second.open(USER));
    await second.refresh();
    await first.refresh();
    assert(first.find(key) && second.find(key));
  });

  await t.step(
    "the first one's writing leaves the second's alone",
    async () => {
      const key = hashOf(second.open(USER));
      first.open(USER);
      await second.refresh();
      await first.refresh();
      await second.refresh();
      assert(first.find(key) && second.find(key));
    },
  );

  await t.step("one that the second ends is over for both", async () => {
    second.end(before);
    await second.refresh();
    await first.refresh();
    assertEquals(first.find(before), undefined);
    assertEquals(first.endedBy(before), "signed_out");
  });

  await t.step("writing brings back none that was ended", async () => {
    const key = hashOf(first.open(USER));
    await first.refresh();
    await second.refresh();
    second.end(key);
    await second.refresh();
    // It has not looked yet, and writes.
    first.open(USER);
    await first.refresh();
    await second.refresh();
    assertEquals(first.find(key), undefined);
    assertEquals(second.find(key), undefined);
  });

  await t.step("use of it at either keeps it for both", async () => {
    const key = hashOf(second.open(USER));
    await second.refresh();
    await first.refresh();
    clock.advance(SESSION_IDLE_MAX_MS - 1);
    const session = first.find(key);
    assert(session);
    first.touch(session);
    await first.refresh();
    clock.advance(1);
    await second.refresh();
    assert(second.find(key));
  });
});

Deno.test("Sessions.refresh() leaves everything when the file is broken", async () => {
  await using folder = await temporaryFolder();
  await using sessions = await open(folder.path, testClock());
  const key = hashOf(sessions.open(USER));
  await sessions.refresh();
  const path = `${folder.path}/sessions.json`;
  const good = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, "{");
  await assertRejects(() => sessions.refresh(), TypeError, "wrong format");
  assert(sessions.find(key));
  await Deno.writeTextFile(path, good);
  await sessions.refresh();
  assert(sessions.find(key));
});
