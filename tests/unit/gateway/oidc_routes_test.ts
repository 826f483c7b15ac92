import { assert, assertEquals, assertMatch } from "@std/assert";
import { deadline } from "@std/async/deadline";
import { walk } from "../../support/oidc_provider.ts";
import { accessBy, homeProvider, OidcSite } from "../../support/oidc_site.ts";
import { RunningGateway } from "../../support/running_gateway.ts";

/** Generous: rights end within two seconds, machines may be busy. */
const PATIENCE_MS = 10_000;

const ACCOUNTS = {
  fifi: { nick: "Fifi", groups: ["family", "staff"] },
  gus: { nick: "Gus", groups: [] },
  nameless: {},
};

Deno.test("GET /login/oidc/:provider asks for a code, bound to the browser", async () => {
  await using site = await OidcSite.start({ accounts: ACCOUNTS });
  const { location, setCookie } = await site.begin();
  const url = new URL(location);
  assertEquals(url.origin, site.provider.issuer);
  const { searchParams: query } = url;
  assertEquals(query.get("response_type"), "code");
  assertEquals(query.get("code_challenge_method"), "S256");
  assertEquals(query.get("scope"), "openid profile");
  for (const name of ["state", "nonce", "code_challenge"]) {
    assertMatch(query.get(name) ?? "", /^[\w-]{43}$/, name);
  }
  assertMatch(
    setCookie,
    /^nalgate-oidc=[\w-]{43}; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax$/,
  );
});

Deno.test("the callback signs in by the provider's claims", async (t) => {
  for (const inIdToken of [false, true]) {
    const place = inIdToken ? "the ID token" : "the userinfo endpoint";
    await using site = await OidcSite.start({ accounts: ACCOUNTS, inIdToken });
    const { running } = site;
    const cases = [
      { login: "fifi", user: "Fifi", cameras: ["front"] },
      { login: "gus", user: "Gus", cameras: [] },
      { login: "nameless", user: "nameless", cameras: [] },
    ];
    for (const { login, user, cameras } of cases) {
      await t.step(`${login}, by ${place}`, async () => {
        const { location, cookie } = await site.begin("?next=cameras/front/");
        const back = await walk(location, login);
        const { location: next, session } = await site.comeBack(back, cookie);
        assertEquals(next, "/cameras/front/");
        const { text } = await running.request("api/cameras", {
          headers: { cookie: session },
        });
        const list = JSON.parse(text);
        assertEquals(list.user, user);
        assertEquals(
          list.cameras.map(({ name }: { name: string }) => name),
          cameras,
        );
      });
    }
  }
});

Deno.test("a sign-in behind TLS has a cookie that no sibling can set", async () => {
  await using site = await OidcSite.start({
    accounts: ACCOUNTS,
    publicUrl: "https://kvm.example/lab/",
  });
  const { location, cookie, setCookie } = await site.begin();
  assertMatch(
    setCookie,
    /^__Host-nalgate-oidc=[\w-]{43}; .*; HttpOnly; Secure; SameSite=Lax$/,
  );
  const back = await walk(location, "fifi");
  assertMatch(
    back,
    /^https:\/\/kvm\.example\/lab\/login\/oidc\/home\/callback/,
  );
  const plain = cookie.replace("__Host-", "");
  assertEquals((await site.comeBack(back, plain)).session, "");
  const again = await site.begin();
  const { location: next, session } = await site.comeBack(
    await walk(again.location, "fifi"),
    again.cookie,
  );
  assertEquals(next, "/lab/");
  assertMatch(session, /^__Host-nalgate=[\w-]{43}$/);
});

