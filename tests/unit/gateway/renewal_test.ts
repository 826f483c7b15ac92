import { assert, assertEquals } from "@std/assert";
import { deadline } from "@std/async/deadline";
import type { Name } from "../../../src/config/config.ts";
import { defaultConfig } from "../../../src/config/parse.ts";
import { Tokens } from "../../../src/gateway/auth/token.ts";
import type { WatchResult } from "../../support/handshake.ts";
import { testClock, view } from "../../support/gateway.ts";
import { IdentityProvider } from "../../support/identity_provider.ts";
import { RunningGateway } from "../../support/running_gateway.ts";
import { until } from "../../support/tunnel.ts";

const PATIENCE_MS = 10_000;

/** How long a token lives here. */
const TOKEN_MS = 2_000;
/** When the next one comes, and how long after that the first is over. */
const NEXT_MS = 1_000;
const OVER_MS = 1_500;

/** A gateway with a clock of its own; ann and bob may view `front`. */
async function setup() {
  await using stack = new AsyncDisposableStack();
  const clock = testClock();
  const provider = stack.use(await IdentityProvider.start());
  const role = "viewer";
  const running = stack.use(
    await RunningGateway.start({
      now: clock.now,
      users: { ann: view("front"), bob: view("front") },
      config: {
        access: {
          ...defaultConfig().access,
          roles: [{ name: role as Name, grants: view("front") }],
          identityProviders: [
            provider.config({ roles: [{ claim: "g", value: "kvm", role }] }),
          ],
        },
      },
    }),
  );
  const { auth } = running.gateway;
  const { users, tokens } = {
    ...await running.openState(),
    tokens: await Tokens.open({ stateDir: running.stateDir, now: clock.now }),
  };
  const around = stack.move();
  return {
    clock,
    provider,
    running,
    auth,
    tokens,
    /** Some time passes, and rights are looked at. */
    async pass(ms: number): Promise<void> {
      clock.advance(ms);
      await auth.review();
    },
    /** Tokens count whole seconds, and so does a test that begins here. */
    onTheSecond: () => clock.advance(1000 - clock.now() % 1000),
    async issue(name: string, ageMaxMs = TOKEN_MS): Promise<string> {
      const user = users.find(name);
      assert(user !== undefined);
      const scope = view("**");
      const { token } = await tokens.issue({ user, scope, ageMaxMs });
      await auth.review();
      return token;
    },
    sign: (ageS: number) => {
      const nowS = Math.floor(clock.now() / 1000);
      return provider.sign({ g: "kvm", exp: nowS + ageS }, { nowS });
    },
    async watch(token: string): Promise<WatchResult> {
      const headers = { authorization: `Bearer ${token}` };
      const viewer = await running.watch("cameras/front/janus", headers);
      assertEquals(viewer.status, 101);
      return viewer;
    },
    /** What the log says of tokens sent in-band. */
    logged: (event: string) =>
      running.logLines.filter((line) => line.includes(`"event":"${event}"`)),
    [Symbol.asyncDispose]: () => around[Symbol.asyncDispose](),
  };
}

type Setup = Awaited<ReturnType<typeof setup>>;

function refresh({ running }: Setup, token: string) {
  const headers = { authorization: `Bearer ${token}` };
  return running.request("api/token/refresh", { method: "POST", headers });
}

/** Sends a token along, as janus.js does; returns the answer. */
function send(viewer: WatchResult, token: unknown): Promise<string> {
  return new Promise((resolve) => {
    viewer.socket.once("message", (data) => resolve(String(data)));
    const message = { janus: "ping", transaction: "t", token };
    viewer.socket.send(JSON.stringify(message));
  });
}

function isOpen({ socket }: WatchResult): boolean {
  return socket.readyState === socket.OPEN;
}

async function codeOf({ closed }: WatchResult): Promise<number> {
  return (await deadline(closed, PATIENCE_MS)).code;
}

