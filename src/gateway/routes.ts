/**
 * The table of routes: what a request meets, in order.
 *
 * @module
 */

import { Hono } from "hono";
import type { Address } from "../config/config.ts";
import type { Right } from "../config/grant.ts";
import { GatewayError } from "../errors.ts";
import type { Logger } from "../log.ts";
import { answerError } from "./answer.ts";
import type { Asset } from "./assets.ts";
import type { Auth } from "./auth/auth.ts";
import type { Cameras } from "./cameras.ts";
import { clientReader } from "./client.ts";
import type { AppContext, AppEnv, AppMiddleware } from "./context.ts";
import { healthHandlers } from "./health.ts";
import { type IceServersFor, iceServersHandler } from "./ice_servers.ts";
import type { Metrics } from "./metrics.ts";
import { ownOrigins as originsOf } from "./origin.ts";
import { assetHandler, pageHandlers } from "./page_routes.ts";
import { routePath } from "./path.ts";
import { sessionHandlers, smallBody } from "./session_routes.ts";
import {
  authenticate,
  defaultCamera,
  type FindCamera,
  identifyClient,
  namedCamera,
  refuseBadHandshake,
  refuseTokenInUrl,
  requireOwnOrigin,
  selectCamera,
} from "./steps.ts";
import type { Upstream } from "./tunnel/upstream.ts";
import type { Places } from "./places.ts";
import { watchHandler } from "./watch_route.ts";

/** What the routes lead to. */
export interface AppParts {
  readonly publicUrl: string | undefined;
  /** With the real port. */
  readonly listen: Address;
  readonly trustedProxies: readonly string[];
  readonly auth: Auth;
  readonly cameras: Cameras;
  readonly upstreams: ReadonlyMap<string, Upstream>;
  readonly places: Places;
  readonly iceServers: IceServersFor;
  readonly metrics: Metrics;
  readonly assets: ReadonlyMap<string, Asset>;
  readonly log: Logger;
  readonly draining: () => boolean;
}

/** Who may use a route. */
export type Access =
  /** Strangers too. */
  | { readonly for: "anyone" }
  /** Whoever is known. */
  | { readonly for: "user" }
  /** Whoever has this right on the camera that the request is about. */
  | { readonly for: Right; readonly on: FindCamera };

/** One row of the table: who may ask what, and who answers. */
export interface Route {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly access: Access;
  readonly handlers: readonly Step[];
}

/** All routes: the only place where one can be added. */
export function routeTable(parts: AppParts): readonly Route[] {
  const { cameras, assets } = parts;
  const health = healthHandlers(parts);
  const session = sessionHandlers(parts);
  const page = pageHandlers(parts);
  const watch = watchHandler(parts);

  const anyone: Access = { for: "anyone" };
  const user: Access = { for: "user" };
  const view: Access = { for: "view", on: namedCamera(cameras) };
  const viewDefault: Access = { for: "view", on: defaultCamera(cameras) };
  return [
    get("/healthz", anyone, health.healthz),
    get("/readyz", anyone, health.readyz),
    get("/assets/:file", anyone, assetHandler(assets)),
    get("/login", anyone, page.login),
    get("/setup", anyone, page.setup),
    post("/api/login", anyone, session.login),
    post("/api/setup", anyone, session.setup),
    post("/api/logout", user, session.logout),
    get("/api/session", user, session.session),
    get("/api/cameras", user, page.list),
    get("/", user, page.cameras),
    get("/cameras/:camera", view, page.withSlash),
    get("/cameras/:camera/", view, page.camera),
    get("/cameras/:camera/janus", view, watch),
    get("/cameras/:camera/ice-servers", view, iceServersHandler(parts)),
    get("/janus", viewDefault, watch),
  ];
}

type Handler = (c: AppContext) => Response | Promise<Response>;
type Step = AppMiddleware | Handler;

function get(path: string, access: Access, handler: Step): Route {
  return { method: "GET", path, access, handlers: [handler] };
}

/** Bodies are small, or refused before they are read. */
function post(path: string, access: Access, handler: Step): Route {
  return { method: "POST", path, access, handlers: [smallBody, handler] };
}

/** The app: HTTP requests and WebSocket handshakes take the same way. */
export function createApp(parts: AppParts): Hono<AppEnv> {
  const { auth, log } = parts;
  const ownOrigins = originsOf(parts);
  const readClient = clientReader({
    ...parts,
    onStrangeProxy: (peer) =>
      log.warn("forwarded headers ignored", {
        peer,
        reason: "not in trusted_proxies: all behind it count as one client",
      }),
  });

  const app = new Hono<AppEnv>({
    getPath: (request, options) => {
      const { pathname } = new URL(request.url);
      const peer = options?.env?.peer ?? "";
      return routePath(pathname, readClient(peer, request.headers).base);
    },
  });
  app.onError((error, c) => answerError(c, { error, log }));
  app.notFound((c) => {
    const error = new GatewayError("not_found");
    return answerError(c, { error, log });
  });

  app.use(
    parts.metrics.observe,
    identifyClient({ readClient, ownOrigins }),
    refuseBadHandshake,
    refuseTokenInUrl,
    requireOwnOrigin(ownOrigins),
  );
  const routes = routeTable(parts);
  const isOpen = ({ access }: Route) => access.for === "anyone";
  for (const route of routes.filter(isOpen)) add(app, route);
  // Everything else needs a user, whether it exists or not.
  app.use(authenticate(auth));
  for (const route of routes.filter((route) => !isOpen(route))) {
    add(app, route);
  }
  return app;
}

function add(
  app: Hono<AppEnv>,
  { method, path, access, handlers }: Route,
): void {
  const steps = "on" in access
    ? [selectCamera(access.on, access.for), ...handlers]
    : handlers;
  app.on(method, [path], ...steps as AppMiddleware[]);
}
