/**
 * Pages, their assets, and the list of cameras.
 *
 * @module
 */

import type { Address } from "../config/config.ts";
import { ERRORS } from "../errors.ts";
import type { Asset } from "./assets.ts";
import type { Auth } from "./auth/auth.ts";
import { may } from "./auth/principal.ts";
import { type Cameras, listed } from "./cameras.ts";
import type { AppContext, AppMiddleware } from "./context.ts";
import type { Current } from "./current.ts";
import { securityHeaders } from "./headers.ts";
import { ownOrigins as originsOf } from "./origin.ts";
import { cameraPage } from "./pages/camera.ts";
import { camerasPage } from "./pages/cameras.ts";
import type { FormModel } from "./pages/document.ts";
import { loginPage } from "./pages/login.ts";
import { setupPage } from "./pages/setup.ts";
import { sharePage } from "./pages/share.ts";
import { nextPath } from "./path.ts";
import { principalOf } from "./steps.ts";

type Answer = Response | Promise<Response>;

/** `GET /assets/:file`; what is not in the table is nobody's public path. */
export function assetHandler(
  assets: ReadonlyMap<string, Asset>,
): AppMiddleware {
  return async (c, next) => {
    const asset = assets.get(c.req.param("file") ?? "");
    if (asset === undefined) return await next();
    // File names carry no version: ask each time, answer 304.
    c.header("Cache-Control", "no-cache");
    c.header("ETag", asset.etag);
    if (c.req.header("if-none-match") === asset.etag) return c.body(null, 304);
    c.header("Content-Type", asset.type);
    return c.body(asset.body);
  };
}

/** What pages are made from. */
export interface PageParts {
  readonly auth: Auth;
  readonly cameras: Cameras;
  readonly current: Current;
  readonly listen: Address;
}

/** The handlers of pages. */
export function pageHandlers(parts: PageParts) {
  const { auth, cameras, current, listen } = parts;
  const ownOrigins = current.derive(({ publicUrl }) =>
    originsOf({ publicUrl, listen })
  );

  /** Camera pages alone may stand in frames: a form there could be aped. */
  function allowFrames(c: AppContext): void {
    const { secure } = c.var.client;
    c.header("X-Frame-Options", undefined);
    const headers = securityHeaders({
      secure,
      ownOrigins: ownOrigins(),
      frameAncestors: current.config.frameAncestors,
    });
    for (const [name, value] of Object.entries(headers)) c.header(name, value);
  }

  return {
    /** `GET /` */
    cameras(c: AppContext): Answer {
      const { client: { base }, principal } = c.var;
      return c.html(camerasPage({
        base,
        user: principal.user,
        cameras: cameras.visibleTo(principal),
        devices: cameras.devicesFor(principal),
      }));
    },

    /** `GET /cameras/:camera/`; `?embed=1`: without controls. */
    camera(c: AppContext): Answer {
      const { client: { base }, camera, principal } = c.var;
      allowFrames(c);
      const isEmbedded = c.req.query("embed") === "1";
      const mayShare = may(principal, "admin", camera.key);
      const shareKey = mayShare && !isEmbedded ? camera.key : undefined;
      return c.html(cameraPage({ base, camera, isEmbedded, shareKey }));
    },

    /** `GET /cameras/:camera`: relative links need the slash. */
    withSlash(c: AppContext): Answer {
      return c.redirect(`${c.var.client.base}${c.var.camera.path}`);
    },

    /** `GET /login`: whoever is signed in already goes on. */
    async login(c: AppContext): Promise<Response> {
      const { base } = c.var.client;
      const known = await principalOf(c, auth).catch(() => undefined);
      const next = nextPath(c.req.query("next"), base);
      if (known !== undefined) return c.redirect(next);
      return await c.html(loginPage({
        ...form(c),
        next: next.slice(base.length),
        providers: auth.oidc.providers,
        problem: problemText(c.req.query("problem")),
      }));
    },

    /** `GET /setup` */
    setup(c: AppContext): Answer {
      const { base } = c.var.client;
      return auth.hasUsers
        ? c.redirect(`${base}login`)
        : c.html(setupPage(form(c)));
    },

    /** `GET /share`: the link's secret is in the fragment, for the script. */
    share(c: AppContext): Answer {
      return c.html(sharePage({ base: c.var.client.base }));
    },

    /** `GET /api/cameras` */
    list(c: AppContext): Answer {
      const { principal } = c.var;
      // By this another nalgate sees that its device is itself.
      if (c.req.header("authorization") !== undefined) {
        c.header("Nalgate-Instance", auth.instance);
      }
      return c.json({
        user: principal.user,
        cameras: cameras.visibleTo(principal).map(listed),
        devices: cameras.devicesFor(principal),
      });
    },
  };
}

const PROBLEMS = [
  "sign_in_stale",
  "rate_limited",
  "provider_denied",
  "provider_unreachable",
  "provider_invalid",
] as const;

/** A sentence of ours; anybody can write into a URL. */
function problemText(code: string | undefined): string | undefined {
  const known = PROBLEMS.find((problem) => problem === code);
  return known && ERRORS[known].text;
}

function form(c: AppContext): FormModel {
  const { base, secure, local } = c.var.client;
  return { base, isReadable: !secure && !local };
}
