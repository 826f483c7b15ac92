import { assert, assertEquals, assertRejects } from "@std/assert";
import { GatewayError } from "../../../../src/errors.ts";
import { hashOf } from "../../../../src/gateway/auth/secret.ts";
import { Tokens } from "../../../../src/gateway/auth/token.ts";
import { Users } from "../../../../src/gateway/auth/users.ts";
import { SESSION_AGE_MAX_MS } from "../../../../src/limits.ts";
import {
  addUser,
  CHEAP_PHC,
  testAuth,
  view,
} from "../../../support/gateway.ts";

/** Ann, who may view `front`, with a session, a token and a lease on each. */
async function setup() {
  const test = await testAuth();
  const { auth, stateDir, clock } = test;
  const user = await addUser(stateDir, {
    name: "ann",
    password: CHEAP_PHC,
    grants: view("front"),
  });
  const tokens = await Tokens.open({ stateDir, now: clock.now });
  const { token, record } = await tokens.issue({
    user,
    scope: view("**"),
    ageMaxMs: 3_600_000,
  });
  await auth.review();
  const { secret } = await auth.login.byPassword({
    user: "ann",
    password: "correct horse",
    address: "192.0.2.1",
  });
  const bySession = await auth.authenticate({ kind: "cookie", secret });
  const byToken = await auth.authenticate({ kind: "bearer", token });
  const leases = {
    session: auth.leases.open(bySession.credential, "front"),
    token: auth.leases.open(byToken.credential, "front"),
  };
  const users = await Users.open(stateDir);
  const key = hashOf(secret);
  return { ...test, user, users, tokens, record, secret, key, leases };
}

type Setup = Awaited<ReturnType<typeof setup>>;

function reasonOf({ signal }: { signal: AbortSignal }): string | undefined {
  return signal.aborted ? (signal.reason as GatewayError).code : undefined;
}

Deno.test("Auth ends live leases when their right ends", async (t) => {
  const cases: readonly {
    name: string;
    change: (test: Setup) => unknown;
    session: string | undefined;
    token: string | undefined;
  }[] = [
    {
      name: "nothing",
      change: () => {},
      session: undefined,
      token: undefined,
    },
    {
      name: "logout",
      change: ({ auth, key }) => auth.logout(auth.session(key)),
      session: "session_ended",
      token: undefined,
    },
    {
      name: "token revoked by the command line",
      change: ({ tokens, record }) =>
        tokens.revoke(({ id }) => id === record.id),
      session: undefined,
      token: "session_ended",
    },
    {
      name: "token expired",
      change: ({ clock }) => clock.advance(3_600_000),
      session: undefined,
      token: "session_ended",
    },
    {
      name: "session too old",
      change: ({ clock }) => clock.advance(SESSION_AGE_MAX_MS),
      session: "session_ended",
      token: "session_ended",
    },
    {
      name: "user removed",
      change: ({ users }) => users.remove("ann"),
      session: "session_ended",
      token: "session_ended",
    },
    {
      name: "user removed and made again",
      change: async ({ users, stateDir }) => {
        await users.remove("ann");
        await addUser(stateDir, { name: "ann", grants: view("**") });
      },
      session: "session_ended",
      token: "session_ended",
    },
    {
      name: "sessions ended by a new password",
      change: ({ users, user, clock }) =>
        users.change(user.id, { sessionsFrom: clock.now() + 1 }),
      session: "session_ended",
      token: undefined,
    },
    {
      name: "grant taken",
      change: ({ users, user }) =>
        users.change(user.id, { grants: view("back") }),
      session: "rights_ended",
      token: "rights_ended",
    },
    {
      name: "grant widened",
      change: ({ users, user }) =>
        users.change(user.id, { grants: view("back", "fr*") }),
      session: undefined,
      token: undefined,
    },
    {
      name: "users.json lost",
      change: ({ stateDir }) => Deno.remove(`${stateDir}/users.json`),
      session: "session_ended",
      token: "session_ended",
    },
    {
      name: "users.json broken: as before",
      change: ({ stateDir }) =>
        Deno.writeTextFile(`${stateDir}/users.json`, "{"),
      session: undefined,
      token: undefined,
    },
  ];
  for (const { name, change, session, token } of cases) {
    await t.step(name, async () => {
      const test = await setup();
      await using _ = test;
      await change(test);
      await test.auth.review();
      assertEquals(reasonOf(test.leases.session), session, "session");
      assertEquals(reasonOf(test.leases.token), token, "token");
    });
  }
});

Deno.test("Auth.logout() ends leases at once, without a review", async () => {
  const test = await setup();
  await using _ = test;
  test.auth.logout(test.auth.session(test.key));
  assertEquals(reasonOf(test.leases.session), "session_ended");
  const error = await assertRejects(
    () => test.auth.authenticate({ kind: "cookie", secret: test.secret }),
    GatewayError,
  );
  assertEquals(error.code, "session_ended");
});

Deno.test("Auth reviews by itself", async () => {
  const test = await setup();
  await using _ = test;
  const { signal } = test.leases.session;
  const ended = new Promise((resolve) =>
    signal.addEventListener("abort", resolve, { once: true })
  );
  await test.users.remove("ann");
  await ended;
  assertEquals(reasonOf(test.leases.session), "session_ended");
});

Deno.test("Auth keeps a session alive whose lease is in use", async () => {
  const test = await setup();
  await using _ = test;
  for (let hour = 0; hour < 48; hour++) {
    test.clock.advance(3_600_000);
    await test.auth.review();
  }
  assertEquals(reasonOf(test.leases.session), undefined);
});

Deno.test("Leases.open() on a right already over is aborted at once", async () => {
  const test = await setup();
  await using _ = test;
  const credential = test.auth.session(test.key);
  assertEquals(
    reasonOf(test.auth.leases.open(credential, "back")),
    "rights_ended",
  );
});

Deno.test("Auth logs a broken state file once, without quoting it", async () => {
  const test = await setup();
  await using _ = test;
  await Deno.writeTextFile(`${test.stateDir}/users.json`, '{"CANARY":');
  await test.auth.review();
  await test.auth.review();
  const lines = test.lines.filter((line) => line.includes("state not read"));
  assertEquals(lines.length, 1);
  assertEquals(test.lines.join().includes("CANARY"), false);
});

Deno.test("Auth ends a token's lease by the list, not by the token", async () => {
  const test = await setup();
  await using _ = test;
  const { auth, clock, leases, record } = test;
  clock.advance(3_000_000);
  const tokens = await Tokens.open({
    stateDir: test.stateDir,
    now: clock.now,
  });
  await tokens.prolong({ id: record.id, ageMs: 3_600_000 });
  await auth.review();
  clock.advance(3_000_000);
  await auth.review();
  assertEquals(reasonOf(leases.token), undefined, "prolonged");
  clock.advance(1_000_000);
  await auth.review();
  assertEquals(reasonOf(leases.token), "session_ended");
});

Deno.test("Auth.review() looks again for whom a look under way may be too early", async () => {
  await using test = await testAuth();
  const { auth } = test;
  const running = auth.review();
  const later = auth.review();
  assert(later !== running);
  assertEquals(auth.review(), later, "one more is enough for all");
  await later;
  const another = auth.review();
  assert(another !== later);
  await another;
});
