import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { Name } from "../../../../src/config/config.ts";
import { defaultConfig } from "../../../../src/config/parse.ts";
import type { Grant } from "../../../../src/config/grant.ts";
import { GatewayError } from "../../../../src/errors.ts";
import type {
  Credential,
  Principal,
} from "../../../../src/gateway/auth/principal.ts";
import { hashOf } from "../../../../src/gateway/auth/secret.ts";
import { Sessions } from "../../../../src/gateway/auth/session.ts";
import { Shares } from "../../../../src/gateway/auth/share.ts";
import { Users } from "../../../../src/gateway/auth/users.ts";
import {
  SESSIONS_PER_SHARE_MAX,
  SHARE_AGE_MAX_MS,
  SHARES_MAX,
} from "../../../../src/limits.ts";
import {
  addUser,
  CHEAP_PHC,
  temporaryFolder,
  testAuth,
  testClock,
  view,
} from "../../../support/gateway.ts";

const HOUR_MS = 3_600_000;
const ADDRESS = "192.0.2.1";
const ADMIN: readonly Grant[] = [{ right: "admin", cameras: "front" }];

/** Ann, who administers `front`, her link to it and somebody who uses it. */
async function setup() {
  const test = await testAuth();
  const { auth, stateDir } = test;
  const user = await addUser(stateDir, {
    name: "ann",
    password: CHEAP_PHC,
    grants: ADMIN,
  });
  await auth.review();
  const signedIn = await auth.login.byPassword({
    user: "ann",
    password: "correct horse",
    address: ADDRESS,
  });
  const ann = await auth.authenticate({
    kind: "cookie",
    secret: signedIn.secret,
  });
  const { code, share } = await auth.shares.create(ann, {
    camera: "front",
    note: "plumber",
    ageMaxMs: 2 * HOUR_MS,
  });
  const opened = auth.shares.open(auth.shares.find({ code, address: ADDRESS }));
  const guest = await auth.authenticate({
    kind: "cookie",
    secret: opened.secret,
  });
  const lease = auth.leases.open(guest.credential, "front");
  const users = await Users.open(stateDir);
  return { ...test, user, users, ann, signedIn, code, share, guest, lease };
}

type Setup = Awaited<ReturnType<typeof setup>>;

Deno.test("a share link's guest may view its camera and nothing else", async () => {
  const test = await setup();
  await using _ = test;
  const { guest, share, auth } = test;
  assertEquals(guest.user, 'share "plumber"');
  assertEquals(guest.grants, view("front"));
  assertEquals(guest.expiresAt, share.expiresAt);
  const link = { camera: "front", ageMaxMs: HOUR_MS };
  const error = await assertRejects(
    () => auth.shares.create(guest, link),
    GatewayError,
  );
  assertEquals(error.code, "forbidden");
});

Deno.test("a share link's views end with its right", async (t) => {
  const cases: readonly {
    name: string;
    change: (test: Setup) => unknown;
    reason: string | undefined;
  }[] = [
    { name: "nothing", change: () => {}, reason: undefined },
    {
      name: "revoked",
      change: ({ auth, ann, share }) => auth.shares.revoke(ann, share.id),
      reason: "share_ended",
    },
    {
      name: "revoked by the command line",
      change: async ({ stateDir, share, clock }) => {
        const shares = await Shares.open({ stateDir, now: clock.now });
        assert(await shares.revoke(share.id));
      },
      reason: "share_ended",
    },
    {
      name: "expired",
      change: ({ clock }) => clock.advance(2 * HOUR_MS),
      reason: "share_ended",
    },
    {
      name: "creator removed",
      change: ({ users }) => users.remove("ann"),
      reason: "share_ended",
    },
    {
      name: "creator may only view",
      change: ({ users, user }) =>
        users.change(user.id, { grants: view("front") }),
      reason: "share_ended",
    },
    {
      name: "creator administers more",
      change: ({ users, user }) =>
        users.change(user.id, { grants: [{ right: "admin", cameras: "**" }] }),
      reason: undefined,
    },
    {
      name: "creator signed out",
      change: ({ auth, ann }) => auth.logout(ann.credential),
      reason: undefined,
    },
    {
      name: "guest signed out",
      change: ({ auth, guest }) => auth.logout(guest.credential),
      reason: "session_ended",
    },
    {
      name: "shares.json lost",
      change: ({ stateDir }) => Deno.remove(`${stateDir}/shares.json`),
      reason: "share_ended",
    },
    {
      name: "shares.json broken: as before",
      change: ({ stateDir }) =>
        Deno.writeTextFile(`${stateDir}/shares.json`, "{"),
      reason: undefined,
    },
  ];
  for (const { name, change, reason } of cases) {
    await t.step(name, async () => {
      const test = await setup();
      await using _ = test;
      await change(test);
      await test.auth.review();
      const { signal } = test.lease;
      const ended = signal.aborted ? signal.reason.code : undefined;
      assertEquals(ended, reason);
      if (reason !== "share_ended") return;
      const { code, auth } = test;
      const again = () => auth.shares.find({ code, address: ADDRESS });
      assertEquals(assertThrows(again, GatewayError).code, "share_ended");
    });
  }
});

