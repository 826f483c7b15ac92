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
import { may, type Principal } from "./auth/principal.ts";
import type { Camera, Cameras } from "./cameras.ts";
import type { Client } from "./client.ts";
import type { AppContext, AppMiddleware } from "./context.ts";
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

/** URLs end up in logs and histories: no credential may stand in one. */
export const refuseTokenInUrl: AppMiddleware = async (c, next) => {
  if (QUERY_CREDENTIALS.some((name) => c.req.query(name) !== undefined)) {
    throw new GatewayError("token_in_url");
  }
  await next();
};

/** Refuses what the page of somebody else sent. */
export function requireOwnOrigin(
  ownOrigins: () => ReadonlySet<string>,
): AppMiddleware {
  return async (c, next) => {
    const { method, path, raw: { headers } } = c.req;
    const safe = /^(?:GET|HEAD|OPTIONS)$/.test(method);
    const asks = !safe || c.env.upgrade !== undefined;
    if (asks && !isMadeOnPurpose(path, headers)) {
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
  const { client: { secure, address }, hosts } = c.var;
  const sender = { ...c.env, secure, address, hosts };
  const proof = await auth.presented(c.req.raw.headers, sender);
  if (proof === undefined) throw new GatewayError("unauthenticated");
  return await auth.authenticate(proof);
}

/** How routes find the camera that a request is about. */
export type FindCamera = (
  c: AppContext,
) => { readonly key: string; readonly camera: Camera | undefined };

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

/** The configuration's first camera. */
export function defaultCamera(cameras: Cameras): FindCamera {
  return () => {
    const camera = cameras.default;
    if (camera === undefined) throw new GatewayError("not_found");
    return { key: camera.key, camera };
  };
}

/**
 * Finds a request's camera, if the user has the right to it. The right is
 * asked for first: whoever lacks it learns nothing of which cameras there are.
 */
export function selectCamera(find: FindCamera, right: Right): AppMiddleware {
  return async (c, next) => {
    const { key, camera } = find(c);
    const { principal } = c.var;
    if (!may(principal, right, key)) {
      throw new GatewayError("forbidden", {
        context: { user: principal.user, camera: key },
      });
    }
    if (camera === undefined) throw new GatewayError("not_found");
    c.set("camera", camera);
    await next();
  };
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
