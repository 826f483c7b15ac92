/**
 * The steps that a request takes before its handler: each either goes on or
 * throws why not.
 *
 * @module
 */

import { cameraKey, isName } from "../config/config.ts";
import type { Right } from "../config/grant.ts";
import { GatewayError } from "../errors.ts";
import { wantsPage } from "./answer.ts";
import type { Auth } from "./auth/auth.ts";
import { ticketOf } from "./auth/presented.ts";
import { may, type Principal } from "./auth/principal.ts";
import type { Camera, Cameras } from "./cameras.ts";
import type { Client } from "./client.ts";
import type { AppContext, AppMiddleware, UrlCredential } from "./context.ts";
import { isMadeOnPurpose } from "./cross_origin.ts";
import { securityHeaders } from "./headers.ts";
import { checkOrigin } from "./origin.ts";
import { isCheckPath } from "./path.ts";

/** Finds out who is at the other end, and secures the answer. */
export function identifyClient(
  { readClient, ownOrigins }: {
    readClient: (peer: string, headers: Headers) => Client;
    ownOrigins: () => ReadonlySet<string>;
  },
): AppMiddleware {
  return async (c, next) => {
    const client = readClient(c.env.peer, c.req.raw.headers);
    c.set("client", client);
    const ownHosts = [...ownOrigins()].map((origin) => new URL(origin).host);
    const host = c.req.header("host")?.toLowerCase() ?? [];
    c.set("hosts", new Set([ownHosts, host].flat()));
    const { secure } = client;
    const headers = securityHeaders({ secure, ownOrigins: ownOrigins() });
    for (const [name, value] of Object.entries(headers)) c.header(name, value);
    c.header("Cache-Control", "no-store");
    await next();
  };
}

/**
 * Refuses a WebSocket handshake that is none. One that Caddy shows us when it
 * asks is not meant for us.
 */
export const refuseBadHandshake: AppMiddleware = async (c, next) => {
  const refusal = c.env.upgrade?.refusal;
  if (refusal !== undefined && !isCheckPath(c.req.path)) throw refusal;
  await next();
};

const QUERY_CREDENTIALS = ["token", "access_token", "jwt", "ticket", "code"];

/** Notes what a route takes, before anything is judged by it. */
export function noteTaken(takes: UrlCredential): AppMiddleware {
  return async (c, next) => {
    // Only what begins a view spends a ticket, not a look at its address.
    const begins = c.env.upgrade !== undefined || c.req.method === "POST";
    if (takes === "code" || begins) c.set("takes", takes);
    if (takes === "ticket" && begins) {
      c.set("ticket", c.req.query("ticket") ?? ticketOf(c.req.raw.headers));
    }
    await next();
  };
}

/**
 * URLs end up in logs and histories: no credential may stand in one, but for
 * the one that the route takes.
 */
export const refuseTokenInUrl: AppMiddleware = async (c, next) => {
  const refused = QUERY_CREDENTIALS.filter((name) => name !== c.var.takes);
  if (refused.some((name) => c.req.query(name) !== undefined)) {
    throw new GatewayError("token_in_url");
  }
  await next();
};

/**
 * Refuses what the page of somebody else sent. Who has a ticket was given it
 * by a page of ours or a program, and no cookie counts beside it.
 */
export function requireOwnOrigin(
  ownOrigins: () => ReadonlySet<string>,
): AppMiddleware {
  return async (c, next) => {
    const { method, path, raw: { headers } } = c.req;
    const safe = /^(?:GET|HEAD|OPTIONS)$/.test(method);
    const asks = !safe || c.env.upgrade !== undefined;
    const isMeant = c.var.ticket !== undefined ||
      isMadeOnPurpose(path, headers);
    if (asks && !isMeant) {
      const bearer = c.req.header("authorization") !== undefined;
      checkOrigin(headers, { own: ownOrigins(), bearer });
    }
    await next();
  };
}

