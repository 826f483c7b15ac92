import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertStringIncludes,
} from "@std/assert";
import {
  CANDIDATES_MAX,
  SDP_FRAGMENT_SIZE_MAX,
  SDP_SIZE_MAX,
} from "../../../src/limits.ts";
import { until } from "../../support/tunnel.ts";
import {
  ANSWERING,
  CANDIDATE,
  OFFER,
  type WhepRequest,
  type WhepScene,
  whepScene,
} from "../../support/whep_scene.ts";

const FRAGMENT = "application/trickle-ice-sdpfrag";
const LINE = "candidate:1 1 udp 2130706431 192.0.2.1 61764 typ host";
const CANDIDATES = `m=video 9 RTP/AVP 0\r\na=mid:0\r\na=${LINE}\r\n`;

function patch(request: WhepRequest = {}): WhepRequest {
  return {
    method: "PATCH",
    body: CANDIDATES,
    ...request,
    headers: { "content-type": FRAGMENT, ...request.headers },
  };
}

/** Nothing is left, neither here nor upstream. */
async function assertNothingLeft({ janus, places }: WhepScene): Promise<void> {
  await until(() => janus.sessions.size === 0);
  assertEquals(places.count, 0);
}

Deno.test("POST …/whep answers an offer", async (t) => {
  await using scene = await whepScene({
    iceServers: ({ key }, { address }, { userId }) => [
      { urls: "stun:stun.example" },
      { urls: `turn:${key}`, username: userId, credential: address },
    ],
  });
  const { response, path } = await scene.begin();
  const { headers } = response;
  const text = await response.text();

  await t.step("with an SDP that has all candidates", () => {
    assertEquals(response.status, 201);
    assertEquals(headers.get("content-type"), "application/sdp");
    assertStringIncludes(text, `a=${CANDIDATE}\r\na=end-of-candidates\r\n`);
  });

  await t.step("with a URL that nobody can guess, relative to its own", () => {
    // 43 characters of base64url are 256 bits.
    assertMatch(headers.get("location") ?? "", /^whep\/[\w-]{43}$/);
    assertMatch(path, /^\/cameras\/front\/whep\/[\w-]{43}$/);
  });

  await t.step("with what a player needs to go on", () => {
    assertMatch(headers.get("etag") ?? "", /^"\w+"$/);
    assertEquals(headers.get("accept-patch"), FRAGMENT);
    assertMatch(
      headers.get("link") ?? "",
      new RegExp(
        '^<stun:stun.example>; rel="ice-server", ' +
          '<turn:front>; rel="ice-server"; username="\\w+"; ' +
          'credential="127.0.0.1"; credential-type="password"$',
      ),
    );
  });

  await t.step("asking the upstream in our own words", () => {
    const [watch] = scene.janus.got("message");
    assertEquals(watch?.body, { request: "watch", id: "front" });
    assertEquals(watch?.jsep.type, "offer");
    assertStringIncludes(watch?.jsep.sdp, "H264/90000");
    assert(!watch?.jsep.sdp.includes("VP8"));
  });

  await t.step("and no two sessions share anything", async () => {
    const other = await scene.begin();
    assertNotEquals(other.path, path);
    assertNotEquals(other.etag, headers.get("etag"));
    assertEquals(scene.janus.sessions.size, 2);
  });
});

