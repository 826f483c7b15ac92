/**
 * WHEP (draft-ietf-wish-whep, after RFC 9725): a viewer by plain HTTP, for
 * players that know neither nalgate nor Janus. An adapter in front of the same
 * upstream as the tunnel, with the same filters, limits and rights.
 *
 * @module
 */

import { GatewayError } from "../errors.ts";
import { SDP_FRAGMENT_SIZE_MAX, SDP_SIZE_MAX } from "../limits.ts";
import { admit, type AdmitParts } from "./admission.ts";
import { may, type Principal } from "./auth/principal.ts";
import { limitBody } from "./body_limit.ts";
import type { Camera } from "./cameras.ts";
import type { AppContext, AppMiddleware } from "./context.ts";
import { type FindCamera, principalOf } from "./steps.ts";
import { iceServerLink } from "./whep/ice_link.ts";
import { watchMessage } from "./whep/offer.ts";
import { WhepSession } from "./whep/session.ts";
import type { IceServersFor } from "./ice_servers.ts";
import { WhepSessions } from "./whep/sessions.ts";

/** What the handlers work with. */
export interface WhepParts extends AdmitParts {
  readonly iceServers: IceServersFor;
}

const SDP = "application/sdp";
const FRAGMENT = "application/trickle-ice-sdpfrag";

/** What may be done with an endpoint, and with a session. */
const ALLOW = {
  endpoint: "POST, OPTIONS",
  session: "PATCH, DELETE, OPTIONS",
} as const;

type Kind = keyof typeof ALLOW;

/** The handlers; all of one gateway share its sessions. */
export function whepHandlers(parts: WhepParts) {
  const sessions = new WhepSessions();

  /** The session of the request's URL, if it is the user's. */
  function own(c: AppContext): WhepSession {
    const session = sessions.findOf(c.var.principal, c.req.path);
    if (session === undefined) throw new GatewayError("not_found");
    return session;
  }

  function link(c: AppContext, camera: Camera, principal: Principal): void {
    const servers = parts.iceServers(camera, c.var.client, principal);
    for (const server of servers) {
      c.header("Link", iceServerLink(server), { append: true });
    }
  }

  return {
    offerBody: limitBody(SDP_SIZE_MAX),
    fragmentBody: limitBody(SDP_FRAGMENT_SIZE_MAX),

    /**
     * `OPTIONS`: what a browser asks first, without any proof. Who shows one
     * is told the ICE servers too: some players need them for their offer.
     */
    options(kind: Kind, find: FindCamera): AppMiddleware {
      return async (c) => {
        const principal = await principalOf(c, parts.auth)
          .catch(() => undefined);
        if (kind === "endpoint" && principal !== undefined) {
          const { key, camera } = find(c);
          const sees = camera !== undefined && may(principal, "view", key);
          if (sees) link(c, camera, principal);
        }
        c.header("Allow", ALLOW[kind]);
        c.header("Access-Control-Allow-Methods", ALLOW[kind]);
        c.header(
          "Access-Control-Allow-Headers",
          "Authorization, Content-Type, If-Match",
        );
        if (kind === "endpoint") c.header("Accept-Post", SDP);
        else c.header("Accept-Patch", FRAGMENT);
        return c.body(null, 200);
      };
    },

    /** `POST …/whep`: an offer in, the answer out. */
    async begin(c: AppContext): Promise<Response> {
      const { client, camera, principal } = c.var;
      const { route } = camera;
      const addresses = { allowLoopback: client.local };
      const watch = watchMessage(await readOffer(c), {
        cameraId: route.id,
        addresses,
        counters: route.upstream.counters,
      });
      const session = new WhepSession({
        route,
        viewer: principal,
        watch,
        addresses,
        stay: admit(parts, c.var),
        log: parts.log.module("whep"),
      });
      const answer = await untilLeft(c, session);
      const id = sessions.add(session, { endpoint: c.req.path, principal });
      link(c, camera, principal);
      // Relative to the request's own URL: right behind every proxy.
      c.header("Location", `whep/${id}`);
      c.header("ETag", session.etag);
      c.header("Accept-Patch", FRAGMENT);
      c.header("Content-Type", SDP);
      return c.body(answer, 201);
    },

    /** `PATCH …/whep/:session`: candidates, and a newer credential. */
    async trickle(c: AppContext): Promise<Response> {
      const session = own(c);
      await patch(c, session);
      session.renew(c.var.principal.credential);
      return c.body(null, 204);
    },

    /** `DELETE …/whep/:session` */
    end: (c: AppContext): Response => end(c, own(c)),

    /** The same for whoever has the URL, where that is all it takes. */
    byUrl: {
      trickle: async (c, next) => {
        const session = sessions.findOpen(c.req.path);
        if (session === undefined) return await next();
        await patch(c, session);
        return c.body(null, 204);
      },
      end: async (c, next) => {
        const session = sessions.findOpen(c.req.path);
        return session === undefined ? await next() : end(c, session);
      },
    } satisfies Record<string, AppMiddleware>,

    /** Every other method. */
    refuse(kind: Kind): (c: AppContext) => never {
      return (c) => {
        c.header("Allow", ALLOW[kind]);
        throw new GatewayError("method_refused");
      };
    },
  };
}

/** Starts a session; who hangs up before the answer has never been here. */
async function untilLeft(c: AppContext, session: WhepSession): Promise<string> {
  const { signal } = c.req.raw;
  const leave = () => session.end(new GatewayError("viewer_left"));
  signal.addEventListener("abort", leave);
  try {
    if (signal.aborted) leave();
    return await session.start();
  } finally {
    signal.removeEventListener("abort", leave);
  }
}

async function readOffer(c: AppContext): Promise<string> {
  const body = await c.req.text();
  // Older drafts let the server offer to an empty request.
  if (body === "") throw new GatewayError("offer_expected");
  if (mediaType(c) !== SDP) {
    c.header("Accept-Post", SDP);
    throw new GatewayError("unsupported_type");
  }
  const accept = c.req.header("accept") ?? SDP;
  if (
    !/(?:^|[,\s])(?:\*\/\*|application\/(?:\*|sdp))(?=$|[;,\s])/i.test(accept)
  ) {
    throw new GatewayError("not_acceptable");
  }
  return body;
}

async function patch(c: AppContext, session: WhepSession): Promise<void> {
  if (mediaType(c) !== FRAGMENT) {
    c.header("Accept-Patch", FRAGMENT);
    throw new GatewayError("unsupported_type");
  }
  const wanted = c.req.header("if-match");
  if (wanted !== undefined && !matches(wanted, session.etag)) {
    throw new GatewayError("precondition_failed");
  }
  session.trickle(await c.req.text());
}

function end(c: AppContext, session: WhepSession): Response {
  session.end(new GatewayError("viewer_left"));
  return c.body(null, 200);
}

/** `If-Match` (RFC 9110 section 13.1.1): a weak tag matches nothing. */
function matches(wanted: string, etag: string): boolean {
  return wanted.trim() === "*" ||
    wanted.split(",").some((tag) => tag.trim() === etag);
}

function mediaType(c: AppContext): string | undefined {
  return c.req.header("content-type")?.split(";")[0]?.trim().toLowerCase();
}
