/**
 * Which pages may speak to the gateway: those it served itself. Browsers say
 * in `Origin` which page speaks, and add the cookie whichever it is.
 *
 * @module
 */

import type { Address } from "../config/config.ts";
import { GatewayError } from "../errors.ts";

/**
 * The origins that are ours: that of `public_url`, or without it those under
 * which this machine reaches its own server.
 */
export function ownOrigins(
  { publicUrl, listen }: { publicUrl: string | undefined; listen: Address },
): ReadonlySet<string> {
  if (publicUrl !== undefined) return new Set([new URL(publicUrl).origin]);
  const hosts = [listen.hostname, "localhost", "127.0.0.1", "::1"];
  return new Set(
    hosts.map((host) => {
      const name = host.includes(":") ? `[${host}]` : host;
      return new URL(`http://${name}:${listen.port}`).origin;
    }),
  );
}

/** The address of the start page, as links from elsewhere have it. */
export function baseUrl(
  { publicUrl, listen: { hostname, port } }: {
    publicUrl: string | undefined;
    listen: Address;
  },
): string {
  if (publicUrl !== undefined) return publicUrl;
  const host = { "0.0.0.0": "127.0.0.1", "::": "[::1]" }[hostname] ??
    (hostname.includes(":") ? `[${hostname}]` : hostname);
  return new URL(`http://${host}:${port}/`).href;
}

/**
 * Refuses what another page sent. Only a bearer token, which no browser adds
 * by itself, makes up for a missing `Origin`.
 *
 * @throws {GatewayError} `origin_refused`; the context says what to set.
 */
export function checkOrigin(
  headers: Headers,
  { own, bearer }: { own: ReadonlySet<string>; bearer: boolean },
): void {
  const origin = headers.get("origin");
  const site = headers.get("sec-fetch-site");
  const sameSite = site === null || site === "same-origin" || site === "none";
  if (origin === null ? bearer && sameSite : own.has(origin) && sameSite) {
    return;
  }
  throw new GatewayError("origin_refused", {
    context: { publicUrl: suggestion(origin, headers.get("host")) },
  });
}

/**
 * What `public_url` would have to be, if this is plainly a browser that came
 * by another name; nothing for a page of somebody else's.
 */
function suggestion(
  origin: string | null,
  host: string | null,
): string | undefined {
  const url = origin !== null && URL.canParse(origin) ? new URL(origin) : null;
  const ours = url !== null && url.origin === origin && url.host === host &&
    /^https?:$/.test(url.protocol);
  return ours ? `${origin}/` : undefined;
}