Deno.test("a picture outlives its token when that is refreshed", async () => {
  await using test = await setup();
  test.onTheSecond();
  const tokens = [await test.issue("ann"), await test.issue("ann")] as const;
  const refreshed = await test.watch(tokens[0]);
  const other = await test.watch(tokens[1]);
  await test.pass(NEXT_MS);
  const answer = await refresh(test, tokens[0]);
  assertEquals(answer.status, 200);
  assertEquals(answer.headers.get("cache-control"), "no-store");
  const { token, expiresAt } = JSON.parse(answer.text);
  assert(expiresAt > test.clock.now());

  await test.pass(OVER_MS);
  assertEquals(await codeOf(other), 4401);
  await test.pass(0);
  assert(isOpen(refreshed), "no gap");
  assertEquals((await refresh(test, tokens[0])).status, 401, "the old one");
  await test.watch(token);

  await test.pass(TOKEN_MS);
  assertEquals(await codeOf(refreshed), 4401);
  assertEquals((await refresh(test, token)).status, 401);
});

Deno.test("POST /api/token/refresh is for our own tokens, while they stand", async () => {
  await using test = await setup();
  const token = await test.issue("ann", 3_600_000);
  assertEquals((await refresh(test, token)).status, 200);
  const soon = await refresh(test, token);
  assertEquals(soon.status, 429);
  assertEquals(soon.headers.get("retry-after"), "1");
  assertEquals((await refresh(test, await test.sign(600))).status, 400);
  const session = await test.running.request("api/token/refresh", {
    method: "POST",
    headers: {
      ...await test.running.signIn("ann"),
      origin: test.running.origin,
    },
  });
  assertEquals(session.status, 400);
  await test.tokens.revoke(() => true);
  assertEquals((await refresh(test, token)).status, 401);
});

Deno.test("a viewer sends newer tokens in-band", async (t) => {
  await using test = await setup();
  const cases: Readonly<
    Record<
      string,
      { first: () => Promise<string>; next: () => Promise<string> }
    >
  > = {
    "of our own": {
      first: () => test.issue("ann"),
      next: () => test.issue("ann"),
    },
    "of an identity provider": {
      first: () => test.sign(TOKEN_MS / 1000),
      next: () => test.sign(TOKEN_MS / 1000),
    },
  };
  for (const [name, { first, next }] of Object.entries(cases)) {
    await t.step(name, async () => {
      test.onTheSecond();
      const viewer = await test.watch(await first());
      const taken = test.logged("token taken").length;
      await test.pass(NEXT_MS);
      const token = await next();
      assertEquals(await send(viewer, token), PONG);
      await until(() => test.logged("token taken").length > taken);
      await test.pass(OVER_MS);
      await test.pass(0);
      assert(isOpen(viewer));
      await test.pass(TOKEN_MS);
      assertEquals(await codeOf(viewer), 4401);
    });
  }
});

const PONG = '{"janus":"pong","transaction":"t"}';

Deno.test("a token that is no good changes nothing and is kept quiet", async (t) => {
  await using test = await setup();
  const secret = "CANARY".repeat(8);
  const cases: Readonly<Record<string, () => unknown>> = {
    "garbage": () => secret,
    "very long garbage": () => secret.repeat(1000),
    "a number": () => 5,
    "an object": () => ({ secret }),
    "another user's": () => test.issue("bob", 3_600_000),
    "a machine's": () => `nalgate_${"0".repeat(24)}_${secret}`,
    "an expired one": async () => {
      const token = await test.issue("ann");
      await test.pass(TOKEN_MS);
      return token;
    },
  };
  for (const [name, make] of Object.entries(cases)) {
    await t.step(name, async () => {
      test.onTheSecond();
      const token = await make();
      const viewer = await test.watch(await test.issue("ann"));
      assertEquals(await send(viewer, token), PONG);
      await test.pass(0);
      assert(isOpen(viewer));
      await test.pass(TOKEN_MS);
      assertEquals(await codeOf(viewer), 4401);
    });
  }
  await t.step("the log does not have them", async () => {
    await until(() => test.logged("token refused").length >= 3);
    await until(() => test.logged("token of another user refused").length > 0);
    const log = test.running.logLines.join("\n");
    assert(!log.includes("CANARY"), log);
  });
});

Deno.test("tokens in-band are bounded in rate", async () => {
  await using test = await setup();
  const viewer = await test.watch(await test.issue("ann", 3_600_000));
  const start = performance.now();
  for (let at = 0; at < 100; at++) await send(viewer, `guess ${at}`);
  const seconds = (performance.now() - start) / 1000;
  const looked = test.logged("token refused").length;
  assert(looked <= seconds + 2, `${looked} in ${seconds} s`);
  assert(isOpen(viewer));
});
