import { assert, assertEquals } from "@std/assert";
import { deadline } from "@std/async/deadline";
// @ts-types="@types/ws"
import { WebSocket } from "ws";
import { admin, temporaryFolder, view } from "../../support/gateway.ts";
import { TestProcess } from "../../support/process.ts";
import { rawHttp } from "../../support/raw_http.ts";
import { RunningGateway } from "../../support/running_gateway.ts";

const PATIENCE_MS = 15_000;

const USERS = {
  ann: view("front", "garage/*"),
  root: admin("**"),
};

function start(trustedProxies: readonly string[] = ["127.0.0.1"]) {
  return RunningGateway.start({ users: USERS, config: { trustedProxies } });
}

Deno.test("/auth/check decides per camera on the router's own path", async (t) => {
  await using running = await start();
  const { headers: ann } = await running.issueToken("ann", view("**"));
  const { headers: root } = await running.issueToken("root", admin("**"));
  const get = { "x-original-method": "GET" };
  const uri = (text: string) => ({ ...get, "x-original-uri": text });
  const cases: readonly [
    name: string,
    headers: Record<string, string>,
    ann: number,
    root: number,
  ][] = [
    ["no URI", get, 403, 403],
    ["a camera", uri("/cameras/front"), 204, 204],
    ["below it", uri("/cameras/front/janus"), 204, 204],
    ["with a query", uri("/cameras/front/?a=/cameras/back/"), 204, 204],
    [
      "as Caddy says it",
      {
        "x-forwarded-uri": "/cameras/front/",
        "x-forwarded-method": "GET",
      },
      204,
      204,
    ],
    [
      "as both say it",
      {
        ...uri("/cameras/front/"),
        "x-forwarded-uri": "/cameras/front/",
      },
      204,
      204,
    ],
    [
      "two URIs",
      {
        ...uri("/cameras/front/"),
        "x-forwarded-uri": "/cameras/back/",
      },
      403,
      403,
    ],
    [
      "two methods",
      {
        ...uri("/cameras/front/"),
        "x-forwarded-method": "POST",
      },
      403,
      403,
    ],
    ["another's camera", uri("/cameras/back/"), 403, 204],
    ["no camera of ours", uri("/cameras/attic/"), 403, 204],
    ["of another device", uri("/devices/garage/cameras/front/"), 204, 204],
    ["of a third", uri("/devices/shed/cameras/front/"), 403, 204],
    [
      "HEAD",
      { ...uri("/cameras/front/"), "x-original-method": "HEAD" },
      204,
      204,
    ],
    [
      "POST",
      { ...uri("/cameras/front/"), "x-original-method": "POST" },
      403,
      204,
    ],
    [
      "get",
      { ...uri("/cameras/front/"), "x-original-method": "get" },
      403,
      204,
    ],
    ["no method", { "x-original-uri": "/cameras/front/" }, 403, 204],
    ...[
      "/",
      "/login",
      "/healthz",
      "/cameras",
      "/cameras/",
      "/cameras/front/../back/",
      "/cameras/front/%2e%2e/back/",
      "/cameras/front%2f..%2fback/",
      "/cameras//front/",
      "//cameras/front/",
      "/cameras/front/..",
      "/cameras/Front/",
      "/cameras/fr*/",
      "/cameras/front\\..\\back/",
      "/public#/cameras/front/",
      "/login/..%2fcameras/front/",
      "/x/cameras/front/",
      "cameras/front/",
      "http://evil.example/cameras/front/",
      "/cameras/front/,/cameras/back/",
    ].map((text) =>
      [text, uri(text), 403, 403] as [
        string,
        Record<string, string>,
        number,
        number,
      ]
    ),
  ];
  for (const [name, headers, ...wanted] of cases) {
    await t.step(name, async () => {
      const statuses = await Promise.all(
        [ann, root].map(async (proof) =>
          (await running.request("auth/check", {
            headers: { ...proof, ...headers },
          })).status
        ),
      );
      assertEquals(statuses, wanted);
    });
  }
});

