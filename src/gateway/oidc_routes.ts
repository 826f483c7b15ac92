/**
 * `/login/oidc/:provider` and its callback: off to an identity provider, and
 * back with a session.
 *
 * @module
 */

import { getCookie, setCookie } from "hono/cookie";
import type { Address } from "../config/config.ts";
import { GatewayError } from "../errors.ts";
import { FLOW_AGE_MAX_MS } from "../limits.ts";
import type { AppContext } from "./context.ts";
import type { Current } from "./current.ts";
import { baseUrl } from "./origin.ts";
import { nextPath } from "./path.ts";
import { signIn, type SignInParts } from "./sign_in.ts";

/** What the handlers need. */
export interface OidcRouteParts extends SignInParts {
  readonly current: Current;
  readonly listen: Address;
}

/** The handlers. */
export function oidcHandlers(parts: OidcRouteParts) {
  const { auth, audit, current, listen } = parts;
  const callbackUrl = (provider: string) =>
    `${baseUrl({ ...current.config, listen })}login/oidc/${provider}/callback`;
  return {
    /** `GET /login/oidc/:provider` */
    async begin(c: AppContext): Promise<Response> {
      const provider = c.req.param("provider") ?? "";
      const next = nextPath(c.req.query("next"), c.var.client.base);
      try {
        const { url, secret } = await auth.oidc.begin({
          provider,
          redirectUri: callbackUrl(provider),
          next,
        });
        keepSecret(c, secret);
        return c.redirect(url.href);
      } catch (error) {
        return refused(c, { error, provider, next });
      }
    },

    /** `GET /login/oidc/:provider/callback` */
    async callback(c: AppContext): Promise<Response> {
      const provider = c.req.param("provider") ?? "";
      const { client: { base, address, secure } } = c.var;
      // The address that the provider was told, whatever the proxy made of it.
      const url = new URL(callbackUrl(provider));
      url.search = new URL(c.req.url).search;
      let next = base;
      try {
        const secret = getCookie(c, COOKIE, secure ? "host" : undefined);
        keepSecret(c, "");
        const flow = auth.oidc.resume({ provider, url, secret, address });
        next = flow.next;
        await signIn(c, { auth, audit, open: flow.finish });
        return c.redirect(next);
      } catch (error) {
        return refused(c, { error, provider, next });
      }
    },
  };

  /** Back to the sign-in page, which says what happened. */
  function refused(
    c: AppContext,
    { error, provider, next }: {
      error: unknown;
      provider: string;
      next: string;
    },
  ): Response {
    if (!(error instanceof GatewayError) || error.code === "not_found") {
      throw error;
    }
    const { client } = c.var;
    const { base } = client;
    audit.event("login", { client }, {
      level: "warn",
      user: "(provider)",
      result: error.code,
      provider,
      ...error.context,
    });
    const query = new URLSearchParams({ problem: error.code });
    const inside = next.slice(base.length);
    if (inside !== "") query.set("next", inside);
    return c.redirect(`${base}login?${query}`);
  }
}

const COOKIE = "nalgate-oidc";

/** Lax: the browser comes back from another site. Empty: deletes it. */
function keepSecret(c: AppContext, secret: string): void {
  const { secure } = c.var.client;
  setCookie(c, COOKIE, secret, {
    path: "/",
    httpOnly: true,
    sameSite: "Lax",
    maxAge: secret === "" ? 0 : FLOW_AGE_MAX_MS / 1000,
    ...secure ? { secure, prefix: "host" } : {},
  });
}
