/**
 * What pages of other origins may use: WHEP, with a proof that they hold
 * themselves. Never by what a browser adds on its own.
 *
 * @module
 */

import type { AppMiddleware } from "./context.ts";

const WHEP = /\/cameras\/[^/]+\/whep(?:\/(?<session>[^/]+))?$/;

/** Lets the scripts of other origins read the answers of such paths. */
export const shareWithOthers: AppMiddleware = async (c, next) => {
  if (WHEP.test(c.req.path)) {
    // A star: with it browsers keep their cookies to themselves.
    c.header("Access-Control-Allow-Origin", "*");
    c.header(
      "Access-Control-Expose-Headers",
      "Location, Link, ETag, Accept-Patch, Retry-After",
    );
    c.header("Cross-Origin-Resource-Policy", "cross-origin");
  }
  await next();
};

/**
 * Whether a request is one that no page can make without having been given
 * something: a bearer token, or a session's URL, which nobody can guess.
 */
export function isMadeOnPurpose(path: string, headers: Headers): boolean {
  const found = WHEP.exec(path);
  if (found === null) return false;
  const authorization = headers.get("authorization");
  return authorization === null
    ? found.groups?.session !== undefined && !headers.has("cookie")
    // Browsers add other schemes by themselves, as they do with cookies.
    : /^bearer /i.test(authorization);
}
