import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { parseConfig } from "../../../src/config/parse.ts";
import { ConfigError } from "../../../src/config/problem.ts";
import { securityHeaders } from "../../../src/gateway/headers.ts";
import { view } from "../../support/gateway.ts";
import { RunningGateway } from "../../support/running_gateway.ts";

const OWN = new Set(["https://kvm.example"]);
const HOME = "https://home.example";

Deno.test("securityHeaders() are these", () => {
  const context = { secure: true, ownOrigins: OWN };
  assertEquals(securityHeaders(context), {
    "Content-Security-Policy":
      "default-src 'self'; connect-src 'self' wss://kvm.example; " +
      "object-src 'none'; base-uri 'self'; form-action 'self'; " +
      "frame-ancestors 'none'",
    "Permissions-Policy": "accelerometer=(), autoplay=(self), camera=(), " +
      "display-capture=(), fullscreen=(self), geolocation=(), " +
      "gyroscope=(), magnetometer=(), microphone=(), payment=(), " +
      "picture-in-picture=(self), screen-wake-lock=(self), usb=()",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000",
  });
  const plain = securityHeaders({ ...context, secure: false });
  assertEquals("Strict-Transport-Security" in plain, false);
});

Deno.test("securityHeaders() let the pages named show this one", () => {
  const headers = securityHeaders({
    secure: true,
    ownOrigins: OWN,
    frameAncestors: [HOME, "http://home.lan:8123"],
  });
  assertMatch(
    headers["Content-Security-Policy"] ?? "",
    /; frame-ancestors https:\/\/home\.example http:\/\/home\.lan:8123$/,
  );
  assertEquals("X-Frame-Options" in headers, false);
});

Deno.test("only a camera's page can be shown in a frame", async (t) => {
  await using running = await RunningGateway.start({
    users: { ann: view("front") },
    config: { frameAncestors: [HOME] },
  });
  const { cookie } = await running.signIn("ann");
  const cases: readonly (readonly [string, string, boolean, number])[] = [
    ["cameras/front/", cookie, true, 200],
    ["cameras/front/?embed=1", cookie, true, 200],
    ["", cookie, false, 200],
    ["cameras/front", cookie, false, 302],
    ["cameras/back/", cookie, false, 403],
    ["nothing", cookie, false, 404],
    ["api/cameras", cookie, false, 200],
    ["assets/app.css", cookie, false, 200],
    ["login", "", false, 200],
    ["setup", "", false, 302],
    ["cameras/front/", "", false, 302],
  ];
  for (const [path, cookie, isFramed, status] of cases) {
    await t.step(
      `/${path}${cookie === "" ? " of a stranger" : ""}`,
      async () => {
        const headers = { accept: "text/html", cookie };
        const answer = await running.request(path, { headers });
        assertEquals(answer.status, status);
        const policy = answer.headers.get("content-security-policy") ?? "";
        const [, ancestors] = /; frame-ancestors ([^;]+)$/.exec(policy) ?? [];
        assertEquals(ancestors, isFramed ? HOME : "'none'");
        const options = answer.headers.get("x-frame-options");
        assertEquals(options, isFramed ? null : "DENY");
        assertEquals(answer.headers.get("x-content-type-options"), "nosniff");
      },
    );
  }
});

Deno.test("frame_ancestors takes origins, and nothing that ends a policy", async (t) => {
  const parse = (origin: string) =>
    parseConfig({
      text: JSON.stringify({ ["frame_ancestors"]: [origin] }),
      file: "nalgate.yaml",
      resolve: (path) => path,
      env: () => undefined,
    }).frameAncestors;
  assertEquals(parse("https://Home.example:443"), [HOME]);
  assertEquals(parse("https://k\u00e4mera.example"), [
    "https://xn--kmera-gra.example",
  ]);
  for (
    const origin of [
      "https://home.example/",
      "https://*.example",
      "https://a@home.example",
      "https://home.example;script-src",
      "https://home.example,https://b.example",
      "https://[::1]",
      "home.example",
      "*",
      "'self'",
      "data:",
    ]
  ) {
    await t.step(origin, () => {
      assertThrows(() => parse(origin), ConfigError);
    });
  }
});
