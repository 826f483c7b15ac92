import { assert, assertEquals, assertMatch } from "@std/assert";
import { deadline } from "@std/async/deadline";
import type { Grant } from "../../../src/config/grant.ts";
import { view } from "../../support/gateway.ts";
import { RunningGateway } from "../../support/running_gateway.ts";

/** Generous: rights end within two seconds, machines may be busy. */
const PATIENCE_MS = 10_000;

const ADMIN: readonly Grant[] = [{ right: "admin", cameras: "front" }];
const USERS = {
  ann: ADMIN,
  cat: ADMIN,
  bob: view("front"),
  dan: view("back"),
};

type Headers = Record<string, string>;

async function site() {
  const running = await RunningGateway.start({ users: USERS });
  const headersOf = async (user: string) => ({
    ...await running.signIn(user),
    origin: running.origin,
  });
  const post = (path: string, json: object, headers: Headers = {}) =>
    running.request(path, {
      method: "POST",
      headers: { origin: running.origin, ...headers },
      json,
    });
  const share = async (headers: Headers, json: object = {}) => {
    const answer = await post(
      "api/shares",
      { camera: "front", ttl: "2h", ...json },
      headers,
    );
    assertEquals(answer.status, 201, answer.text);
    const made = JSON.parse(answer.text);
    return { ...made, code: made.link.split("#code=")[1] };
  };
  const list = async (headers: Headers) => {
    const { text } = await running.request("api/shares", { headers });
    return JSON.parse(text).shares.map(({ id }: { id: string }) => id);
  };
  const dispose = () => running[Symbol.asyncDispose]();
  return {
    running,
    headersOf,
    post,
    share,
    list,
    [Symbol.asyncDispose]: dispose,
  };
}

Deno.test("POST /api/shares is for those who administer the camera", async (t) => {
  await using test = await site();
  const { headersOf, post, running } = test;
  const ann = await headersOf("ann");
  const bob = await headersOf("bob");
  const { headers: token } = await running.issueToken("ann", view("**"));
  const good = { camera: "front", ttl: "2h" };
  const cases: readonly (readonly [string, Headers, object, number])[] = [
    ["an administrator", ann, good, 201],
    ["with a note", ann, { ...good, note: "the plumber" }, 201],
    ["a viewer", bob, good, 403],
    [
      "an administrator of another camera",
      ann,
      { ...good, camera: "back" },
      403,
    ],
    ["a camera that is not", ann, { ...good, camera: "nosuch" }, 403],
    ["a glob", ann, { ...good, camera: "fr*" }, 403],
    ["a token to view", token, good, 403],
    ["nobody", {}, good, 401],
    ["too long", ann, { ...good, ttl: "8d" }, 400],
    ["no time", ann, { ...good, ttl: "0s" }, 400],
    ["two lines of note", ann, { ...good, note: "a\nb" }, 400],
    ["too much note", ann, { ...good, note: "x".repeat(101) }, 400],
    ["something else", ann, { ...good, right: "admin" }, 400],
  ];
  for (const [name, headers, json, status] of cases) {
    await t.step(name, async () => {
      const answer = await post("api/shares", json, headers);
      assertEquals(answer.status, status, answer.text);
    });
  }
});

Deno.test("a share link lives no longer than the token that made it", async () => {
  await using test = await site();
  const { running, share } = test;
  const { headers } = await running.issueToken("ann", ADMIN);
  const { expiresAt } = await share(headers, { ttl: "7d" });
  assert(expiresAt <= Date.now() + 3_600_000);
});

