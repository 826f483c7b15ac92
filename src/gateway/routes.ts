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
import type { Audit } from "./audit.ts";
import type { Auth } from "./auth/auth.ts";
import { askedCamera, askedUri, checkHandler } from "./auth_check.ts";
import { smallBody } from "./body.ts";
import type { Cameras } from "./cameras.ts";
import { clientReader } from "./client.ts";
import type {
  AppContext,
  AppEnv,
  AppMiddleware,
  UrlCredential,
} from "./context.ts";
import { shareWithOthers } from "./cross_origin.ts";
import type { Current } from "./current.ts";
import { healthHandlers } from "./health.ts";
import { type IceServersFor, iceServersHandler } from "./ice_servers.ts";
import type { Metrics } from "./metrics.ts";
import { ownOrigins as originsOf } from "./origin.ts";
import { oidcHandlers } from "./oidc_routes.ts";
import type { Overload } from "./overload.ts";
import { assetHandler, pageHandlers } from "./page_routes.ts";
import { routePath } from "./path.ts";
import { sessionHandlers } from "./session_routes.ts";
import { shareHandlers } from "./share_routes.ts";
import {
  authenticate,
  defaultCamera,
  type FindCamera,
  identifyClient,
  namedCamera,
  noteTaken,
  type Question,
  refuseBadHandshake,
  refuseTokenInUrl,
  refuseTransit,
  requireOwnOrigin,
  requireRight,
  selectCamera,
} from "./steps.ts";
import { tokenHandlers } from "./token_routes.ts";
import type { Upstream } from "./tunnel/upstream.ts";
import type { Places } from "./places.ts";
import { ticketHandler } from "./ticket_route.ts";
import { watchHandler } from "./watch_route.ts";
import { whepHandlers } from "./whep_routes.ts";

/** What the routes lead to. */
export interface AppParts {
  readonly current: Current;
  /** With the real port. */
  readonly listen: Address;
  readonly auth: Auth;
  readonly cameras: Cameras;
  readonly upstreams: ReadonlyMap<string, Upstream>;
  readonly places: Places;
  readonly overload: Overload;
  readonly iceServers: IceServersFor;
  readonly metrics: Metrics;
  readonly assets: ReadonlyMap<string, Asset>;
  readonly log: Logger;
  readonly audit: Audit;
  readonly draining: () => boolean;
}

/** Who may use a route. */
export type Access =
  /** Strangers too. */
  | { readonly for: "anyone" }
  /** Whoever is known. */
  | { readonly for: "user" }
  /** Whoever has this right on the camera that the request is about. */
  | { readonly for: Right; readonly on: FindCamera }
  /** Whoever has the right that the request itself asks about. */
  | { readonly for: "asked"; readonly about: Question };

/** One row of the table: who may ask what, and who answers. */
export interface Route {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE" | "OPTIONS" | "ALL";
  readonly path: string;
  readonly access: Access;
  /** The credential that may stand in its URL, if any. */
  readonly takes?: UrlCredential;
  readonly handlers: readonly Step[];
}

/** All routes: the only place where one can be added. */
export function routeTable(parts: AppParts): readonly Route[] {
  const { cameras, assets } = parts;
  const health = healthHandlers(parts);
  const session = sessionHandlers(parts);
  const page = pageHandlers(parts);
  const share = shareHandlers(parts);
  const oidc = oidcHandlers(parts);
  const watch = watchHandler(parts);
  const token = tokenHandlers(parts);
  const currentOriginal = parts.current.derive((config) =>
    askedUri({
      ...config,
      ownOrigins: originsOf({ ...config, listen: parts.listen }),
    })
  );
  const original: Question = (c) => currentOriginal()(c);

  const anyone: Access = { for: "anyone" };
  const user: Access = { for: "user" };
  const whep = whepHandlers(parts);
  const view = { for: "view", on: namedCamera(cameras) } as const;
  const viewDefault: Access = { for: "view", on: defaultCamera(cameras) };
  return [
    get("/healthz", anyone, health.healthz),
    get("/readyz", anyone, health.readyz),
    get("/assets/:file", anyone, assetHandler(assets)),
    get("/login", anyone, page.login),
    get("/login/oidc/:provider", anyone, oidc.begin),
    taking(
      "code",
      get("/login/oidc/:provider/callback", anyone, oidc.callback),
    ),
    get("/setup", anyone, page.setup),
    get("/share", anyone, page.share),
    post("/api/login", anyone, session.login),
    post("/api/setup", anyone, session.setup),
    post("/api/shares/open", anyone, share.open),
    post("/api/logout", user, session.logout),
    get("/api/session", user, session.session),
    get("/api/cameras", user, page.list),
    post("/api/tickets", user, ticketHandler(parts)),
    get("/api/shares", user, share.list),
    post("/api/shares", user, share.create),
    del("/api/shares/:id", user, share.revoke),
    get("/", user, page.cameras),
    get("/cameras/:camera", view, page.withSlash),
    get("/cameras/:camera/", view, page.camera),
    taking("ticket", get("/cameras/:camera/janus", view, watch)),
    get("/cameras/:camera/ice-servers", view, iceServersHandler(parts)),
    taking("ticket", get("/janus", viewDefault, watch)),
    post("/api/token/refresh", user, token.refresh),
    get("/auth/check", asked(original), checkHandler),
    get("/auth/check/cameras/:camera", asked(askedCamera), checkHandler),
    ...whepRoutes("/cameras/:camera/whep", { view, whep }),
  ].flatMap(hereAndOnDevices);
}

