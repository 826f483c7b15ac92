/** Where to go after signing in. */

/**
 * The absolute URL of a `next` parameter, which anybody may have written: the
 * app's own start unless it lies within the app.
 */
export function nextUrl(search: string, base: string): string {
  const next = new URLSearchParams(search).get("next") ?? "";
  if (!URL.canParse(next, base)) return base;
  const url = new URL(next, base).href;
  return url.startsWith(base) ? url : base;
}

/** The sign-in page that leads back to an address; relative to the base. */
export function signInPath(href: string, base: string): string {
  const here = href.split("#")[0] ?? "";
  const next = here.startsWith(base) ? here.slice(base.length) : "";
  return next === "" ? "login" : `login?next=${encodeURIComponent(next)}`;
}