Deno.test("a share link opens its camera until it is revoked", async () => {
  await using test = await site();
  const { running, headersOf, post, share, list } = test;
  const ann = await headersOf("ann");
  const { id, link, code, expiresAt } = await share(ann, { note: "plumber" });
  assertMatch(link, new RegExp(`^${running.url}share#code=[\\w-]{43}$`));
  assert(Math.abs(expiresAt - Date.now() - 7_200_000) < 60_000);

  const opened = await post("api/shares/open", { code });
  assertEquals([opened.status, opened.text], [
    200,
    '{"path":"cameras/front/"}',
  ]);
  const cookie = opened.headers.get("set-cookie") ?? "";
  const [, maxAge] = /; Max-Age=(\d+); HttpOnly; SameSite=Lax$/.exec(cookie) ??
    [];
  assert(Number(maxAge) > 7_000 && Number(maxAge) <= 7_200, cookie);
  const guest = { cookie: cookie.split(";")[0] ?? "", origin: running.origin };
  const session = await running.request("api/session", { headers: guest });
  assertEquals(JSON.parse(session.text).user, 'share "plumber"');
  const cameras = await running.request("api/cameras", { headers: guest });
  assertEquals(
    JSON.parse(cameras.text).cameras.map((camera: { name: string }) =>
      camera.name
    ),
    ["front"],
  );
  for (
    const [path, status] of [
      ["cameras/front/", 200],
      ["cameras/back/", 403],
    ] as const
  ) {
    const page = await running.request(path, { headers: guest });
    assertEquals(page.status, status);
    assert(!page.text.includes('id="share"'), "guests do not share");
  }
  assertEquals(
    (await post("api/shares", { camera: "front", ttl: "1h" }, guest))
      .status,
    403,
  );
  assertEquals(await list(guest), []);

  const viewer = await running.watch("cameras/front/janus", guest);
  assertEquals(viewer.status, 101);
  const revoked = await running.request(`api/shares/${id}`, {
    method: "DELETE",
    headers: ann,
  });
  assertEquals(revoked.status, 204);
  const closed = await deadline(viewer.closed, PATIENCE_MS);
  assertEquals(closed.code, 4401);
  assertMatch(closed.reason, /^This link has expired or has been withdrawn/);
  const after = await running.request("api/session", { headers: guest });
  assertEquals([after.status, JSON.parse(after.text).error], [
    401,
    "share_ended",
  ]);
  assertEquals((await post("api/shares/open", { code })).status, 401);
  const log = running.logLines.join("\n");
  assertMatch(log, /"share created".*"user":"ann".*"camera":"front"/);
  assert(!log.includes(code), "no secret in the log");
});

Deno.test("share links are seen and ended by whoever administers the camera", async () => {
  await using test = await site();
  const { running, headersOf, share, list } = test;
  const [ann, cat] = [await headersOf("ann"), await headersOf("cat")];
  const [bob, dan] = [await headersOf("bob"), await headersOf("dan")];
  const { id } = await share(ann);
  assertEquals(await list(ann), [id]);
  assertEquals(await list(cat), [id]);
  assertEquals(await list(bob), []);
  const end = async (headers: Headers, of = id) =>
    (await running.request(`api/shares/${of}`, { method: "DELETE", headers }))
      .status;
  assertEquals(await end(dan), 404);
  const { headers: token } = await running.issueToken("ann", view("**"));
  assertEquals(await list(token), [], "a token beyond its scope");
  assertEquals(await end(token), 404);
  assertEquals(await end({ ...ann, origin: "https://evil.example" }), 403);
  assertEquals(await end(cat, "nosuch"), 404);
  assertEquals(await end(cat), 204);
  assertEquals(await list(ann), []);
});

Deno.test("a share link leaves those signed in who may view the camera", async (t) => {
  await using test = await site();
  const { headersOf, post, share, running } = test;
  const { code } = await share(await headersOf("ann"));
  const userOf = async (headers: Headers) => {
    const { text } = await running.request("api/session", { headers });
    return JSON.parse(text).user;
  };
  await t.step("who may stays", async () => {
    const bob = await headersOf("bob");
    const opened = await post("api/shares/open", { code }, bob);
    assertEquals(opened.status, 200);
    assertEquals(opened.headers.get("set-cookie"), null);
    assertEquals(await userOf(bob), "bob");
  });
  await t.step("who may not is asked first", async () => {
    const dan = await headersOf("dan");
    const asked = await post("api/shares/open", { code }, dan);
    assertEquals(asked.status, 409, asked.text);
    assertEquals(asked.headers.get("set-cookie"), null);
    assertEquals(await userOf(dan), "dan");
    const opened = await post("api/shares/open", { code, replace: true }, dan);
    assertEquals(opened.status, 200);
    assertMatch(opened.headers.get("set-cookie") ?? "", /=[\w-]{43};/);
    assertEquals(await userOf(dan), undefined, "the session before is over");
  });
});
