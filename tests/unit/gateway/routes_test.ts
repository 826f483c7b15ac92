import { assert, assertEquals } from "@std/assert";
import { Hono } from "hono";
import type { Name } from "../../../src/config/config.ts";
import { defaultConfig } from "../../../src/config/parse.ts";
import { type ErrorCode, ERRORS } from "../../../src/errors.ts";
import { answerError } from "../../../src/gateway/answer.ts";
import { Audit } from "../../../src/gateway/audit.ts";
import { Cameras } from "../../../src/gateway/cameras.ts";
import type { AppEnv } from "../../../src/gateway/context.ts";
import { Current } from "../../../src/gateway/current.ts";
import { JanusDevice } from "../../../src/gateway/devices/janus_device.ts";
import { Metrics } from "../../../src/gateway/metrics.ts";
import { Overload } from "../../../src/gateway/overload.ts";
import { Places } from "../../../src/gateway/places.ts";
import {
  type AppParts,
  createApp,
  type Route,
  routeTable,
} from "../../../src/gateway/routes.ts";
import { refuseTransit } from "../../../src/gateway/steps.ts";
import { Upstream } from "../../../src/gateway/tunnel/upstream.ts";
import type { Logger } from "../../../src/log.ts";
import { recordingLog } from "../../support/gateway.ts";
import { has, people, type Person } from "../../support/people.ts";
import { testCamera } from "../../support/running_gateway.ts";

const LISTEN = { hostname: "127.0.0.1", port: 8080 };
const ORIGIN = "http://127.0.0.1:8080";

/** Cameras that there are; the first is the default one. */
const CAMERAS = ["front", "back"];
const MISSING = "attic";
const DEVICE = "garage";

/** What parameters of paths are filled with. */
const PARAMETERS: Readonly<Record<string, string>> = {
  file: "app.css",
  device: DEVICE,
  session: "guess",
  provider: "nobody",
  id: "guess",
};

/** A bare Janus, which has cameras whether it is there or not. */
function deviceWith(cameras: readonly string[], log: Logger): JanusDevice {
  const plugin = "janus.plugin.ustreamer";
  return new JanusDevice({
    kind: "janus",
    name: DEVICE as Name,
    title: DEVICE,
    url: "ws://127.0.0.1:9/",
    apiSecretFile: undefined,
    cameras: cameras.map((name) => ({
      name: name as Name,
      title: name,
      plugin,
      id: name,
    })),
  }, { apiSecret: () => undefined, log });
}

/** The whole app with its people. */
async function setUp() {
  const stack = new AsyncDisposableStack();
  const { auth, list } = stack.use(await people());
  const { log } = recordingLog();
  const upstream = stack.use(
    new Upstream({
      name: "janus",
      url: "ws://127.0.0.1:9/",
      apiSecret: () => undefined,
      log,
    }),
  );
  const upstreams = new Map([["janus", upstream]]);
  const style = { body: new Uint8Array(), type: "text/css", etag: '"1"' };
  const parts: AppParts = {
    current: new Current(defaultConfig()),
    listen: LISTEN,
    auth,
    cameras: new Cameras(CAMERAS.map(testCamera), {
      upstreams,
      devices: [stack.use(deviceWith(CAMERAS, log))],
    }),
    upstreams,
    places: new Places(() => defaultConfig().limits),
    overload: stack.use(new Overload({ memoryMax: 2 ** 40, log })),
    metrics: new Metrics(),
    iceServers: () => [],
    assets: new Map([["app.css", style]]),
    log,
    audit: new Audit(log),
    draining: () => false,
  };
  return {
    app: createApp(parts),
    routes: routeTable(parts),
    list,
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  };
}

/** What the answer says: an error's code, or the status. */
type Outcome = string | number;

/** A method for a row; rows for all that is left have any other. */
function methodOf({ method }: Route): string {
  return method === "ALL" ? "PUT" : method;
}

