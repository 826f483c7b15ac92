import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Auth } from "../../../src/gateway/auth/auth.ts";
import type { Credential } from "../../../src/gateway/auth/principal.ts";
import { GatewayError } from "../../../src/errors.ts";
import { view } from "../../support/gateway.ts";
import { RunningGateway } from "../../support/running_gateway.ts";
import {
  ANSWERING,
  OFFER,
  type WhepRequest,
  whepScene,
} from "../../support/whep_scene.ts";

const ELSEWHERE = {
  origin: "https://home.example",
  "sec-fetch-site": "cross-site",
};
const ENDPOINT = "/cameras/front/whep";
const FRAGMENT = "application/trickle-ice-sdpfrag";

Deno.test("OPTIONS on WHEP tells every page what it may send", async (t) => {
  await using scene = await whepScene({
    iceServers: () => [{ urls: "stun:stun.example" }],
  });
  const { path } = await scene.begin();
  const targets = {
    endpoint: { path: ENDPOINT, allow: "POST, OPTIONS" },
    session: { path, allow: "PATCH, DELETE, OPTIONS" },
    "a camera that is none": {
      path: "/cameras/nosuch/whep",
      allow: "POST, OPTIONS",
    },
  };
  for (const [name, { path, allow }] of Object.entries(targets)) {
    await t.step(name, async () => {
      const { status, headers } = await scene.ask(path, {
        method: "OPTIONS",
        headers: {
          authorization: undefined,
          ...ELSEWHERE,
          "access-control-request-method": "POST",
          "access-control-request-headers": "authorization,content-type",
        },
      });
      assertEquals(status, 200);
      assertEquals(headers.get("allow"), allow);
      assertEquals(headers.get("access-control-allow-methods"), allow);
      assertEquals(headers.get("access-control-allow-origin"), "*");
      assertEquals(headers.get("access-control-allow-credentials"), null);
      assertEquals(headers.get("link"), null, "not for strangers");
      const asked = headers.get("access-control-allow-headers") ?? "";
      for (const name of ["Authorization", "Content-Type", "If-Match"]) {
        assertStringIncludes(asked, name);
      }
    });
  }

  await t.step("and its own viewers the ICE servers", async () => {
    const { headers } = await scene.ask(ENDPOINT, { method: "OPTIONS" });
    assertEquals(
      headers.get("link"),
      '<stun:stun.example>; rel="ice-server"',
    );
    assertEquals(headers.get("accept-post"), "application/sdp");
    const other = await scene.ask("/cameras/back/whep", { method: "OPTIONS" });
    assertEquals(other.headers.get("link"), null);
  });
});

Deno.test("WHEP answers can be read by other pages, nothing else", async (t) => {
  await using scene = await whepScene();
  const { path } = await scene.begin();
  const cases: readonly [string, string, WhepRequest, string | null][] = [
    ["an answer", ENDPOINT, {}, "*"],
    ["a refusal", ENDPOINT, { headers: { authorization: undefined } }, "*"],
    ["a session", path, { method: "DELETE" }, "*"],
    ["another path", "/api/session", { method: "GET" }, null],
    ["a page", "/cameras/front/", { method: "GET" }, null],
    ["a path like it", "/api/whep", { method: "GET" }, null],
  ];
  for (const [name, target, request, origin] of cases) {
    await t.step(name, async () => {
      const headers = { ...ELSEWHERE, ...request.headers };
      const { response } = request.method === undefined
        ? await scene.begin({ ...request, headers }, target)
        : { response: await scene.ask(target, { ...request, headers }) };
      await response.body?.cancel();
      const of = (name: string) => response.headers.get(name);
      assertEquals(of("access-control-allow-origin"), origin);
      assertEquals(
        of("cross-origin-resource-policy"),
        origin === null ? "same-origin" : "cross-origin",
      );
      assertEquals(
        of("access-control-expose-headers"),
        origin && "Location, Link, ETag, Accept-Patch, Retry-After",
      );
      assertEquals(of("access-control-allow-credentials"), null);
    });
  }
});