Deno.test("/auth/check answers plainly: 204 with the name, 401, 403", async (t) => {
  await using running = await start();
  const { headers: ann } = await running.issueToken("ann", view("**"));
  const check = (path: string, headers: Record<string, string> = ann) =>
    running.request(`auth/check/${path}`, { headers });
  const cases: readonly [string, number][] = [
    ["cameras/front", 204],
    ["cameras/front?right=view", 204],
    ["cameras/front?right=admin", 403],
    ["cameras/front?right=root", 204],
    ["cameras/back", 403],
    ["cameras/attic", 403],
    ["cameras/Front", 403],
    ["devices/garage/cameras/front", 204],
    ["devices/garage/cameras/front?right=admin", 403],
    ["devices/shed/cameras/front", 403],
  ];
  for (const [path, status] of cases) {
    await t.step(path, async () => {
      assertEquals((await check(path)).status, status);
    });
  }
  await t.step("the user's name", async () => {
    const { headers } = await check("cameras/front");
    assertEquals(headers.get("remote-user"), "ann");
  });
  await t.step("no redirect to a browser that is not signed in", async () => {
    const answer = await check("cameras/front", { accept: "text/html" });
    assertEquals(answer.status, 401);
    assertEquals(answer.headers.get("www-authenticate"), BEARER);
  });
});

const BEARER = 'Bearer realm="nalgate"';

Deno.test("/auth/check takes no URI from whom it does not trust", async () => {
  await using running = await start([]);
  const { headers } = await running.issueToken("root", admin("**"));
  const uri = "/cameras/front/";
  const answer = await running.request("auth/check", {
    headers: {
      ...headers,
      "x-original-uri": uri,
      "x-original-method": "GET",
    },
  });
  assertEquals(answer.status, 403);
});

Deno.test("/auth/check refuses what another page has sent with a cookie", async (t) => {
  await using running = await start();
  const { origin } = running;
  const cookie = await running.signIn("root");
  const cases: readonly [string, string, string | undefined, number][] = [
    ["our page", "POST", origin, 204],
    ["our page", "GET", origin, 204],
    ["nobody says who", "POST", undefined, 403],
    ["nobody says who", "GET", undefined, 204],
    ["another page", "POST", "https://evil.example", 403],
    ["another page, or its socket", "GET", "https://evil.example", 403],
    ["a hidden page", "POST", "null", 403],
  ];
  for (const [name, method, from, status] of cases) {
    await t.step(`${method}, ${name}`, async () => {
      const answer = await running.request("auth/check", {
        headers: {
          ...cookie,
          ...from === undefined ? {} : { origin: from },
          "x-original-uri": "/cameras/front/",
          "x-original-method": method,
        },
      });
      assertEquals(answer.status, status);
    });
  }
});