/**
 * The last row of the same path and method says who gets through: those before
 * let pass whom they do not know.
 */
function decisive(routes: readonly Route[]): readonly Route[] {
  const rows = routes.map((route) =>
    [`${route.method} ${route.path}`, route] as const
  );
  return [...new Map(rows).values()];
}

/** What a route's row promises to a person, who asks about a camera. */
function promised(
  route: Route,
  person: Person,
  { key, isThere }: { key: string; isThere: boolean },
): Outcome {
  const { access, path } = route;
  const served = hasGuess(route) ? 404 : "served";
  if (access.for === "anyone") return served;
  if (!person.isKnown) return 401;
  if (person.viaDevice && path.startsWith("/devices/")) return 508;
  switch (access.for) {
    case "user":
      return served;
    case "view":
    case "admin":
      if (!has(person, access.for, key)) return 403;
      return isThere ? served : 404;
    case "asked":
      // Without a word of a trusted proxy there is nothing to decide on.
      if (!path.includes(":camera")) return 403;
      return has(person, "view", key) ? 204 : 403;
  }
  access satisfies never;
  throw new TypeError(`no rule for ${JSON.stringify(access)}`);
}

/** Whether a row is about something that a guess never names. */
function hasGuess({ method, path }: Route): boolean {
  return /:(?:provider|id)\b/.test(path) ||
    (path.endsWith("/:session") && /^(?:PATCH|DELETE)$/.test(method));
}

/** A row's path for one camera. */
function pathOf({ path }: Route, camera: string): string {
  return path.replace(/:(\w+)/g, (_, name: string) => {
    const value = name === "camera" ? camera : PARAMETERS[name];
    assert(value !== undefined, `PARAMETERS has no :${name}`);
    return value;
  });
}

function keyOf({ path }: Route, camera: string): string {
  return path.includes(":device") ? `${DEVICE}/${camera}` : camera;
}

/** Refusals of those who guard routes; a handler has others besides. */
const GUARDS: readonly ErrorCode[] = [
  "unauthenticated",
  "session_ended",
  "login_refused",
  "forbidden",
  "rights_ended",
  "origin_refused",
  "not_found",
  "loop",
];

