import { assert, assertEquals } from "@std/assert";
import { deadline } from "@std/async/deadline";
import { view } from "../../support/gateway.ts";
import { RunningGateway } from "../../support/running_gateway.ts";

/** Generous: rights end within two seconds, machines may be busy. */
const PATIENCE_MS = 10_000;

const USERS = { ann: view("front", "back"), bob: view("back") };
const ELSEWHERE = { origin: "https://home.example" };

type Headers = Record<string, string>;

async function newTicket(
  running: RunningGateway,
  headers: Headers,
  camera = "front",
): Promise<string> {
  const { status, text } = await running.request("api/tickets", {
    method: "POST",
    headers: { ...headers, origin: running.origin },
    json: { camera },
  });
  assertEquals(status, 200, text);
  return JSON.parse(text).ticket;
}

async function statusOf(
  running: RunningGateway,
  path: string,
  headers: Headers = {},
): Promise<number> {
  const { status, socket, closed } = await running.watch(path, headers);
  socket.close();
  await closed;
  return status;
}

Deno.test("a ticket opens its camera once, from any page", async (t) => {
  await using running = await RunningGateway.start({ users: USERS });
  const ann = await running.signIn("ann");
  const bob = await running.signIn("bob");
  const front = "cameras/front/janus";
  const asBearer = (ticket: string) => ({ authorization: `Bearer ${ticket}` });
  const cases: readonly {
    name: string;
    use: (ticket: string) => [path: string, headers?: Headers];
    status: number;
    again: number;
  }[] = [
    {
      name: "in the query",
      use: (ticket) => [`${front}?ticket=${ticket}`, ELSEWHERE],
      status: 101,
      again: 401,
    },
    {
      name: "as a bearer",
      use: (ticket) => [front, { ...ELSEWHERE, ...asBearer(ticket) }],
      status: 101,
      again: 401,
    },
    {
      name: "without an origin",
      use: (ticket) => [`${front}?ticket=${ticket}`],
      status: 101,
      again: 401,
    },
    {
      name: "for the default camera",
      use: (ticket) => [`janus?ticket=${ticket}`, ELSEWHERE],
      status: 101,
      again: 401,
    },
    {
      name: "for another camera: spent",
      use: (ticket) => [`cameras/back/janus?ticket=${ticket}`],
      status: 403,
      again: 401,
    },
    {
      name: "for a camera that is not: spent",
      use: (ticket) => [`cameras/nosuch/janus?ticket=${ticket}`],
      status: 403,
      again: 401,
    },
    {
      name: "beside somebody's cookie: only the ticket counts",
      use: (ticket) => [
        `cameras/back/janus?ticket=${ticket}`,
        { ...bob, origin: running.origin },
      ],
      status: 403,
      again: 401,
    },
    {
      name: "guessed, beside a good cookie",
      use: () => [`${front}?ticket=x`, { ...ann, origin: running.origin }],
      status: 401,
      again: 401,
    },
    {
      name: "with another credential in the URL",
      use: (ticket) => [`${front}?ticket=${ticket}&token=x`],
      status: 400,
      again: 400,
    },
  ];
  for (const { name, use, status, again } of cases) {
    await t.step(name, async () => {
      const ticket = await newTicket(running, ann);
      assertEquals(await statusOf(running, ...use(ticket)), status);
      assertEquals(await statusOf(running, ...use(ticket)), again, "again");
    });
  }
  await t.step("no ticket was logged", () => {
    const lines = running.logLines.join("\n");
    assert(lines.includes('"ticket_expired"'), lines);
    assert(!lines.includes("nalgate_ticket_"), lines);
  });
});

Deno.test("a ticket is good for nothing but a view", async (t) => {
  await using running = await RunningGateway.start({ users: USERS });
  const ticket = await newTicket(running, await running.signIn("ann"));
  const bearer = { authorization: `Bearer ${ticket}` };
  const cases = [
    ["GET", "api/cameras"],
    ["GET", "cameras/front/"],
    ["GET", ""],
    ["GET", "cameras/front/janus"],
    ["POST", "api/tickets"],
    ["POST", "api/logout"],
    ["POST", "api/login"],
    ["GET", "nosuch"],
    ["GET", "login"],
  ] as const;
  for (const [method, path] of cases) {
    await t.step(`${method} /${path} with it in the query`, async () => {
      const url = `${path}?ticket=${ticket}`;
      const { status } = await running.request(url, { method });
      assertEquals(status, 400);
    });
    if (path.includes("login")) continue;
    await t.step(`${method} /${path} with it as a bearer`, async () => {
      const { status } = await running.request(path, {
        method,
        headers: bearer,
        ...method === "POST" ? { json: { camera: "front" } } : {},
      });
      assertEquals(status, 401);
    });
  }
  await t.step("none of that has spent it", async () => {
    const path = `cameras/front/janus?ticket=${ticket}`;
    assertEquals(await statusOf(running, path), 101);
  });
});

Deno.test("POST /api/tickets asks for the right first", async (t) => {
  await using running = await RunningGateway.start({ users: USERS });
  const bob = { ...await running.signIn("bob"), origin: running.origin };
  const { headers: scoped } = await running.issueToken("ann", view("back"));
  const cases: readonly (readonly [string, Headers, unknown, number])[] = [
    ["own camera", bob, { camera: "back" }, 200],
    ["somebody else's camera", bob, { camera: "front" }, 403],
    ["a camera that is not", bob, { camera: "nosuch" }, 403],
    ["a glob", bob, { camera: "*" }, 403],
    ["no camera", bob, {}, 400],
    ["a token within its scope", scoped, { camera: "back" }, 200],
    ["a token beyond its scope", scoped, { camera: "front" }, 403],
    ["nobody", { origin: running.origin }, { camera: "back" }, 401],
    ["another page", { ...bob, ...ELSEWHERE }, { camera: "back" }, 403],
  ];
  for (const [name, headers, json, status] of cases) {
    await t.step(name, async () => {
      const answer = await running.request("api/tickets", {
        method: "POST",
        headers,
        json,
      });
      assertEquals(answer.status, status, answer.text);
    });
  }
});

Deno.test("a ticket's picture ends with its issuer's right", async (t) => {
  const cases: readonly {
    name: string;
    end: (running: RunningGateway, headers: Headers) => Promise<unknown>;
    code: number;
  }[] = [
    {
      name: "logout",
      end: (running, headers) =>
        running.request("api/logout", { method: "POST", headers }),
      code: 4401,
    },
    {
      name: "changed grants",
      end: async (running) => {
        const { users } = await running.openState();
        const id = users.find("ann")?.id ?? "";
        await users.change(id, { grants: view("back") });
      },
      code: 4403,
    },
  ];
  for (const { name, end, code } of cases) {
    await t.step(name, async () => {
      await using running = await RunningGateway.start({ users: USERS });
      const cookie = await running.signIn("ann");
      const ticket = await newTicket(running, cookie);
      const viewer = await running.watch(
        `cameras/front/janus?ticket=${ticket}`,
      );
      assertEquals(viewer.status, 101);
      await end(running, { ...cookie, origin: running.origin });
      const closed = await deadline(viewer.closed, PATIENCE_MS);
      assertEquals(closed.code, code);
    });
  }
});
