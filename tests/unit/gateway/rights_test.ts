import { assert, assertEquals } from "@std/assert";
import { deadline } from "@std/async/deadline";
import { delay } from "@std/async/delay";
import { view } from "../../support/gateway.ts";
import { RunningGateway } from "../../support/running_gateway.ts";
import { startWatching } from "../../support/watching.ts";

/** Generous: rights end within two seconds, machines may be busy. */
const PATIENCE_MS = 10_000;

const USERS = { ann: view("front"), bob: view("back") };
const CAMERAS = ["front", "back"] as const;
const MAY: Readonly<Record<string, string>> = { ann: "front", bob: "back" };

interface Proof {
  readonly headers: Record<string, string>;
  readonly id?: string;
}

Deno.test("neither of two users reaches the other's camera", async (t) => {
  await using running = await RunningGateway.start({ users: USERS });
  const { origin } = running;
  for (const user of ["ann", "bob"]) {
    const own = MAY[user] ?? "";
    const other = CAMERAS.find((name) => name !== own) ?? "";
    const proofs: Readonly<Record<string, Record<string, string>>> = {
      session: await running.signIn(user),
      token: (await running.issueToken(user, view("**"))).headers,
    };
    for (const [kind, headers] of Object.entries(proofs)) {
      await t.step(`${user} by ${kind}: list`, async () => {
        const { text } = await running.request("api/cameras", { headers });
        const { user: name, cameras } = JSON.parse(text);
        assertEquals(name, user);
        assertEquals(
          cameras.map(({ name }: { name: string }) => name),
          [own],
        );
        assert(!text.includes(other), text);
      });

      await t.step(`${user} by ${kind}: pages`, async () => {
        const page = { ...headers, accept: "text/html" };
        const list = await running.request("", { headers: page });
        assertEquals(list.status, 200);
        assert(!list.text.includes(`"${other}"`), list.text);
        for (
          const [path, status] of [
            [`cameras/${own}/`, 200],
            [`cameras/${own}`, 302],
            [`cameras/${other}/`, 403],
            [`cameras/${other}`, 403],
            ["cameras/nosuch/", 403],
          ] as const
        ) {
          const answer = await running.request(path, { headers: page });
          assertEquals(answer.status, status, path);
          assert(!answer.text.includes(`Camera ${other}`), path);
        }
      });

      await t.step(`${user} by ${kind}: health`, async () => {
        const { text } = await running.request("healthz", { headers });
        assert(text.includes(`"${own}"`), text);
        assert(!text.includes(`"${other}"`), text);
      });

      await t.step(`${user} by ${kind}: Janus API`, async () => {
        const withOrigin = { ...headers, origin };
        const good = await running.watch(`cameras/${own}/janus`, withOrigin);
        assertEquals(good.status, 101);
        good.socket.close();
        await good.closed;
        for (
          const [path, status] of [
            [`cameras/${other}/janus`, 403],
            ["cameras/nosuch/janus", 403],
            ["janus", own === "front" ? 101 : 403],
          ] as const
        ) {
          const answer = await running.watch(path, withOrigin);
          assertEquals(answer.status, status, path);
          answer.socket.close();
          await answer.closed;
        }
      });
    }
  }
});

Deno.test("a token is good for its cameras only", async () => {
  await using running = await RunningGateway.start({
    users: { ann: view("**") },
  });
  const { headers } = await running.issueToken("ann", view("back"));
  const { text } = await running.request("api/cameras", { headers });
  assert(!text.includes("front"), text);
  const answer = await running.watch("cameras/front/janus", headers);
  assertEquals(answer.status, 403);
});

Deno.test("a running picture ends with its right", async (t) => {
  const cases: readonly {
    name: string;
    by: "session" | "token";
    end: (running: RunningGateway, proof: Proof) => Promise<unknown>;
    code: number;
  }[] = [
    {
      name: "logout",
      by: "session",
      end: (running, { headers }) =>
        running.request("api/logout", {
          method: "POST",
          headers: { ...headers, origin: running.origin },
        }),
      code: 4401,
    },
    {
      name: "revoked token",
      by: "token",
      end: async (running, { id }) => {
        const { tokens } = await running.openState();
        await tokens.revoke((record) => record.id === id);
      },
      code: 4401,
    },
    {
      name: "removed user",
      by: "session",
      end: async (running) => {
        const { users } = await running.openState();
        await users.remove("ann");
      },
      code: 4401,
    },
    {
      name: "changed grants",
      by: "token",
      end: async (running) => {
        const { users } = await running.openState();
        const id = users.find("ann")?.id ?? "";
        await users.change(id, { grants: view("back") });
      },
      code: 4403,
    },
  ];
  for (const { name, by, end, code } of cases) {
    await t.step(name, async () => {
      await using running = await RunningGateway.start({ users: USERS });
      const proof: Proof = by === "session"
        ? { headers: await running.signIn("ann") }
        : await running.issueToken("ann", view("**"));
      const { origin } = running;
      const viewer = await running.watch("cameras/front/janus", {
        ...proof.headers,
        origin,
      });
      const sessionId = await deadline(
        startWatching(viewer.socket, running),
        PATIENCE_MS,
      );
      const started = () =>
        running.logLines.some((line) => line.includes("watch started"));
      while (!started()) await delay(10);
      await end(running, proof);
      const closed = await deadline(viewer.closed, PATIENCE_MS);
      assertEquals(closed.code, code);
      await deadline(sessionEnded(running, sessionId), PATIENCE_MS);
      const audit = running.logLines.filter((line) => line.includes('"watch '));
      assertEquals(
        audit.map((line) => {
          const { event, user, by, camera, ip } = JSON.parse(line);
          return { event, user, by, camera, ip };
        }),
        ["watch started", "watch ended"].map((event) => ({
          event,
          user: "ann",
          by,
          camera: "front",
          ip: "127.0.0.1",
        })),
      );
    });
  }
});

Deno.test("no socket slips in while its right is being revoked", async () => {
  await using running = await RunningGateway.start({ users: USERS });
  const { headers, id } = await running.issueToken("ann", view("**"));
  const watch = () => running.watch("cameras/front/janus", headers);
  const { tokens } = await running.openState();
  // Some before, some while the list is being written, some after.
  const before = Array.from({ length: 8 }, watch);
  const revoked = tokens.revoke((record) => record.id === id);
  const meanwhile = Array.from({ length: 8 }, watch);
  await revoked;
  const viewers = await Promise.all([
    ...before,
    ...meanwhile,
    ...Array.from({ length: 8 }, watch),
  ]);
  const open = viewers.filter(({ status }) => status === 101);
  assert(open.length > 0, "some came in before");
  const closed = Promise.all(open.map(({ closed }) => closed));
  for (const { code } of await deadline(closed, PATIENCE_MS)) {
    assertEquals(code, 4401);
  }
  assertEquals((await watch()).status, 401);
});

async function sessionEnded(
  { janus }: RunningGateway,
  id: number,
): Promise<void> {
  while (janus.sessions.has(id)) await delay(10);
}
