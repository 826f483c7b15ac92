import { assert, assertEquals } from "@std/assert";
import { defaultConfig } from "../../../src/config/parse.ts";
import { Cameras } from "../../../src/gateway/cameras.ts";
import type { AppEnv } from "../../../src/gateway/context.ts";
import { Metrics } from "../../../src/gateway/metrics.ts";
import { Places } from "../../../src/gateway/places.ts";
import { createApp } from "../../../src/gateway/routes.ts";
import { Upstream } from "../../../src/gateway/tunnel/upstream.ts";
import {
  addUser,
  CHEAP_PHC,
  recordingLog,
  testAuth,
  view,
} from "../../support/gateway.ts";
import { PASSWORD, testCamera } from "../../support/running_gateway.ts";

/** What a stranger may ask for; whatever else there is wants a user. */
const OPEN = [
  "GET /healthz",
  "GET /readyz",
  "GET /assets/:file",
  "GET /login",
  "GET /setup",
  "POST /api/login",
  "POST /api/setup",
];

const LISTEN = { hostname: "127.0.0.1", port: 8080 };
const ORIGIN = "http://127.0.0.1:8080";

/** The app with its cameras `front` and `back`; ann may view `back`. */
async function setUp() {
  const stack = new AsyncDisposableStack();
  const test = stack.use(await testAuth());
  const { auth, stateDir } = test;
  const grants = view("back");
  await addUser(stateDir, { name: "ann", password: CHEAP_PHC, grants });
  await auth.review();
  const address = "192.0.2.1";
  const { secret } = await auth.login.byPassword({
    user: "ann",
    password: PASSWORD,
    address,
  });
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
  const app = createApp({
    publicUrl: undefined,
    listen: LISTEN,
    trustedProxies: [],
    auth,
    cameras: new Cameras(["front", "back"].map(testCamera), upstreams),
    upstreams,
    places: new Places(defaultConfig().limits),
    iceServers: () => [],
    metrics: new Metrics(),
    assets: new Map(),
    log,
    draining: () => false,
  });
  return {
    app,
    cookie: `nalgate-insecure=${secret}`,
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  };
}

Deno.test("createApp() has no route that forgets to ask who it is", async (t) => {
  await using test = await setUp();
  const { app, cookie } = test;
  const routes = [
    ...new Set(
      app.routes.filter(({ method }) => method !== "ALL")
        .map(({ method, path }) => `${method} ${path}`),
    ),
  ];
  assert(routes.length >= 14, "the table of routes was read");
  assertEquals(OPEN.filter((route) => !routes.includes(route)), []);
  const env: AppEnv["Bindings"] = { peer: "127.0.0.1" };
  for (const route of routes.filter((route) => !OPEN.includes(route))) {
    const [method = "", pattern = ""] = route.split(" ");
    const path = pattern.replace(":camera", "front");
    const request = (headers: Record<string, string>) =>
      app.request(
        path,
        { method, headers: { origin: ORIGIN, ...headers } },
        env,
      );
    await t.step(`${route}: strangers`, async () => {
      assertEquals((await request({})).status, 401);
    });
    await t.step(`${route}: a session that is none`, async () => {
      const planted = { cookie: "nalgate-insecure=guess" };
      assertEquals((await request(planted)).status, 401);
    });
    if (!pattern.includes(":camera") && pattern !== "/janus") continue;
    await t.step(`${route}: somebody else's camera`, async () => {
      assertEquals((await request({ cookie })).status, 403);
    });
  }
});

Deno.test("createApp() refuses the unsafe requests of other pages", async (t) => {
  await using test = await setUp();
  const { app, cookie } = test;
  const routes = app.routes.filter(({ method }) => method === "POST");
  const paths = [...new Set(routes.map(({ path }) => path))];
  assertEquals(paths.length, 3);
  const types = ["application/json", "text/plain", undefined];
  const origins = ["https://evil.example", "null", undefined];
  for (const path of paths) {
    for (const origin of origins) {
      for (const type of types) {
        await t.step(`${path} from ${origin} as ${type}`, async () => {
          const headers = new Headers({ cookie });
          if (origin !== undefined) headers.set("origin", origin);
          const body = new TextEncoder().encode("{}");
          if (type !== undefined) headers.set("content-type", type);
          const answer = await app.request(
            path,
            { method: "POST", headers, body },
            { peer: "127.0.0.1" },
          );
          assertEquals(answer.status, 403);
        });
      }
    }
  }
});