Deno.test("POST …/whep refuses", async (t) => {
  await using scene = await whepScene();
  const video = OFFER.slice(0, OFFER.indexOf("m=audio"));
  const cases: readonly {
    name: string;
    request: WhepRequest;
    status: number;
    error: string;
    path?: string;
  }[] = [
    {
      name: "another type",
      request: { headers: { "content-type": "text/plain" } },
      status: 415,
      error: "unsupported_type",
    },
    {
      name: "no type",
      request: {
        body: new TextEncoder().encode(OFFER),
        headers: { "content-type": undefined },
      },
      status: 415,
      error: "unsupported_type",
    },
    {
      name: "to offer itself",
      request: { body: "" },
      status: 400,
      error: "offer_expected",
    },
    {
      name: "to offer itself, without a type",
      request: {
        body: new Uint8Array(),
        headers: { "content-type": undefined },
      },
      status: 400,
      error: "offer_expected",
    },
    {
      name: "who does not take SDP",
      request: { headers: { accept: "application/json, text/sdp" } },
      status: 406,
      error: "not_acceptable",
    },
    {
      name: "what is no SDP",
      request: { body: '{"type":"offer"}' },
      status: 400,
      error: "bad_request",
    },
    {
      name: "a data channel",
      request: {
        body: `${video}m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n`,
      },
      status: 422,
      error: "sdp_refused",
    },
    {
      name: "who wants to send",
      request: { body: OFFER.replaceAll("a=recvonly", "a=sendrecv") },
      status: 422,
      error: "sdp_refused",
    },
    {
      name: "no H.264",
      request: { body: OFFER.replaceAll("H264/90000", "H265/90000") },
      status: 422,
      error: "sdp_refused",
    },
    {
      name: "a body over the limit",
      request: { body: "v=0\r\n".padEnd(SDP_SIZE_MAX + 1, "x") },
      status: 413,
      error: "too_large",
    },
    {
      name: "strangers",
      request: { headers: { authorization: undefined } },
      status: 401,
      error: "unauthenticated",
    },
    {
      name: "somebody else's camera",
      request: {},
      status: 403,
      error: "forbidden",
      path: "/cameras/back/whep",
    },
    {
      name: "a camera that looks like one and is none",
      request: {},
      status: 403,
      error: "forbidden",
      path: "/cameras/nosuch/whep",
    },
  ];
  for (const { name, request, status, error, path } of cases) {
    await t.step(name, async () => {
      const headers = { origin: "http://127.0.0.1:8080", ...request.headers };
      const { response } = await scene.begin({ ...request, headers }, path);
      const body = await response.json();
      assertEquals([response.status, body.error], [status, error]);
      assertEquals(response.headers.get("location"), null);
    });
  }
  assertEquals(scene.janus.got("create").length, 0, "nothing was asked");
  await assertNothingLeft(scene);
});

Deno.test("POST …/whep takes what players send", async (t) => {
  await using scene = await whepScene();
  const cases: readonly [string, Record<string, string>][] = [
    ["a type with parameters", {
      "content-type": "Application/SDP; charset=utf-8",
    }],
    ["Accept: application/sdp", { accept: "application/sdp" }],
    ["Accept: application/*", { accept: "text/html, application/*;q=0.5" }],
    ["Accept: */*", { accept: "*/*" }],
  ];
  for (const [name, headers] of cases) {
    await t.step(name, async () => {
      const { response } = await scene.begin({ headers });
      assertEquals(response.status, 201);
    });
  }
});

Deno.test("POST …/whep says why there is no picture", async (t) => {
  const error = (code: number, error: string, reason?: string) => ({
    error_code: code,
    error,
    ...reason === undefined ? {} : { reason },
  });
  const cases: readonly {
    name: string;
    says: Record<string, unknown>;
    status: number;
    body: Record<string, string>;
    retryAfter?: string;
  }[] = [
    {
      name: "a dark camera",
      says: error(503, "Camera is off", "sink_absent"),
      status: 503,
      body: {
        error: "no_picture",
        message: "The camera has no picture just now.",
        reason: "sink_absent",
      },
      retryAfter: "2",
    },
    {
      name: "too many viewers",
      says: error(503, "Too many viewers"),
      status: 503,
      body: {
        error: "no_picture",
        message: "The camera has no picture just now.",
        reason: "Too many viewers",
      },
      retryAfter: "2",
    },
    {
      name: "an offer that the media server cannot use",
      says: error(400, "No video 123456 there"),
      status: 422,
      body: {
        error: "sdp_refused",
        message: "This offer cannot be answered: a viewer receives one H.264 " +
          "video.",
        reason: "No video … there",
      },
    },
    {
      name: "a camera that the media server does not know",
      says: error(404, "No such camera"),
      status: 503,
      body: {
        error: "no_picture",
        message: "The camera has no picture just now.",
        reason: "No such camera",
      },
      retryAfter: "2",
    },
    {
      name: "a media server that makes an offer instead",
      says: {
        result: { status: "started" },
        jsep: { type: "offer", sdp: OFFER },
      },
      status: 501,
      body: {
        error: "no_answers",
        message: "This camera's media server cannot answer offers: WHEP " +
          "needs nalgate's engine or its Janus plugin.",
      },
    },
    {
      name: "a media server's core that refuses the SDP",
      says: { error: { code: 465, reason: "Error parsing SDP" } },
      status: 422,
      body: {
        error: "sdp_refused",
        message: "This offer cannot be answered: a viewer receives one H.264 " +
          "video.",
      },
    },
    {
      name: "a media server's error of another kind",
      says: error(499, "Whatever"),
      status: 502,
      body: {
        error: "upstream_invalid",
        message: "The media server sent something unexpected.",
      },
    },
  ];
  for (const { name, says, status, body, retryAfter = null } of cases) {
    await t.step(name, async () => {
      await using scene = await whepScene({ janus: { watch: () => says } });
      const { response } = await scene.begin();
      assertEquals(response.status, status);
      assertEquals(await response.json(), body);
      assertEquals(response.headers.get("retry-after"), retryAfter);
      await assertNothingLeft(scene);
    });
  }
});