/** What there is of a camera here, there is of a camera on another device. */
function hereAndOnDevices(route: Route): readonly Route[] {
  const camera = "/cameras/:camera";
  const path = route.path.replace(camera, `/devices/:device${camera}`);
  return path === route.path ? [route] : [route, { ...route, path }];
}

/** The endpoint of one path to a camera, and its sessions. */
function whepRoutes(
  endpoint: string,
  { view, whep }: {
    view: Extract<Access, { on: FindCamera }>;
    whep: ReturnType<typeof whepHandlers>;
  },
): readonly Route[] {
  const session = `${endpoint}/:session`;
  const anyone: Access = { for: "anyone" };
  const { offerBody, fragmentBody, byUrl } = whep;
  const row = (
    method: Route["method"],
    path: string,
    access: Access,
    ...handlers: Step[]
  ): Route => ({ method, path, access, handlers });
  return [
    row("OPTIONS", endpoint, anyone, whep.options("endpoint", view.on)),
    row("OPTIONS", session, anyone, whep.options("session", view.on)),
    row("PATCH", session, anyone, fragmentBody, byUrl.trickle),
    row("DELETE", session, anyone, byUrl.end),
    taking("ticket", row("POST", endpoint, view, offerBody, whep.begin)),
    row("PATCH", session, view, whep.trickle),
    row("DELETE", session, view, whep.end),
    row("ALL", endpoint, view, whep.refuse("endpoint")),
    row("ALL", session, view, whep.refuse("session")),
  ];
}

function asked(about: Question): Access {
  return { for: "asked", about };
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

function del(path: string, access: Access, handler: Step): Route {
  return { method: "DELETE", path, access, handlers: [handler] };
}

function taking(takes: UrlCredential, route: Route): Route {
  return { ...route, takes };
}

/** The app: HTTP requests and WebSocket handshakes take the same way. */
export function createApp(parts: AppParts): Hono<AppEnv> {
  const { auth, current, listen, log } = parts;
  const ownOrigins = current.derive(({ publicUrl }) =>
    originsOf({ publicUrl, listen })
  );
  const currentReader = current.derive((config) =>
    clientReader({
      ...config,
      onStrangeProxy: (peer) =>
        log.warn("forwarded headers ignored", {
          peer,
          reason: "not in trusted_proxies: all behind it count as one client",
        }),
    })
  );
  const readClient = (peer: string, headers: Headers) =>
    currentReader()(peer, headers);

  const app = new Hono<AppEnv>({
    getPath: (request, options) => {
      const { pathname } = new URL(request.url);
      const peer = options?.env?.peer ?? "";
      return routePath(pathname, readClient(peer, request.headers).base);
    },
  });
  app.onError((error, c) =>
    answerError(c, { error, log, takesBasic: auth.takesBasic })
  );
  app.notFound((c) => {
    const error = new GatewayError("not_found");
    return answerError(c, { error, log });
  });

  const routes = routeTable(parts);
  app.use(
    parts.metrics.observe,
    identifyClient({ readClient, ownOrigins }),
    shareWithOthers,
    refuseBadHandshake,
  );
  for (const { method, path, takes } of routes) {
    if (takes !== undefined) app.on(method, [path], noteTaken(takes));
  }
  app.use(refuseTokenInUrl, requireOwnOrigin(ownOrigins));
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
  const isTransit = path.startsWith("/devices/") && access.for !== "anyone";
  const transit = isTransit ? [refuseTransit] : [];
  const steps = [...transit, ...rightSteps(access), ...handlers];
  app.on(method, [path], ...steps as AppMiddleware[]);
}

function rightSteps(access: Access): readonly AppMiddleware[] {
  if ("on" in access) return [selectCamera(access.on, access.for)];
  return "about" in access ? [requireRight(access.about)] : [];
}
