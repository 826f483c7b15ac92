/**
 * The table of routes: what a request meets, in order.
 *
 * @module
 */

import { Hono } from "hono";
import type { Address } from "../config/config.ts";
import { GatewayError } from "../errors.ts";
import type { Logger } from "../log.ts";
import { answerError } from "./answer.ts";
import type { Asset } from "./assets.ts";
import type { Auth } from "./auth/auth.ts";
import type { Cameras } from "./cameras.ts";
import { clientReader } from "./client.ts";
import type { AppEnv } from "./context.ts";
import { healthHandlers } from "./health.ts";
import { ownOrigins as originsOf } from "./origin.ts";
import { assetHandler, pageHandlers } from "./page_routes.ts";
import { routePath } from "./path.ts";
import { sessionHandlers, smallBody } from "./session_routes.ts";
import {
  authenticate,
  identifyClient,
  refuseBadHandshake,
  refuseTokenInUrl,
  requireOwnOrigin,
  selectCamera,
  selectDefaultCamera,
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
  readonly assets: ReadonlyMap<string, Asset>;
  readonly log: Logger;
  readonly draining: () => boolean;
}

/** The app: HTTP requests and WebSocket handshakes take the same way. */
export function createApp(parts: AppParts): Hono<AppEnv> {
  const { auth, cameras, assets, log } = parts;
  const ownOrigins = originsOf(parts);
  const readClient = clientReader({
    ...parts,
    onStrangeProxy: (peer) =>
      log.warn("forwarded headers ignored", {
        peer,
        reason: "not in trusted_proxies: all behind it count as one client",
      }),
  });
  const health = healthHandlers(parts);
  const session = sessionHandlers(parts);
  const page = pageHandlers(parts);
  const watch = watchHandler(parts);

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
    identifyClient({ readClient, ownOrigins }),
    refuseBadHandshake,
    refuseTokenInUrl,
    requireOwnOrigin(ownOrigins),
  );

  // Open to everybody: exactly these.
  app.get("/healthz", health.healthz);
  app.get("/readyz", health.readyz);
  app.get("/assets/:file", assetHandler(assets));
  app.get("/login", page.login);
  app.get("/setup", page.setup);
  app.post("/api/login", smallBody, session.login);
  app.post("/api/setup", smallBody, session.setup);

  // Everything else needs a user, whether it exists or not.
  app.use(authenticate(auth));
  app.post("/api/logout", session.logout);
  app.get("/api/session", session.session);
  app.get("/api/cameras", page.list);
  app.get("/", page.cameras);
  app.get("/cameras/:camera", selectCamera(cameras), page.withSlash);
  app.get("/cameras/:camera/", selectCamera(cameras), page.camera);
  app.get("/cameras/:camera/janus", selectCamera(cameras), watch);
  app.get("/janus", selectDefaultCamera(cameras), watch);
  return app;
}