Deno.test("PATCH …/whep/:session hands on candidates", async (t) => {
  await using scene = await whepScene();
  const { path, etag } = await scene.begin();
  const trickled = () => scene.janus.got("trickle");

  await t.step("those that may travel on", async () => {
    const body = `${CANDIDATES}a=${LINE.replace("192.0.2.1", "169.254.1.1")}` +
      "\r\na=end-of-candidates\r\n";
    const response = await scene.ask(path, patch({ body }));
    assertEquals(response.status, 204);
    assertEquals(response.headers.get("etag"), null);
    await until(() => trickled().length === 1);
    assertEquals(trickled()[0]?.candidates, [
      { candidate: LINE, sdpMid: "0" },
      { completed: true },
    ]);
    assertEquals(scene.upstream.counters.droppedCandidates, 1);
  });

  const matches: readonly [string, number][] = [
    [etag, 204],
    ["*", 204],
    [`"other", ${etag}`, 204],
    ['"other"', 412],
    [`W/${etag}`, 412],
    ["", 412],
  ];
  for (const [tag, status] of matches) {
    await t.step(`If-Match: ${tag.replace(etag, "its own")}`, async () => {
      const headers = { "if-match": tag };
      const response = await scene.ask(path, patch({ headers }));
      assertEquals(response.status, status);
      await response.body?.cancel();
    });
  }

  const refused: readonly [string, WhepRequest, number][] = [
    ["another type", { headers: { "content-type": "application/sdp" } }, 415],
    ["what is no fragment", { body: OFFER }, 400],
    ["an ICE restart", { body: "a=ice-ufrag:ysXw\r\n" }, 422],
    ["too much", { body: "x".repeat(SDP_FRAGMENT_SIZE_MAX + 1) }, 413],
    ["strangers", { headers: { authorization: undefined } }, 401],
  ];
  const before = 1 + matches.filter(([, status]) => status === 204).length;
  await until(() => trickled().length === before);
  for (const [name, request, status] of refused) {
    await t.step(`refuses ${name}`, async () => {
      const headers = { origin: "http://127.0.0.1:8080", ...request.headers };
      const response = await scene.ask(path, patch({ ...request, headers }));
      assertEquals(response.status, status);
      await response.body?.cancel();
    });
  }
  assertEquals(trickled().length, before);

  await t.step("a bounded number of them", async () => {
    const body = CANDIDATES + `a=${LINE}\r\n`.repeat(60);
    for (let count = 0; count < 3; count++) {
      await (await scene.ask(path, patch({ body }))).body?.cancel();
    }
    const [watch] = scene.janus.got("message");
    const offered = watch?.jsep.sdp.match(/^a=candidate:/gm)?.length ?? 0;
    const count = () =>
      trickled().flatMap(({ candidate, candidates }) =>
        candidates ?? [candidate]
      ).filter((one) => "candidate" in one).length;
    await until(() => count() + offered === CANDIDATES_MAX);
    // Whatever comes later comes after those that were too many.
    await scene.ask(path, patch({ body: "a=end-of-candidates\r\n" }));
    await until(() => trickled().at(-1)?.candidate?.completed);
    assertEquals(count() + offered, CANDIDATES_MAX);
  });

  await t.step("a bounded number of times", async () => {
    let status = 204;
    // A slow machine gets some back while it asks.
    for (let count = 0; status === 204 && count < 2000; count++) {
      const response = await scene.ask(path, patch({ body: "" }));
      status = response.status;
      await response.body?.cancel();
    }
    assertEquals(status, 429);
  });
});

