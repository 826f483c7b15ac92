import { assert, assertEquals } from "@std/assert";
import { LOGIN_LIMITS } from "../../../src/limits.ts";
import { Tokens } from "../../../src/gateway/auth/token.ts";
import { Users } from "../../../src/gateway/auth/users.ts";
import { Gateway } from "../../../src/gateway/main.ts";
import {
  addUser,
  CHEAP_PHC,
  recordingLog,
  temporaryFolder,
  view,
} from "../../support/gateway.ts";
import { JanusServer } from "../../support/janus_server.ts";
import { PASSWORD, testHandover } from "../../support/running_gateway.ts";
import { SmallDisk } from "../../support/small_disk.ts";

const HOUR_MS = 3_600_000;
const ANN = { name: "ann", password: CHEAP_PHC, grants: view("**") };

/** A gateway on this state folder, and what a browser does with it. */
async function started(
  stateDir: string,
  now: () => number = Date.now,
) {
  const stack = new AsyncDisposableStack();
  const janus = stack.use(await JanusServer.start());
  const { log, lines } = recordingLog();
  const handover = testHandover({
    stateDir,
    janusUrl: janus.url,
    options: {},
  });
  const gateway = stack.use(await Gateway.start(handover, { log, now }));
  const { url, link = "" } = gateway.ready;
  const post = async (path: string, json: object) => {
    const response = await fetch(url + path, {
      method: "POST",
      headers: {
        origin: url.slice(0, -1),
        "content-type": "application/json",
      },
      body: JSON.stringify(json),
    });
    const { status, headers } = response;
    const cookie = headers.get("set-cookie")?.split(";")[0] ?? "";
    return { status, cookie, text: await response.text() };
  };
  const get = async (path: string, headers: Record<string, string>) => {
    const response = await fetch(url + path, { headers });
    await response.body?.cancel();
    return response.status;
  };
  return {
    gateway,
    lines,
    get,
    signIn: (password = PASSWORD) =>
      post("api/login", { user: "ann", password }),
    setUp: () =>
      post("api/setup", {
        code: link.split("#code=")[1],
        user: "ann",
        password: PASSWORD,
      }),
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  };
}

/** A token, as the command line makes it; throws when it cannot. */
async function createToken(stateDir: string): Promise<string> {
  const user = (await Users.open(stateDir)).find("ann");
  assert(user !== undefined);
  const tokens = await Tokens.open({ stateDir, now: Date.now });
  const scope = view("**");
  return (await tokens.issue({ user, scope, ageMaxMs: HOUR_MS })).token;
}

type Fault = readonly [
  name: string,
  begin: (disk: SmallDisk) => Promise<void>,
  end: (disk: SmallDisk) => Promise<void>,
];

const FAULTS: readonly Fault[] = [
  ["full", (disk) => disk.fill(), (disk) => disk.free()],
  ["read-only", (disk) => disk.readOnly(), (disk) => disk.writable()],
];

for (const [name, begin, end] of FAULTS) {
  Deno.test(`Gateway serves from a disk that is ${name}, and recovers`, async () => {
    await using disk = await SmallDisk.create();
    await addUser(disk.path, ANN);
    await begin(disk);
    await using running = await started(disk.path);
    const { gateway, get, lines, signIn } = running;
    const { status, cookie } = await signIn();
    assertEquals(status, 204);
    assertEquals(await get("api/cameras", { cookie }), 200);
    assert(lines.some((line) => line.includes("state not saved")), `${lines}`);
    const error = await createToken(disk.path).catch((error) => error);
    assertEquals(error.code, "not_saved");

    await end(disk);
    const token = await createToken(disk.path);
    await gateway.auth.review();
    const authorization = `Bearer ${token}`;
    assertEquals(await get("api/cameras", { authorization }), 200);
    const bugs = lines.filter((line) => /"bug"|"internal"/.test(line));
    assertEquals(bugs, []);
  });

  Deno.test(`the setup link waits for a disk that is ${name}`, async () => {
    await using disk = await SmallDisk.create();
    await begin(disk);
    await using running = await started(disk.path);
    const refused = await running.setUp();
    assertEquals(refused.status, 503);
    assertEquals(JSON.parse(refused.text).error, "not_saved");
    await end(disk);
    const { status, cookie } = await running.setUp();
    assertEquals(status, 204);
    assertEquals(await running.get("api/cameras", { cookie }), 200);
  });
}

Deno.test("a token's key that is there is only read", async () => {
  await using disk = await SmallDisk.create();
  await addUser(disk.path, ANN);
  const authorization = `Bearer ${await createToken(disk.path)}`;
  await disk.readOnly();
  await using running = await started(disk.path);
  assertEquals(await running.get("api/cameras", { authorization }), 200);
  await disk.writable();
});

Deno.test("a clock that jumps signs nobody out and locks nobody out", async (t) => {
  for (const jumpMs of [HOUR_MS, -HOUR_MS]) {
    await t.step(`${jumpMs / HOUR_MS} h`, async () => {
      await using folder = await temporaryFolder();
      await addUser(folder.path, ANN);
      let offset = 0;
      const now = () => Date.now() + offset;
      await using running = await started(folder.path, now);
      const { cookie } = await running.signIn();
      // All but one of the failures that lock.
      const { failuresMax } = LOGIN_LIMITS.account;
      for (let count = 1; count < failuresMax; count++) {
        assertEquals((await running.signIn("wrong")).status, 401);
      }
      offset = jumpMs;
      await running.gateway.auth.review();
      assertEquals(await running.get("api/cameras", { cookie }), 200);
      // As many are left as before, and then it is locked as ever.
      assertEquals((await running.signIn("wrong")).status, 401);
      assertEquals((await running.signIn()).status, 429);
      assertEquals(await running.get("api/cameras", { cookie }), 200);
    });
  }
});

Deno.test("a clock that jumps spoils no setup link", async (t) => {
  for (const jumpMs of [HOUR_MS, -HOUR_MS]) {
    await t.step(`${jumpMs / HOUR_MS} h`, async () => {
      await using folder = await temporaryFolder();
      let offset = 0;
      const now = () => Date.now() + offset;
      await using running = await started(folder.path, now);
      offset = jumpMs;
      assertEquals((await running.setUp()).status, 204);
    });
  }
});

Deno.test("a state folder that goes away is told of once", async () => {
  await using folder = await temporaryFolder();
  const stateDir = `${folder.path}/state`;
  await Deno.mkdir(stateDir);
  await addUser(stateDir, ANN);
  await using running = await started(stateDir);
  const { cookie } = await running.signIn();
  await Deno.rename(stateDir, `${folder.path}/away`);
  // A file where the folder was: nothing below it can be looked up.
  await Deno.writeTextFile(stateDir, "");
  for (let count = 0; count < 5; count++) await running.gateway.auth.review();
  const told = running.lines.filter((line) => line.includes("state not read"));
  assertEquals(told.length, 5, "users, tokens, machines, shares, sessions");
  assertEquals(await running.get("api/cameras", { cookie }), 200);
  await Deno.remove(stateDir);
  await Deno.rename(`${folder.path}/away`, stateDir);
  await running.gateway.auth.review();
  assertEquals((await running.signIn()).status, 204);
});