/** A port that is free for somebody who cannot say which one they took. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

interface Guard {
  readonly folder: string;
  readonly port: number;
  readonly gateway: number;
  readonly site: number;
}

/** nginx as README.md tells people to set it up. */
function nginx({ folder, port, gateway, site }: Guard) {
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`).join(" ");
  return {
    file: "nginx.conf",
    command: "nginx",
    args: ["-p", folder, "-c", `${folder}/nginx.conf`, "-e", "stderr"],
    text: `
daemon off; master_process off; pid ${folder}/pid; error_log stderr;
events {}
http {
  access_log off; ${paths}
  server {
    listen 127.0.0.1:${port};
    location / {
      auth_request /_check;
      auth_request_set $user $upstream_http_remote_user;
      proxy_set_header Remote-User $user;
      proxy_pass http://127.0.0.1:${site};
    }
    location = /_check {
      internal;
      proxy_pass http://127.0.0.1:${gateway}/auth/check;
      proxy_pass_request_body off;
      proxy_set_header Content-Length "";
      proxy_set_header X-Original-URI $request_uri;
      proxy_set_header X-Original-Method $request_method;
    }
  }
}`,
  };
}

/** Caddy, likewise. */
function caddy({ folder, port, gateway, site }: Guard) {
  return {
    file: "Caddyfile",
    command: "caddy",
    args: ["run", "--config", `${folder}/Caddyfile`, "--adapter", "caddyfile"],
    text: `{
  admin off
  auto_https off
  storage file_system ${folder}
}
http://127.0.0.1:${port} {
  bind 127.0.0.1
  forward_auth 127.0.0.1:${gateway} {
    uri /auth/check
    copy_headers Remote-User
  }
  reverse_proxy 127.0.0.1:${site}
}`,
  };
}

/** A real proxy in front of a site that says who has come. */
async function guarded(
  program: typeof nginx | typeof caddy,
  running: RunningGateway,
) {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder());
  const site = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => {
      if (request.headers.get("upgrade") !== null) {
        const { socket, response } = Deno.upgradeWebSocket(request);
        socket.onopen = () => socket.close(4000);
        return response;
      }
      return new Response(`for ${request.headers.get("remote-user")}`);
    },
  );
  stack.defer(() => site.shutdown());
  const port = freePort();
  const { file, text, command, args } = program({
    folder: folder.path,
    port,
    gateway: running.gateway.address.port,
    site: site.addr.port,
  });
  await Deno.writeTextFile(`${folder.path}/${file}`, text);
  const env = { HOME: folder.path };
  stack.use(new TestProcess({ command, args, env }));
  await deadline(reachable(port), PATIENCE_MS);
  const around = stack.move();
  return {
    port,
    [Symbol.asyncDispose]: () => around[Symbol.asyncDispose](),
  };
}

async function reachable(port: number): Promise<void> {
  for (;;) {
    try {
      using _ = await Deno.connect({ hostname: "127.0.0.1", port });
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

for (const program of [nginx, caddy]) {
  Deno.test(`${program.name} lets in whom /auth/check lets`, async (t) => {
    await using running = await start();
    await using proxy = await guarded(program, running);
    const { port } = proxy;
    const { headers: ann } = await running.issueToken("ann", view("**"));
    const { headers: root } = await running.issueToken("root", admin("**"));
    const nobody = { authorization: "Bearer x" };
    const ask = (start: string, headers: Record<string, string>) =>
      rawHttp(
        port,
        [
          `${start} HTTP/1.1`,
          `Host: 127.0.0.1:${port}`,
          "Connection: close",
          ...Object.entries(headers).map((pair) => pair.join(": ")),
          "\r\n",
        ].join("\r\n"),
      );
    const cases: readonly [string, Record<string, string>, number][] = [
      ["GET /cameras/front/stream", nobody, 401],
      ["GET /cameras/front/stream", ann, 200],
      ["GET /cameras/front/stream?x=1", ann, 200],
      ["GET /cameras/back/stream", ann, 403],
      ["GET /cameras/back/stream", root, 200],
      ["GET /cameras/front/../back/stream", ann, 403],
      ["GET /cameras/front%2f..%2f..%2fback", ann, 403],
      ["GET /", root, 403],
      ["DELETE /cameras/front/stream", ann, 403],
      ["DELETE /cameras/front/stream", root, 200],
      // Of the client's own making, to be taken for the proxy's.
      ["GET /cameras/back/", { ...ann, "X-Original-URI": OWN }, 403],
      ["GET /cameras/back/", { ...ann, "X-Forwarded-Uri": OWN }, 403],
      ["DELETE /cameras/front/", { ...ann, "X-Original-Method": "GET" }, 403],
      ["DELETE /cameras/front/", { ...ann, "X-Forwarded-Method": "GET" }, 403],
      ["GET /cameras/front/", { ...nobody, "Remote-User": "ann" }, 401],
    ];
    for (const [start, headers, status] of cases) {
      await t.step(`${start} ${Object.keys(headers).join()}`, async () => {
        const answer = await ask(start, headers);
        assertEquals(answer.status, status, answer.text);
      });
    }
    await t.step(
      "the site learns who it is, and from nobody else",
      async () => {
        const headers = { ...ann, "Remote-User": "root" };
        const answer = await ask("GET /cameras/front/stream", headers);
        assert(answer.text.includes("for ann"), answer.text);
      },
    );
    if (program === nginx) return;
    await t.step("a WebSocket of another protocol", async () => {
      const open = (path: string) => {
        const url = `ws://127.0.0.1:${port}${path}`;
        const socket = new WebSocket(url, { headers: ann });
        return new Promise<number>((resolve) => {
          socket.once("close", resolve);
          socket.once("unexpected-response", (_request, response) => {
            response.resume();
            resolve(response.statusCode ?? 0);
            socket.on("error", () => {});
            socket.terminate();
          });
        });
      };
      assertEquals(await open("/cameras/front/stream"), 4000);
      assertEquals(await open("/cameras/back/stream"), 403);
    });
  });
}

const OWN = "/cameras/front/";
