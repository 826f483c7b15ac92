/**
 * WHEP as the app serves it, without a port: users with tokens, and a real
 * Janus API endpoint behind it.
 *
 * @module
 */

import { defaultConfig } from "../../src/config/parse.ts";
import type { Auth } from "../../src/gateway/auth/auth.ts";
import { Tokens } from "../../src/gateway/auth/token.ts";
import { Audit } from "../../src/gateway/audit.ts";
import { Cameras } from "../../src/gateway/cameras.ts";
import { Current } from "../../src/gateway/current.ts";
import { Metrics } from "../../src/gateway/metrics.ts";
import { Overload } from "../../src/gateway/overload.ts";
import { Places } from "../../src/gateway/places.ts";
import { createApp } from "../../src/gateway/routes.ts";
import { Upstream } from "../../src/gateway/tunnel/upstream.ts";
import type { IceServersFor } from "../../src/gateway/ice_servers.ts";
import { addUser, recordingLog, testAuth, view } from "./gateway.ts";
import { JanusServer, type JanusServerOptions } from "./janus_server.ts";
import { testCamera } from "./running_gateway.ts";

/** What a test wants to be different. */
export interface WhepSceneOptions {
  readonly janus?: JanusServerOptions;
  readonly tickMs?: number;
  readonly publicUrl?: string;
  readonly iceServers?: IceServersFor;
  /** Puts something in front of the users. */
  readonly wrapAuth?: (auth: Auth) => Auth;
}

/** What a request is made of. */
export interface WhepRequest {
  readonly method?: string;
  readonly headers?: Record<string, string | undefined>;
  readonly body?: BodyInit;
  readonly signal?: AbortSignal;
}

const read = (name: string) =>
  Deno.readTextFileSync(
    new URL(`../unit/gateway/tunnel/sdp/${name}.sdp`, import.meta.url),
  );

/** As Chromium makes it: audio, video, candidates and much else. */
export const OFFER = read("chromium_offer");
/** As the engine makes it: without candidates. */
export const ANSWER = read("node_datachannel_answer")
  .replace(/a=(?:candidate:.*|end-of-candidates)\r?\n/g, "");
export const CANDIDATE =
  "candidate:1 1 UDP 2122317823 192.0.2.7 40000 typ host";

/** A Janus that answers an offer, and trickles its candidates. */
export const ANSWERING: JanusServerOptions = {
  watch: () => ({
    result: { status: "started" },
    jsep: { type: "answer", sdp: ANSWER },
    later: [
      { janus: "trickle", candidate: { candidate: CANDIDATE, sdpMid: "0" } },
      { janus: "trickle", candidate: { completed: true } },
    ],
  }),
};

/** Sets the scene: ann and bob may view `front`, nobody may view `back`. */
export async function whepScene(options: WhepSceneOptions = {}) {
  await using stack = new AsyncDisposableStack();
  const janus = stack.use(await JanusServer.start(options.janus ?? ANSWERING));
  const { auth, stateDir } = stack.use(await testAuth());
  const { log, lines } = recordingLog();
  const upstream = stack.use(
    new Upstream({
      name: "janus",
      url: janus.url,
      apiSecret: () => undefined,
      log,
      ...(options.tickMs === undefined ? {} : { tickMs: options.tickMs }),
    }),
  );
  const places = new Places(() => defaultConfig().limits);
  const cameras = ["front", "back"].map(testCamera);
  const app = createApp({
    current: new Current({
      ...defaultConfig(),
      publicUrl: options.publicUrl,
    }),
    listen: { hostname: "127.0.0.1", port: 8080 },
    auth: options.wrapAuth?.(auth) ?? auth,
    cameras: new Cameras(cameras, {
      upstreams: new Map([["janus", upstream]]),
    }),
    upstreams: new Map([["janus", upstream]]),
    places,
    overload: stack.use(new Overload({ memoryMax: 2 ** 40, log })),
    iceServers: options.iceServers ?? (() => []),
    metrics: new Metrics(),
    assets: new Map(),
    log,
    audit: new Audit(log),
    draining: () => false,
  });
  const tokens = await Tokens.open({ stateDir, now: Date.now });

  /** The header with a fresh token of a user. */
  async function token(user: string): Promise<string> {
    const issued = await tokens.issue({
      user: users[user]!,
      scope: view("**"),
      ageMaxMs: 60_000,
    });
    await auth.review();
    return `Bearer ${issued.token}`;
  }

  const users = {
    ann: await addUser(stateDir, { name: "ann", grants: view("front") }),
    bob: await addUser(stateDir, { name: "bob", grants: view("front") }),
  } as Record<string, Awaited<ReturnType<typeof addUser>>>;
  await auth.review();
  const ann = await token("ann");

  /** Asks as ann, if no header says otherwise. */
  async function ask(
    path: string,
    { method = "POST", headers = {}, ...rest }: WhepRequest = {},
  ): Promise<Response> {
    const all = { authorization: ann, ...headers };
    const given = Object.entries(all)
      .filter((entry): entry is [string, string] => entry[1] !== undefined);
    return await app.request(
      path,
      { method, headers: given, ...rest },
      { peer: "127.0.0.1" },
    );
  }

  /** Offers; the session's path comes with the answer. */
  async function begin(
    request: WhepRequest = {},
    endpoint = "/cameras/front/whep",
  ): Promise<{ response: Response; path: string; etag: string }> {
    const response = await ask(endpoint, {
      body: OFFER,
      ...request,
      headers: { "content-type": "application/sdp", ...request.headers },
    });
    const location = response.headers.get("location") ?? "";
    const { pathname } = new URL(location, `http://nalgate.test${endpoint}`);
    const etag = response.headers.get("etag") ?? "";
    return { response, path: pathname, etag };
  }

  const parts = stack.move();
  return {
    ...{ app, auth, janus, upstream, places, lines, stateDir, users },
    ...{ ask, begin, token },
    [Symbol.asyncDispose]: () => parts[Symbol.asyncDispose](),
  };
}

/** What a test works with. */
export type WhepScene = Awaited<ReturnType<typeof whepScene>>;
