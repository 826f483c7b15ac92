import { assert, assertEquals, assertMatch } from "@std/assert";
import { SESSION_AGE_MAX_MS } from "../../../src/limits.ts";
import { view } from "../../support/gateway.ts";
import { PASSWORD, RunningGateway } from "../../support/running_gateway.ts";

const USERS = { ann: view("front") };

/** The code in a one-time link. */
function codeOf({ gateway }: RunningGateway): string {
  return gateway.ready.link?.split("#code=")[1] ?? "";
}

Deno.test("POST /api/login opens a session, POST /api/logout ends it", async () => {
  await using running = await RunningGateway.start({ users: USERS });
  const { origin } = running;
  const login = await running.request("api/login", {
    method: "POST",
    headers: { origin },
    json: { user: "ann", password: PASSWORD },
  });
  assertEquals(login.status, 204);
  const cookie = login.headers.get("set-cookie") ?? "";
  assertMatch(
    cookie,
    /^nalgate-insecure=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/,
  );
  const headers = { cookie: cookie.split(";")[0] ?? "" };
  const session = await running.request("api/session", { headers });
  const { user, expiresAt } = JSON.parse(session.text);
  assertEquals(user, "ann");
  assert(
    expiresAt > Date.now() && expiresAt <= Date.now() + SESSION_AGE_MAX_MS,
  );

  const logout = await running.request("api/logout", {
    method: "POST",
    headers: { ...headers, origin },
  });
  assertEquals(logout.status, 204);
  assertMatch(logout.headers.get("set-cookie") ?? "", /=; .*Max-Age=0/);
  const after = await running.request("api/session", { headers });
  assertEquals(after.status, 401);
});

Deno.test("POST /api/login gives a new session and ends the one before", async () => {
  await using running = await RunningGateway.start({ users: USERS });
  const first = await running.signIn("ann");
  const { headers } = await running.request("api/login", {
    method: "POST",
    headers: { ...first, origin: running.origin },
    json: { user: "ann", password: PASSWORD },
  });
  assert(!headers.get("set-cookie")?.startsWith(first.cookie));
  const old = await running.request("api/session", { headers: first });
  assertEquals(old.status, 401);
});

Deno.test("POST /api/login refuses alike for whatever reason", async () => {
  await using running = await RunningGateway.start({ users: USERS });
  const attempt = async (user: string, password: string) => {
    const { status, text, headers } = await running.request("api/login", {
      method: "POST",
      headers: { origin: running.origin },
      json: { user, password },
    });
    assertEquals(headers.get("set-cookie"), null);
    return { status, text };
  };
  const wrongPassword = await attempt("ann", "wrong");
  assertEquals(wrongPassword.status, 401);
  assertEquals(await attempt("nobody", "wrong"), wrongPassword);
});

Deno.test("POST /api/login answers 429 with Retry-After; sessions go on", async () => {
  await using running = await RunningGateway.start({ users: USERS });
  const headers = await running.signIn("ann");
  const attempt = () =>
    running.request("api/login", {
      method: "POST",
      headers: { origin: running.origin },
      json: { user: "ann", password: "wrong" },
    });
  for (let count = 0; count < 5; count++) await attempt();
  const limited = await attempt();
  assertEquals(limited.status, 429);
  assertEquals(limited.headers.get("retry-after"), "900");
  const session = await running.request("api/session", { headers });
  assertEquals(session.status, 200);
});

