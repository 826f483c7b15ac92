/**
 * The one normalised path that both the router and every decision see.
 *
 * @module
 */

/** Stands for every path that cannot be ours; no route has it. */
export const IMPOSSIBLE_PATH = "/!";

const PLAIN_PATH = /^\/(?:[a-z0-9_-][a-z0-9._-]*(?:\/(?!$)|\/?$))*$/i;

/**
 * All our paths are plain: names and file names. So nothing is ever decoded:
 * whatever has an escape, a backslash, an empty or a dot segment is no path
 * of ours. A proxy may have taken the base away or left it.
 */
export function routePath(pathname: string, base: string): string {
  const path = base !== "/" && pathname.startsWith(base)
    ? pathname.slice(base.length - 1)
    : pathname;
  return PLAIN_PATH.test(path) ? path : IMPOSSIBLE_PATH;
}

/** Whether another server asks there before it answers a request itself. */
export function isCheckPath(path: string): boolean {
  return /^\/auth\/check(?:\/|$)/.test(path);
}

/**
 * Where to go after signing in: a place below the base, or the base itself.
 * Nobody can use it to send a user elsewhere.
 */
export function nextPath(next: string | undefined, base: string): string {
  if (next === undefined || !/^[a-z0-9_/-]*$/i.test(next)) return base;
  const url = new URL(next, `http://nalgate.invalid${base}`);
  const inside = url.host === "nalgate.invalid" &&
    url.pathname.startsWith(base) && !url.pathname.startsWith("//");
  return inside ? url.pathname : base;
}
