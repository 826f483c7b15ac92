import { assert, assertEquals } from "@std/assert";
import { deadline } from "@std/async/deadline";
import { delay } from "@std/async/delay";
import { GatewayError } from "../../../src/errors.ts";
import { Audit } from "../../../src/gateway/audit.ts";
import { Tokens } from "../../../src/gateway/auth/token.ts";
import {
  addUser,
  CHEAP_PHC,
  recordingLog,
  testAuth,
  view,
} from "../../support/gateway.ts";
import { PASSWORD, RunningGateway } from "../../support/running_gateway.ts";
import { startWatching } from "../../support/watching.ts";

const PATIENCE_MS = 10_000;

type Line = Readonly<Record<string, unknown>>;

function auditOf(lines: readonly string[]): Line[] {
  return lines.map((line): Line => JSON.parse(line))
    .filter(({ module }) => module === "audit")
    .map(({ time: _time, module: _module, ...rest }) => rest);
}

/** What ends a picture, and what the audit calls it. */
const ENDS: Readonly<
  Record<string, (running: RunningGateway, proof: Proof) => unknown>
> = {
  left: (_running, { socket }) => socket.close(),
  "signed_out": (running, { headers }) =>
    running.request("api/logout", {
      method: "POST",
      headers: { ...headers, origin: running.origin },
    }),
  revoked: async (running) => {
    const { users } = await running.openState();
    await users.change(users.find("ann")?.id ?? "", { sessionsFrom: 1 });
  },
  "rights_ended": async (running) => {
    const { users } = await running.openState();
    await users.change(users.find("ann")?.id ?? "", { grants: [] });
  },
  "camera_removed": (running) => running.configure({ cameras: [] }),
  "camera_moved": (running) =>
    running.configure({
      cameras: running.config.cameras.map((camera) => ({
        ...camera,
        id: "elsewhere",
      })),
    }),
  "upstream_lost": ({ janus }) => janus.cut(),
  "hung_up": ({ janus }, { id }) =>
    janus.push({ janus: "hangup", ...id, reason: "ICE failed" }),
  "shutting_down": ({ gateway }) => gateway.drain(),
};

interface Proof {
  readonly headers: { readonly cookie: string };
  readonly socket: { close(): void };
  /** Of the upstream's session and handle. */
  readonly id: { readonly "session_id": number; readonly sender: number };
}

Deno.test("the audit says who watched what, and how it ended", async (t) => {
  for (const [end, act] of Object.entries(ENDS)) {
    await t.step(end, async () => {
      await using running = await RunningGateway.start({
        users: { ann: view("front") },
      });
      const headers = await running.signIn("ann");
      const { socket } = await running.watch("cameras/front/janus", {
        ...headers,
        origin: running.origin,
      });
      const session = await startWatching(socket, running);
      const [sender = 0] = running.janus.sessions.get(session)?.keys() ?? [];
      const ended = () =>
        auditOf(running.logLines).some(({ event }) => event === "watch ended");
      while (auditOf(running.logLines).length < 2) await delay(10);
      const id = { "session_id": session, sender };
      await act(running, { headers, socket, id });
      for (let tries = 0; !ended(); tries++) {
        assert(tries < 1000, running.logLines.join("\n"));
        await delay(10);
      }
      socket.terminate();
      const who = { user: "ann", by: "session", ip: "127.0.0.1" };
      const watch = { level: "info", ...who, camera: "front" };
      const lines = auditOf(running.logLines)
        .filter(({ event }) => event !== "logout");
      assertEquals(
        lines,
        [
          {
            level: "info",
            event: "login",
            ...who,
            by: undefined,
            result: "ok",
          },
          { event: "watch started", ...watch },
          { event: "watch ended", ...watch, durationS: 0, end },
        ].map(withoutUndefined),
      );
    });
  }
});

Deno.test("the audit tells logins and logouts, and no secret", async () => {
  await using running = await RunningGateway.start({
    users: { ann: view("**") },
  });
  const { origin } = running;
  const login = (user: string, password: string) =>
    running.request("api/login", {
      method: "POST",
      headers: { origin },
      json: { user, password },
    });
  await login("ann", "wrong password");
  await login("typed a password here", "x".repeat(10));
  const { cookie } = await running.signIn("ann");
  const { headers } = await running.issueToken("ann", view("**"));
  for (const proof of [{ cookie }, headers]) {
    await running.request("api/logout", {
      method: "POST",
      headers: { origin, ...proof },
    });
  }
  const ip = "127.0.0.1";
  const warn = { level: "warn", event: "login", ip, result: "login_refused" };
  const info = { level: "info", ip, user: "ann" };
  assertEquals(auditOf(running.logLines), [
    { ...warn, user: "ann" },
    { ...warn, user: "(unknown)" },
    { ...info, event: "login", result: "ok" },
    { ...info, event: "logout", by: "session" },
    { ...info, event: "logout", by: "token" },
  ]);
  const text = running.logLines.join("\n");
  for (const secret of [PASSWORD, cookie, headers.authorization]) {
    assert(!text.includes(secret.split(/[= ]/).at(-1)!), secret);
  }
});

Deno.test("Audit.event() hides what sounds like a secret", () => {
  const { log, lines } = recordingLog();
  new Audit(log).event("ticket issued", {
    client: { address: "192.0.2.1" },
    camera: { key: "garage/front" },
  }, { ticket: "abc", level: "warn" });
  assertEquals(auditOf(lines), [{
    level: "warn",
    event: "ticket issued",
    ip: "192.0.2.1",
    camera: "garage/front",
    ticket: "***",
  }]);
});

Deno.test("a lease tells expiry from revocation", async (t) => {
  for (const end of ["expired", "revoked"] as const) {
    await t.step(end, async () => {
      await using test = await testAuth();
      const { auth, clock, stateDir } = test;
      const user = await addUser(stateDir, {
        name: "ann",
        password: CHEAP_PHC,
        grants: view("**"),
      });
      const tokens = await Tokens.open({ stateDir, now: clock.now });
      const scope = view("**");
      const issued = await tokens.issue({ user, scope, ageMaxMs: 60_000 });
      await auth.review();
      const { token } = issued;
      const { credential } = await auth.authenticate({ kind: "bearer", token });
      using lease = auth.leases.open(credential, "front");
      if (end === "expired") clock.advance(60_000);
      else await tokens.revoke(() => true);
      await auth.review();
      await deadline(auth.review(), PATIENCE_MS);
      const { reason } = lease.signal;
      assert(reason instanceof GatewayError);
      assertEquals([reason.code, reason.context.end], ["session_ended", end]);
    });
  }
});

function withoutUndefined(line: Line): Line {
  return Object.fromEntries(
    Object.entries(line).filter(([, value]) => value !== undefined),
  );
}