Deno.test("unsafe requests of other pages are refused", async (t) => {
  await using running = await RunningGateway.start({ users: USERS });
  const { cookie } = await running.signIn("ann");
  const body = JSON.stringify({ user: "ann", password: PASSWORD });
  const evil = "https://evil.example";
  const { origin } = running;
  const json = "application/json";
  const cases: readonly (readonly [string, Record<string, string>, number])[] =
    [
      ["own page", { origin, "content-type": json }, 204],
      ["JSON of another page", { origin: evil, "content-type": json }, 403],
      ["a form of another page", {
        origin: evil,
        "content-type": "application/x-www-form-urlencoded",
      }, 403],
      ["text of another page", {
        origin: evil,
        "content-type": "text/plain",
      }, 403],
      ["no type, of another page", { origin: evil }, 403],
      ["no origin", { "content-type": json }, 403],
      ["null origin", { origin: "null", "content-type": json }, 403],
      ["own origin, cross-site", {
        origin,
        "content-type": json,
        "sec-fetch-site": "cross-site",
      }, 403],
      ["own page's text", { origin, "content-type": "text/plain" }, 400],
      ["own page's form", {
        origin,
        "content-type": "application/x-www-form-urlencoded",
      }, 400],
    ];
  for (const [name, headers, status] of cases) {
    await t.step(name, async () => {
      const answer = await running.request("api/login", {
        method: "POST",
        headers,
        body,
      });
      assertEquals(answer.status, status);
    });
    if (status === 403) {
      await t.step(`${name}: logout`, async () => {
        const answer = await running.request("api/logout", {
          method: "POST",
          headers: { ...headers, cookie },
        });
        assertEquals(answer.status, 403);
      });
    }
  }
  await t.step("nobody was signed out", async () => {
    const session = await running.request("api/session", {
      headers: { cookie },
    });
    assertEquals(session.status, 200);
  });
});

Deno.test("an origin refused says what to set", async () => {
  await using running = await RunningGateway.start({
    users: USERS,
    config: { publicUrl: "https://kvm.example/" },
  });
  const { origin } = running;
  const { status, text } = await running.request("api/login", {
    method: "POST",
    headers: { origin },
    json: { user: "ann", password: PASSWORD },
  });
  assertEquals(status, 403);
  const { error, message, publicUrl } = JSON.parse(text);
  assertEquals(error, "origin_refused");
  assertMatch(message, /public_url/);
  assertEquals(publicUrl, `${origin}/`);
});

Deno.test("bodies are checked before anything else looks at them", async (t) => {
  await using running = await RunningGateway.start({ users: USERS });
  const cases: readonly (readonly [string, string, number])[] = [
    ["empty", "", 400],
    ["no JSON", "{", 400],
    ["null", "null", 400],
    ["an array", "[]", 400],
    ["a number for a name", '{"user":1,"password":"x"}', 400],
    ["an unknown field", '{"user":"a","password":"x","admin":true}', 400],
    ["both ways at once", '{"user":"a","password":"x","code":"y"}', 400],
    [
      "a password over 1 KiB",
      `{"user":"a","password":"${"x".repeat(1025)}"}`,
      400,
    ],
    ["a body over 8 KiB", `{"user":"a","password":"${"x".repeat(9000)}"}`, 413],
  ];
  for (const [name, body, status] of cases) {
    await t.step(name, async () => {
      const answer = await running.request("api/login", {
        method: "POST",
        headers: {
          origin: running.origin,
          "content-type": "application/json",
        },
        body,
      });
      assertEquals(answer.status, status, answer.text);
    });
    await t.step(`${name}, in chunks`, async () => {
      const chunks = ReadableStream.from([body.slice(0, 5), body.slice(5)]);
      const answer = await fetch(`${running.url}api/login`, {
        method: "POST",
        headers: {
          origin: running.origin,
          "content-type": "application/json",
        },
        body: chunks.pipeThrough(new TextEncoderStream()),
      });
      assertEquals(answer.status, status, await answer.text());
    });
  }
});

Deno.test("the setup link makes the first user", async () => {
  await using running = await RunningGateway.start();
  const { origin, gateway } = running;
  assertMatch(
    gateway.ready.link ?? "",
    /^http:\/\/127\.0\.0\.1:\d+\/setup#code=[\w-]{43}$/,
  );
  const page = await running.request("setup", {
    headers: { accept: "text/html" },
  });
  assertEquals(page.status, 200);
  const setUp = (json: object) =>
    running.request("api/setup", { method: "POST", headers: { origin }, json });
  const json = { code: codeOf(running), user: "ann", password: PASSWORD };
  assertEquals((await setUp({ ...json, code: "guess" })).status, 401);
  const weak = await setUp({ ...json, password: "short" });
  assertEquals(JSON.parse(weak.text).error, "weak_password");
  const good = await setUp(json);
  assertEquals(good.status, 204);
  const cookie = good.headers.get("set-cookie")?.split(";")[0] ?? "";
  const list = await running.request("api/cameras", { headers: { cookie } });
  assertEquals(JSON.parse(list.text).cameras.length, 2);
  assertEquals((await setUp({ ...json, user: "eve" })).status, 401);
  const gone = await running.request("setup", {
    headers: { accept: "text/html" },
  });
  assertEquals(gone.headers.get("location"), "/login");
});