/** Lets only known users pass; others are asked to sign in. */
export function authenticate(auth: Auth): AppMiddleware {
  return async (c, next) => {
    try {
      c.set("principal", await principalOf(c, auth));
    } catch (error) {
      const unknown = error instanceof GatewayError &&
        error.face.status === 401;
      if (unknown && wantsPage(c)) return c.redirect(signInUrl(c));
      throw error;
    }
    return await next();
  };
}

/** Who sent the request. */
export async function principalOf(
  c: AppContext,
  auth: Auth,
): Promise<Principal> {
  const { client: { secure, address }, hosts, ticket } = c.var;
  const sender = { ...c.env, secure, address, hosts };
  const proof = ticket === undefined
    ? await auth.presented(c.req.raw.headers, sender)
    : { kind: "ticket" as const, ticket };
  if (proof === undefined) throw new GatewayError("unauthenticated");
  return await auth.authenticate(proof);
}

/** A camera that a request is about, if there is one of that key. */
export interface FoundCamera {
  readonly key: string;
  readonly camera: Camera | undefined;
}

/** How routes find the camera that a request is about. */
export type FindCamera = (c: AppContext) => FoundCamera;

/**
 * The camera that the path names: `…/cameras/:camera…`, here or below
 * `/devices/:device`.
 */
export function namedCamera(cameras: Cameras): FindCamera {
  return (c) => {
    const name = c.req.param("camera") ?? "";
    const device = c.req.param("device");
    const isOnDevice = device !== undefined;
    if (!isName(name) || (isOnDevice && !isName(device))) {
      throw new GatewayError("not_found");
    }
    const key = cameraKey({ device, name });
    return { key, camera: cameras.find({ device, name }) };
  };
}

/** The camera of a key, such as a JSON body has it: `front`, `garage/front`. */
export function keyedCamera(cameras: Cameras, key: string): FoundCamera {
  return { key, camera: cameras.findByKey(key) };
}

/** The configuration's first camera. */
export function defaultCamera(cameras: Cameras): FindCamera {
  return () => {
    const camera = cameras.default;
    if (camera === undefined) throw new GatewayError("not_found");
    return { key: camera.key, camera };
  };
}

/** Finds a request's camera, if the user has the right to it. */
export function selectCamera(find: FindCamera, right: Right): AppMiddleware {
  return async (c, next) => {
    c.set("camera", permitted(c.var.principal, right, find(c)));
    await next();
  };
}

/**
 * The camera, if the user has the right to it. The right is asked for first:
 * whoever lacks it learns nothing of which cameras there are.
 *
 * @throws {GatewayError} `forbidden` or `not_found`.
 */
export function permitted(
  principal: Principal,
  right: Right,
  { key, camera }: FoundCamera,
): Camera {
  if (!may(principal, right, key)) {
    throw new GatewayError("forbidden", {
      context: { user: principal.user, camera: key },
    });
  }
  if (camera === undefined) throw new GatewayError("not_found");
  return camera;
}

/** What a request asks about, without wanting to see it. */
export type Question = (
  c: AppContext,
) => { readonly key: string; readonly right: Right };

/**
 * Lets whoever has the right pass. Whether there is such a camera is not
 * looked at: whoever asks may have cameras that are not ours.
 */
export function requireRight(question: Question): AppMiddleware {
  return async (c, next) => {
    const { principal } = c.var;
    const { key, right } = question(c);
    if (!may(principal, right, key)) {
      throw new GatewayError("forbidden", {
        context: { user: principal.user, camera: key },
      });
    }
    await next();
  };
}

/**
 * Refuses the users of another nalgate, on the way to a third: each device
 * is asked by the one that knows the user, and nothing can go in circles.
 */
export const refuseTransit: AppMiddleware = async (c, next) => {
  if (c.var.principal.viaDevice) throw new GatewayError("loop");
  await next();
};

function signInUrl(c: AppContext): string {
  const { base } = c.var.client;
  const next = c.req.path.slice(1);
  return next === ""
    ? `${base}login`
    : `${base}login?next=${encodeURIComponent(next)}`;
}