Deno.test("DELETE …/whep/:session ends it at once", async () => {
  await using scene = await whepScene();
  const { path } = await scene.begin();
  assertEquals(scene.janus.sessions.size, 1);
  const { status } = await scene.ask(path, { method: "DELETE" });
  assertEquals(status, 200);
  await assertNothingLeft(scene);
  for (const request of [{ method: "DELETE" }, patch()]) {
    const response = await scene.ask(path, request);
    assertEquals(response.status, 404);
    await response.body?.cancel();
  }
});

Deno.test("a WHEP session is its own user's only", async (t) => {
  await using scene = await whepScene();
  const { path } = await scene.begin();
  const bob = await scene.token("bob");
  const requests: Readonly<Record<string, WhepRequest>> = {
    PATCH: patch(),
    DELETE: { method: "DELETE" },
  };
  const cases: readonly [string, string, string | undefined, number][] = [
    ["another user", path, bob, 404],
    ["nobody", path, undefined, 401],
    ["a guess", path.slice(0, -4) + "AAAA", undefined, 401],
    ["a guess of the user's", path.slice(0, -4) + "AAAA", "own", 404],
    ["by another camera's path", path.replace("front", "back"), "own", 403],
  ];
  for (const [method, request] of Object.entries(requests)) {
    for (const [name, target, authorization, status] of cases) {
      await t.step(`${method}: ${name}`, async () => {
        const headers = {
          ...request.headers,
          origin: "http://127.0.0.1:8080",
          ...authorization === "own" ? {} : { authorization },
        };
        const response = await scene.ask(target, { ...request, headers });
        assertEquals(response.status, status);
        await response.body?.cancel();
      });
    }
  }
  await t.step("another token of the user is as good", async () => {
    const headers = { authorization: await scene.token("ann") };
    const response = await scene.ask(path, patch({ headers }));
    assertEquals(response.status, 204);
  });
  assertEquals(scene.janus.sessions.size, 1, "it lives");
});

Deno.test("WHEP allows no other methods", async (t) => {
  await using scene = await whepScene();
  const endpoint = "/cameras/front/whep";
  const { path } = await scene.begin();
  const cases: readonly [string, string[], string][] = [
    [endpoint, ["GET", "PUT", "PATCH", "DELETE"], "POST, OPTIONS"],
    [path, ["GET", "PUT", "POST"], "PATCH, DELETE, OPTIONS"],
  ];
  for (const [target, methods, allow] of cases) {
    for (const method of methods) {
      await t.step(`${method} ${target.replace(path, "session")}`, async () => {
        const response = await scene.ask(target, { method });
        assertEquals(response.status, 405);
        assertEquals(response.headers.get("allow"), allow);
        await response.body?.cancel();
      });
    }
  }
});

Deno.test("a WHEP session's URL is in no log", async () => {
  await using scene = await whepScene({ janus: ANSWERING });
  const { path } = await scene.begin();
  const id = path.split("/").at(-1) ?? "";
  for (const method of ["GET", "PATCH", "DELETE", "DELETE"]) {
    await (await scene.ask(path, { method })).body?.cancel();
  }
  assert(scene.lines.some((line) => line.includes("/whep/…")));
  assertEquals(scene.lines.filter((line) => line.includes(id)), []);
});