Deno.test("a provider's session ends its views as others do", async (t) => {
  const cases: readonly {
    name: string;
    end: (running: RunningGateway, cookie: string) => unknown;
    code: number;
  }[] = [
    {
      name: "logout",
      end: (running, cookie) =>
        running.request("api/logout", {
          method: "POST",
          headers: { cookie, origin: running.origin },
        }),
      code: 4401,
    },
    {
      name: "the provider is configured no more",
      end: ({ gateway }) => gateway.auth.configure(accessBy()),
      code: 4401,
    },
    {
      name: "the role is configured no more",
      end: ({ gateway }) =>
        gateway.auth.configure({
          ...accessBy(homeProvider("http://127.0.0.1:9")),
          roles: [],
        }),
      code: 4403,
    },
  ];
  for (const { name, end, code } of cases) {
    await t.step(name, async () => {
      await using site = await OidcSite.start({ accounts: ACCOUNTS });
      const { running } = site;
      const { location, cookie } = await site.begin();
      const { session } = await site.comeBack(
        await walk(location, "fifi"),
        cookie,
      );
      const viewer = await running.watch("cameras/front/janus", {
        cookie: session,
        origin: running.origin,
      });
      assertEquals(viewer.status, 101);
      await end(running, session);
      assertEquals((await deadline(viewer.closed, PATIENCE_MS)).code, code);
    });
  }
});

Deno.test("a provider that cannot be reached leads back to the sign-in page", async (t) => {
  const config = (issuer: string) => ({
    access: accessBy(homeProvider(issuer)),
  });
  const cases = [
    {
      name: "nobody listens",
      issuer: "http://127.0.0.1:9",
      problem: "provider_unreachable",
      log: /"provider":"home","host":"127\.0\.0\.1:9"/,
    },
    {
      name: "a host that this process may not reach",
      issuer: "http://provider.example",
      problem: "provider_unreachable",
      log:
        /"host":"provider\.example".*add it to identity_providers\.home\.hosts/,
    },
  ];
  for (const { name, issuer, problem, log } of cases) {
    await t.step(name, async () => {
      await using running = await RunningGateway.start({
        config: config(issuer),
      });
      const { status, headers } = await running.request(
        "login/oidc/home?next=cameras/front/",
      );
      assertEquals(status, 302);
      assertEquals(
        headers.get("location"),
        `/login?problem=${problem}&next=cameras%2Ffront%2F`,
      );
      assertMatch(running.logLines.join("\n"), log);
      assertMatch(running.logLines.join("\n"), new RegExp(`"${problem}"`));
    });
  }
  await t.step("another issuer's document", async () => {
    await using site = await OidcSite.start({ accounts: {} });
    const issuer = site.provider.issuer.replace("localhost", "127.0.0.1");
    await using running = await RunningGateway.start({
      config: config(issuer),
    });
    const { headers } = await running.request("login/oidc/home");
    assertEquals(headers.get("location"), "/login?problem=provider_invalid");
  });
});

Deno.test("code and state are the callback's alone", async (t) => {
  await using running = await RunningGateway.start({
    config: {
      access: accessBy(
        homeProvider("http://127.0.0.1:9"),
        { ...homeProvider("http://127.0.0.1:9"), ...API_ONLY },
      ),
    },
  });
  const cases = [
    ["login/oidc/home/callback?code=a&state=b", 302],
    ["login/oidc/home/callback?code=a&state=b&token=c", 400],
    ["login/oidc/home/callback?ticket=a", 400],
    ["login/oidc/home?code=a", 400],
    ["login?code=a", 400],
    ["cameras/front/janus?code=a", 400],
    ["login/oidc/api", 404],
    ["login/oidc/api/callback?code=a&state=b", 404],
    ["login/oidc/nosuch", 404],
    ["login/oidc/__proto__", 404],
  ] as const;
  for (const [path, status] of cases) {
    await t.step(`/${path}`, async () => {
      assertEquals((await running.request(path)).status, status);
    });
  }
  await t.step("the page names who people can sign in with", async () => {
    const { text } = await running.request("login?next=cameras/front/");
    assertMatch(text, /href="login\/oidc\/home\?next=cameras%2Ffront%2F"/);
    assert(!text.includes("login/oidc/api"));
    const hostile = await running.request(
      "login?next=https://evil.example/&problem=%3Cscript%3E",
    );
    assertMatch(hostile.text, /href="login\/oidc\/home"/);
    assertMatch(hostile.text, /role="alert" hidden/);
  });
});

/** A provider of bearer tokens only. */
const API_ONLY = {
  name: "api" as ReturnType<typeof homeProvider>["name"],
  clientId: undefined,
};