async function outcome(answer: Response, wanted: Outcome): Promise<Outcome> {
  const text = await answer.text();
  if (answer.status === wanted) return wanted;
  const [, error = ""] = /^\{"error":"(\w+)"/.exec(text) ?? [];
  const code = GUARDS.find((guard) => guard === error);
  return code === undefined ? "served" : ERRORS[code].status;
}

Deno.test("each route serves whom its row names, for their cameras only", async (t) => {
  await using test = await setUp();
  const { app, routes, list } = test;
  assert(routes.length >= 18, "the table of routes was read");
  const proofs = new Map<Person, Readonly<Record<string, string>>>();
  for (const route of decisive(routes)) {
    const cameras = /:camera/.test(route.path)
      ? [...CAMERAS, MISSING]
      : CAMERAS.slice(0, 1);
    await t.step(`${route.method} ${route.path}`, async () => {
      for (const person of list) {
        const proof = proofs.get(person) ?? await person.headers();
        // Signing out ends it.
        if (route.path === "/api/logout") proofs.delete(person);
        else proofs.set(person, proof);
        for (const camera of cameras) {
          const method = methodOf(route);
          const path = pathOf(route, camera);
          const answer = await app.request(path, {
            method,
            headers: { origin: ORIGIN, ...proof },
          }, { peer: person.peer });
          const wanted = promised(route, person, {
            key: keyOf(route, camera),
            isThere: camera !== MISSING,
          });
          assertEquals(
            await outcome(answer, wanted),
            wanted,
            `${person.name}: ${method} ${path}`,
          );
        }
      }
    });
  }
});

Deno.test("routes for anyone are a list that somebody has thought of", async () => {
  await using test = await setUp();
  const open = test.routes.filter(({ access }) => access.for === "anyone");
  assertEquals(open.map(({ method, path }) => `${method} ${path}`), [
    "GET /healthz",
    "GET /readyz",
    "GET /assets/:file",
    "GET /login",
    "GET /login/oidc/:provider",
    "GET /login/oidc/:provider/callback",
    "GET /setup",
    "GET /share",
    "POST /api/login",
    "POST /api/setup",
    "POST /api/shares/open",
    // A browser asks without any proof what it may send.
    "OPTIONS /cameras/:camera/whep",
    "OPTIONS /devices/:device/cameras/:camera/whep",
    "OPTIONS /cameras/:camera/whep/:session",
    "OPTIONS /devices/:device/cameras/:camera/whep/:session",
    // For those whose session's URL is their proof; others pass on.
    "PATCH /cameras/:camera/whep/:session",
    "PATCH /devices/:device/cameras/:camera/whep/:session",
    "DELETE /cameras/:camera/whep/:session",
    "DELETE /devices/:device/cameras/:camera/whep/:session",
  ]);
});

Deno.test("routes about a camera ask for a right on it", async (t) => {
  await using test = await setUp();
  // Those for anyone are on the list above.
  const about = test.routes.filter(({ path, access }) =>
    /cameras?\//.test(path) && access.for !== "anyone"
  );
  assert(about.length >= 5);
  for (const { method, path, access } of about) {
    await t.step(`${method} ${path}`, () => {
      assert(access.for !== "user", access.for);
    });
  }
});

Deno.test("createApp() serves nothing that is not in the table", async () => {
  await using test = await setUp();
  const rows = test.routes.filter(({ method }) => method !== "ALL")
    .map(({ method, path }) => `${method} ${path}`);
  const served = test.app.routes.filter(({ method }) => method !== "ALL")
    .map(({ method, path }) => `${method} ${path}`);
  assertEquals(new Set(served), new Set(rows));
});

Deno.test("createApp() refuses the unsafe requests of other pages", async (t) => {
  await using test = await setUp();
  const { app, routes, list } = test;
  const root = list.find(({ name }) => name === "admin of all");
  const safe = ["GET", "OPTIONS"];
  const unsafe = routes.filter(({ method }) => !safe.includes(method));
  assert(unsafe.length >= 4);
  const types = ["application/json", "text/plain", undefined];
  const origins = ["https://evil.example", "null", undefined];
  const proof = await root?.headers();
  for (const route of unsafe) {
    const path = pathOf(route, "front");
    for (const origin of origins) {
      for (const type of types) {
        await t.step(`${path} from ${origin} as ${type}`, async () => {
          const headers = new Headers(proof);
          if (origin !== undefined) headers.set("origin", origin);
          const body = new TextEncoder().encode("{}");
          if (type !== undefined) headers.set("content-type", type);
          const answer = await app.request(
            path,
            { method: methodOf(route), headers, body },
            { peer: "127.0.0.1" },
          );
          assertEquals(answer.status, 403);
        });
      }
    }
  }
});

Deno.test("refuseTransit() refuses the users of another nalgate", async () => {
  await using test = await people();
  const { log } = recordingLog();
  for (const { viaDevice, isKnown, name, peer, headers } of test.list) {
    if (!isKnown) continue;
    const proof = await test.auth.presented(new Headers(await headers()), {
      peer,
      secure: false,
      hosts: new Set(["127.0.0.1:8080"]),
    });
    assert(proof !== undefined, name);
    const principal = await test.auth.authenticate(proof);
    const app = new Hono<AppEnv>();
    app.onError((error, c) => answerError(c, { error, log }));
    app.use(async (c, next) => {
      c.set("principal", principal);
      await next();
    }, refuseTransit);
    app.get("/", (c) => c.text("passed"));
    const { status } = await app.request("/", {}, { peer });
    assertEquals(status, viaDevice ? 508 : 200, name);
  }
});