Deno.test("a share link stands on its creator's roles, if those grant it", async () => {
  const test = await testAuth();
  await using _ = test;
  const { auth, clock } = test;
  const { access } = defaultConfig();
  const roles = [{ name: "keeper" as Name, grants: ADMIN }];
  auth.configure({ ...access, roles });
  const credential: Credential = { kind: "session", principal: () => keeper };
  const keeper: Principal = {
    userId: "home/fifi",
    user: "Fifi",
    grants: ADMIN,
    scope: undefined,
    roles: ["keeper"],
    credential,
    expiresAt: clock.now() + HOUR_MS,
  };
  const link = { camera: "front", ageMaxMs: 2 * HOUR_MS };
  const { code } = await auth.shares.create(keeper, link);
  const share = auth.shares.find({ code, address: ADDRESS });
  const guest = auth.session(hashOf(auth.shares.open(share).secret));
  assertEquals(guest.principal()?.grants, view("front"));
  auth.configure(access);
  assertEquals(guest.principal(), undefined);

  const unknown = { ...keeper, roles: undefined };
  const error = await assertRejects(
    () => auth.shares.create(unknown, link),
    GatewayError,
  );
  assertEquals(error.code, "forbidden", "nobody could ask for rights again");
});

Deno.test("guesses of share links are slowed down", async () => {
  const test = await setup();
  await using _ = test;
  const { auth, code } = test;
  const guess = (text: string) =>
    assertThrows(
      () => auth.shares.find({ code: text, address: ADDRESS }),
      GatewayError,
    ).code;
  for (let count = 0; count < 20; count++) guess(`guess ${count}`);
  assertEquals(guess(code), "rate_limited");
});

Deno.test("one link lets so many in; the least used goes", async () => {
  const test = await setup();
  await using _ = test;
  const { auth, share, clock, lease } = test;
  const guests = [];
  for (let count = 0; count < SESSIONS_PER_SHARE_MAX; count++) {
    clock.advance(1);
    await auth.review();
    guests.push(auth.session(hashOf(auth.shares.open(share).secret)));
  }
  assertEquals(lease.signal.aborted, false, "whoever watches stays");
  const gone = guests.filter((guest) => guest.principal() === undefined);
  assertEquals(gone, guests.slice(0, 1));
});

Deno.test("share links are bounded in number and time, their secrets hashed", async () => {
  await using folder = await temporaryFolder();
  const clock = testClock();
  const stateDir = folder.path;
  const creator = { userId: "u1", user: "ann" };
  const camera = "garage/front";
  const record = {
    id: "x",
    hash: "x",
    camera,
    creator,
    createdAt: 0,
    expiresAt: clock.now() + HOUR_MS,
  };
  await Deno.writeTextFile(
    `${stateDir}/shares.json`,
    JSON.stringify(Array(SHARES_MAX - 1).fill(record)),
  );
  const shares = await Shares.open({ stateDir, now: clock.now });
  const create = () =>
    shares.create({ camera, creator, ageMaxMs: 10 * SHARE_AGE_MAX_MS });
  const { code, share } = await create();
  assertEquals(share.expiresAt, clock.now() + SHARE_AGE_MAX_MS);
  assertEquals(shares.find(code)?.id, share.id);
  assertEquals(shares.find(hashOf(code)), undefined, "the hash is no secret");
  const text = await Deno.readTextFile(`${stateDir}/shares.json`);
  assert(!text.includes(code) && text.includes(share.hash));
  const error = await assertRejects(create, GatewayError);
  assertEquals(error.code, "overloaded");
  clock.advance(HOUR_MS);
  await create();
  assertEquals(shares.all.length, 2);
});

Deno.test("Sessions reads files from before there were share links", async () => {
  await using folder = await temporaryFolder();
  const { now } = testClock();
  const old = {
    userId: "u1",
    sessionsFrom: 0,
    createdAt: now(),
    usedAt: now(),
  };
  await Deno.writeTextFile(
    `${folder.path}/sessions.json`,
    JSON.stringify({ [hashOf("secret")]: old }),
  );
  const open = () =>
    Sessions.open({
      stateDir: folder.path,
      now,
      onSaveError: (error) => {
        throw error;
      },
    });
  let key: string;
  {
    await using sessions = await open();
    assertEquals(sessions.find(hashOf("secret")), old);
    const owner = { id: "share s1", sessionsFrom: 0 };
    key = hashOf(sessions.open(owner, { kind: "share", share: "s1" }));
  }
  await using again = await open();
  assertEquals(again.find(key)?.as, { kind: "share", share: "s1" });
  assertEquals(again.find(hashOf("secret")), old);
});