Deno.test("the demo's link signs in once", async () => {
  await using running = await RunningGateway.start({ demo: true });
  const { origin, gateway } = running;
  assertMatch(gateway.ready.link ?? "", /\/login#code=/);
  const login = () =>
    running.request("api/login", {
      method: "POST",
      headers: { origin },
      json: { code: codeOf(running) },
    });
  assertEquals((await login()).status, 204);
  assertEquals((await login()).status, 401);
});

Deno.test("strangers reach exactly the public paths", async (t) => {
  await using running = await RunningGateway.start({ users: USERS });
  const open: readonly (readonly [string, number])[] = [
    ["healthz", 200],
    ["readyz", 200],
    ["login", 200],
    ["setup", 302],
    ["assets/app.css", 200],
    ["assets/icon.svg", 200],
  ];
  for (const [path, status] of open) {
    await t.step(`/${path}`, async () => {
      await untilHealthy(running);
      assertEquals((await running.request(path)).status, status);
    });
  }
  const closed = [
    "",
    "cameras/front",
    "cameras/front/",
    "cameras/front/janus",
    "cameras/nosuch/",
    "janus",
    "api/session",
    "api/cameras",
    "api/nosuch",
    "nosuch",
    "login/",
    "login/x",
    "login/..%2fadmin",
    "login%2f..%2fapi/cameras",
    "LOGIN",
    "healthz/",
    "healthz/../api/cameras",
    "healthz%00",
    "x?y=/healthz",
    "api/cameras?x=/login",
    "assets/",
    "assets/nosuch.js",
    "assets/..%2f..%2fdeno.json",
    "assets/%2e%2e/%2e%2e/deno.json",
    "assets/__proto__",
    "assets/app.css/x",
    "/healthz",
    "admin",
    "metrics",
  ];
  for (const path of closed) {
    await t.step(`/${path}`, async () => {
      const { status, text, headers } = await running.request(`/${path}`, {
        headers: { "user-agent": "kube-probe/1.0", "x-original-url": "/login" },
      });
      assertEquals(status, 401, text);
      assertEquals(JSON.parse(text).error, "unauthenticated");
      assertMatch(headers.get("www-authenticate") ?? "", /^Bearer/);
    });
  }
});

Deno.test("people without a session are sent to sign in, and back", async (t) => {
  await using running = await RunningGateway.start({ users: USERS });
  const accept = "text/html,application/xhtml+xml";
  const cases: readonly (readonly [path: string, location: string])[] = [
    ["", "/login"],
    ["cameras/front/", "/login?next=cameras%2Ffront%2F"],
    ["api/cameras", "/login?next=api%2Fcameras"],
  ];
  for (const [path, location] of cases) {
    await t.step(`/${path}`, async () => {
      const answer = await running.request(path, { headers: { accept } });
      assertEquals(answer.status, 302);
      assertEquals(answer.headers.get("location"), location);
    });
  }
  const { cookie } = await running.signIn("ann");
  const backs: readonly (readonly [path: string, location: string])[] = [
    ["login", "/"],
    ["login?next=cameras%2Ffront%2F", "/cameras/front/"],
    ["login?next=https://evil.example/", "/"],
    ["login?next=//evil.example/", "/"],
  ];
  for (const [path, location] of backs) {
    await t.step(path, async () => {
      const answer = await running.request(path, {
        headers: { accept, cookie },
      });
      assertEquals(answer.headers.get("location"), location);
    });
  }
});

Deno.test("credentials in a URL are refused, with a hint", async (t) => {
  await using running = await RunningGateway.start({ users: USERS });
  for (const name of ["token", "access_token", "jwt", "code"]) {
    await t.step(name, async () => {
      const { status, text } = await running.request(
        `api/cameras?${name}=CANARY`,
      );
      assertEquals(status, 400);
      assertMatch(JSON.parse(text).message, /Authorization/);
      assert(!text.includes("CANARY"));
    });
  }
});

Deno.test("public_url gives scheme, cookie and base", async (t) => {
  const publicUrl = "https://kvm.example/lab/";
  await using running = await RunningGateway.start({
    users: USERS,
    config: { publicUrl },
  });
  const login = await running.request("lab/api/login", {
    method: "POST",
    headers: { origin: "https://kvm.example" },
    json: { user: "ann", password: PASSWORD },
  });
  await t.step("cookie", () => {
    assertMatch(
      login.headers.get("set-cookie") ?? "",
      /^__Host-nalgate=[\w-]{43}; Path=\/; .*; Secure$/,
    );
  });
  const cookie = login.headers.get("set-cookie")?.split(";")[0] ?? "";
  const headers = { cookie, accept: "text/html" };
  for (const path of ["lab/", ""]) {
    await t.step(`page at /${path}`, async () => {
      const page = await running.request(path, { headers });
      assertEquals(page.status, 200);
      assertMatch(page.text, /<base href="\/lab\/">/);
      assertMatch(
        page.headers.get("strict-transport-security") ?? "",
        /^max-age=\d+$/,
      );
      assertMatch(
        page.headers.get("content-security-policy") ?? "",
        /connect-src 'self' wss:\/\/kvm\.example;/,
      );
    });
  }
  await t.step("redirects", async () => {
    const slash = await running.request("lab/cameras/front", { headers });
    assertEquals(slash.headers.get("location"), "/lab/cameras/front/");
    const sign = await running.request("cameras/front/", {
      headers: { accept: "text/html" },
    });
    assertEquals(
      sign.headers.get("location"),
      "/lab/login?next=cameras%2Ffront%2F",
    );
  });
  await t.step("the plain cookie counts for nothing", async () => {
    const plain = cookie.replace("__Host-nalgate", "nalgate-insecure");
    const { status } = await running.request("lab/api/session", {
      headers: { cookie: plain },
    });
    assertEquals(status, 401);
  });
});

Deno.test("a trusted proxy tells scheme, base and client", async () => {
  await using running = await RunningGateway.start({
    users: USERS,
    config: { trustedProxies: ["127.0.0.1"] },
  });
  const proxied = {
    "x-forwarded-for": "192.0.2.7",
    "x-forwarded-proto": "https",
    "x-forwarded-prefix": "/kvm",
  };
  const login = await running.request("kvm/api/login", {
    method: "POST",
    headers: { ...proxied, origin: running.origin },
    json: { user: "ann", password: PASSWORD },
  });
  const cookie = login.headers.get("set-cookie")?.split(";")[0] ?? "";
  assertMatch(cookie, /^__Host-nalgate=/);
  const page = await running.request("cameras/front/", {
    headers: { ...proxied, cookie, accept: "text/html" },
  });
  assertMatch(page.text, /<base href="\/kvm\/">/);
  const audit = running.logLines.find((line) => line.includes('"login"'));
  assertMatch(audit ?? "", /"user":"ann","ip":"192\.0\.2\.7","result":"ok"/);
});

Deno.test("every answer carries the security headers", async (t) => {
  await using running = await RunningGateway.start({ users: USERS });
  const { cookie } = await running.signIn("ann");
  const cases: readonly (readonly [string, Record<string, string>])[] = [
    ["", { cookie, accept: "text/html" }],
    ["", { accept: "text/html" }],
    ["api/cameras", { cookie }],
    ["api/cameras", {}],
    ["nosuch", { cookie, accept: "text/html" }],
    ["assets/app.css", {}],
    ["healthz", {}],
  ];
  for (const [path, headers] of cases) {
    const names = Object.keys(headers).join("+") || "none";
    await t.step(`/${path} with ${names}`, async () => {
      const answer = await running.request(path, { headers });
      const policy = answer.headers.get("content-security-policy") ?? "";
      assertMatch(policy, /^default-src 'self'; /);
      assertMatch(policy, /frame-ancestors 'none'$/);
      assert(!policy.includes("unsafe"));
      assertEquals(answer.headers.get("x-content-type-options"), "nosniff");
      assertEquals(answer.headers.get("referrer-policy"), "no-referrer");
      assertMatch(
        answer.headers.get("permissions-policy") ?? "",
        /camera=\(\)/,
      );
      assertEquals(
        answer.headers.get("cross-origin-opener-policy"),
        "same-origin",
      );
      assertEquals(answer.headers.get("strict-transport-security"), null);
      const caching = answer.headers.get("cache-control");
      assertEquals(
        caching,
        path.startsWith("assets") ? "no-cache" : "no-store",
      );
    });
  }
});

Deno.test("GET /assets/… asks for nothing twice", async () => {
  await using running = await RunningGateway.start();
  const first = await running.request("assets/app.css");
  assertEquals(first.headers.get("content-type"), "text/css; charset=utf-8");
  const etag = first.headers.get("etag") ?? "";
  const second = await running.request("assets/app.css", {
    headers: { "if-none-match": etag },
  });
  assertEquals([second.status, second.text], [304, ""]);
});

Deno.test("GET /healthz says one word to strangers, why to users", async () => {
  await using running = await RunningGateway.start({ users: USERS });
  await untilHealthy(running);
  assertEquals((await running.request("healthz")).text, "ok\n");
  const headers = await running.signIn("ann");
  const good = JSON.parse((await running.request("healthz", { headers })).text);
  assertEquals(good.ok, true);
  assertEquals(good.upstreams, [{ name: "janus", state: "open" }]);
  assertEquals(
    good.cameras.map(({ name }: { name: string }) => name),
    ["front"],
  );
  await running.janus[Symbol.asyncDispose]();
  let stranger = await running.request("healthz");
  while (stranger.status === 200) stranger = await running.request("healthz");
  assertEquals([stranger.status, stranger.text], [503, "not ok\n"]);
  const bad = await running.request("healthz", { headers });
  assertEquals(bad.status, 503);
  assertEquals(JSON.parse(bad.text).cameras[0].state, "upstream_down");
});

Deno.test("POST /api/login opens nothing for two cookies", async () => {
  await using running = await RunningGateway.start({ users: USERS });
  const { status, headers, text } = await running.request("api/login", {
    method: "POST",
    headers: {
      origin: running.origin,
      cookie: "nalgate-insecure=a; nalgate-insecure=b",
    },
    json: { user: "ann", password: PASSWORD },
  });
  assertEquals(status, 400, text);
  assertEquals(headers.get("set-cookie"), null);
  const sessions = `${running.stateDir}/sessions.json`;
  const stored = await Deno.readTextFile(sessions).catch(() => "none");
  assertEquals(stored, "none");
});

Deno.test("pages for passwords warn of plain HTTP over a network", async (t) => {
  const far = { "x-forwarded-for": "192.0.2.7" };
  const cases: readonly {
    name: string;
    headers: Record<string, string>;
    publicUrl?: string;
    warns: boolean;
  }[] = [
    { name: "on this machine", headers: {}, warns: false },
    { name: "through a strange proxy", headers: far, warns: true },
    {
      name: "through TLS",
      headers: far,
      publicUrl: "https://kvm.example/",
      warns: false,
    },
  ];
  for (const { name, headers, publicUrl, warns } of cases) {
    await using running = await RunningGateway.start({ config: { publicUrl } });
    for (const path of ["login", "setup"]) {
      await t.step(`/${path} ${name}`, async () => {
        const { text } = await running.request(path, { headers });
        assertEquals(text.includes("This connection is not encrypted"), warns);
      });
    }
  }
});

Deno.test("headers of a strange proxy are ignored, which is said once", async () => {
  await using running = await RunningGateway.start({ users: USERS });
  const headers = {
    "x-forwarded-for": "192.0.2.7",
    "x-forwarded-proto": "https",
  };
  for (let count = 0; count < 3; count++) {
    const page = await running.request("login", { headers });
    assertEquals(page.headers.get("strict-transport-security"), null);
  }
  const warnings = running.logLines.filter((line) =>
    line.includes("forwarded headers ignored")
  );
  assertEquals(warnings.length, 1);
  assertMatch(warnings[0] ?? "", /"level":"warn".*"peer":"127\.0\.0\.1"/);
  assertMatch(warnings[0] ?? "", /trusted_proxies/);
});

/** Waits until the upstream has been dialled. */
async function untilHealthy(running: RunningGateway): Promise<void> {
  while ((await running.request("healthz")).status !== 200);
}