Deno.test("other pages watch by what they were given, never by cookies", async (t) => {
  await using running = await RunningGateway.start({
    users: { ann: view("front") },
    janus: ANSWERING,
  });
  const bearer = (await running.issueToken("ann", view("**"))).headers;
  const cookie = await running.signIn("ann");
  const begin = (headers: Record<string, string>) =>
    running.request(ENDPOINT, {
      method: "POST",
      headers: { ...headers, "content-type": "application/sdp" },
      body: OFFER,
    });
  const basic = { authorization: `Basic ${btoa("ann:correct horse")}` };
  const posts: readonly [string, Record<string, string>, number][] = [
    ["a bearer token", { ...ELSEWHERE, ...bearer }, 201],
    ["a cookie", { ...ELSEWHERE, ...cookie }, 403],
    ["a cookie and no origin", cookie, 403],
    ["nothing", ELSEWHERE, 403],
    ["what browsers add by themselves", { ...ELSEWHERE, ...basic }, 403],
    ["a cookie on its own page", { ...cookie, origin: running.origin }, 201],
    ["a token and no page", bearer, 201],
  ];
  for (const [name, headers, status] of posts) {
    await t.step(`POST with ${name}`, async () => {
      assertEquals((await begin(headers)).status, status);
    });
  }

  const { headers } = await begin(bearer);
  const path = `cameras/front/${headers.get("location")}`;
  const patches: readonly [string, Record<string, string>, number][] = [
    ["a bearer token", { ...ELSEWHERE, ...bearer }, 204],
    ["a cookie", { ...ELSEWHERE, ...cookie }, 403],
    // The URL was found; that it is not enough is another matter.
    ["nothing", ELSEWHERE, 401],
  ];
  for (const [name, headers, status] of patches) {
    await t.step(`PATCH with ${name}`, async () => {
      const answer = await running.request(path, {
        method: "PATCH",
        headers: { ...headers, "content-type": FRAGMENT },
      });
      assertEquals(answer.status, status);
    });
  }

  await t.step("and nothing else, token or not", async () => {
    const answer = await running.request("api/logout", {
      method: "POST",
      headers: { ...ELSEWHERE, ...bearer },
    });
    assertEquals(answer.status, 403);
  });
});

Deno.test("WHEP works below any prefix, as its proxy sees it", async (t) => {
  const cases = {
    "a prefix that the proxy keeps": "lab/cameras/front/whep",
    "a prefix that the proxy takes away": "cameras/front/whep",
  };
  for (const [name, path] of Object.entries(cases)) {
    await t.step(name, async () => {
      await using running = await RunningGateway.start({
        users: { ann: view("front") },
        janus: ANSWERING,
        config: { publicUrl: "https://kvm.example/lab/" },
      });
      const { headers } = await running.issueToken("ann", view("**"));
      const begun = await running.request(path, {
        method: "POST",
        headers: { ...headers, "content-type": "application/sdp" },
        body: OFFER,
      });
      assertEquals(begun.status, 201);
      const location = begun.headers.get("location") ?? "";
      // What the player makes of it out there, and the proxy in here.
      const outside = new URL(
        location,
        "https://kvm.example/lab/cameras/front/whep",
      );
      const kept = path.startsWith("lab/");
      const inside = kept ? outside.pathname : outside.pathname.slice(4);
      const ended = await running.request(inside, {
        method: "DELETE",
        headers,
      });
      assertEquals(ended.status, 200);
    });
  }
});

/** Users whose first request is by a ticket: good once, then for nobody. */
function ticketed(auth: Auth): Auth {
  let spent = false;
  const ann: Credential = {
    kind: "ticket" as Credential["kind"],
    principal: () => ({
      userId: "ann",
      user: "ann",
      grants: view("front"),
      scope: undefined,
      credential: ann,
      expiresAt: Infinity,
    }),
  };
  const authenticate = () => {
    if (spent) return Promise.reject(new GatewayError("unauthenticated"));
    spent = true;
    return Promise.resolve(ann.principal());
  };
  return new Proxy(auth, {
    get: (target, name) => {
      if (name === "authenticate") return authenticate;
      const value = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

Deno.test("a session begun with a ticket is for whoever has its URL", async (t) => {
  await using scene = await whepScene({ wrapAuth: ticketed });
  const { response, path } = await scene.begin();
  assertEquals(response.status, 201);
  const nothing = { authorization: undefined, ...ELSEWHERE };

  await t.step("PATCH", async () => {
    const { status } = await scene.ask(path, {
      method: "PATCH",
      headers: { ...nothing, "content-type": FRAGMENT },
    });
    assertEquals(status, 204);
  });

  await t.step("not for who guesses", async () => {
    const guess = path.slice(0, -4) + "AAAA";
    const { status } = await scene.ask(guess, {
      method: "DELETE",
      headers: nothing,
    });
    assertEquals(status, 401);
  });

  await t.step("not by another camera's path", async () => {
    const { status } = await scene.ask(path.replace("front", "back"), {
      method: "DELETE",
      headers: nothing,
    });
    assertEquals(status, 401);
  });

  await t.step("DELETE", async () => {
    const { status } = await scene.ask(path, {
      method: "DELETE",
      headers: nothing,
    });
    assertEquals(status, 200);
    assertEquals(scene.places.count, 0);
  });
});
