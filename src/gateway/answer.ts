/**
 * Errors as answers: JSON for programs, a page for people.
 *
 * @module
 */

import type { StatusCode } from "hono/utils/http-status";
import { GatewayError } from "../errors.ts";
import { kindOf, type Logger } from "../log.ts";
import type { AppContext } from "./context.ts";
import { errorPage } from "./pages/error.ts";
import { isCheckPath } from "./path.ts";

/**
 * Whether the request comes from a person who wants to see a page. A proxy
 * that asks whether it may answer one needs the bare status.
 */
export function wantsPage(c: AppContext): boolean {
  return !isCheckPath(c.req.path) &&
    (c.req.method === "GET" || c.req.method === "HEAD") &&
    c.env.upgrade === undefined &&
    (c.req.header("accept") ?? "").includes("text/html");
}

/** The answer to a request that failed; logs why. */
export function answerError(
  c: AppContext,
  { error, log, takesBasic = false }: {
    error: unknown;
    log: Logger;
    takesBasic?: boolean;
  },
): Response | Promise<Response> {
  if (!(error instanceof GatewayError)) logBug(log, error);
  const known = error instanceof GatewayError
    ? error
    : new GatewayError("internal");
  const { status, level, text } = known.face;
  const { retryAfterS, publicUrl, reason } = known.context;
  const { client } = c.var;
  log.log(level, known.code, {
    method: c.req.method,
    path: withoutSecret(c.req.path).slice(0, 200),
    ip: client?.address,
    ...known.context,
  });
  c.status(status as StatusCode);
  if (retryAfterS !== undefined) c.header("Retry-After", String(retryAfterS));
  if (status === 401) {
    const challenges = ['Bearer realm="nalgate"'];
    if (takesBasic && !isBrowser(c)) {
      challenges.push('Basic realm="nalgate", charset="UTF-8"');
    }
    c.header("WWW-Authenticate", challenges.join(", "));
  }
  if (status === 426) {
    c.header("Upgrade", "websocket");
    // `Upgrade` alone would keep open what the client wants to be closed.
    c.header("Connection", "Upgrade, close");
    c.header("Sec-WebSocket-Version", "13");
  }
  if (wantsPage(c)) {
    return c.html(errorPage({ base: client?.base ?? "/", status, text }));
  }
  return c.json({
    error: known.code,
    message: text,
    ...reason === undefined ? {} : { reason },
    // The value for public_url, where a missing one is the likely reason.
    ...publicUrl === undefined ? {} : { publicUrl },
  });
}

/**
 * Whether a browser asks: it would put a dialogue of its own in front of our
 * pages, and from then on add the password to whatever any page sends here.
 */
function isBrowser(c: AppContext): boolean {
  return ["sec-fetch-mode", "accept-language"].some((name) =>
    c.req.header(name) !== undefined
  );
}

/** A WHEP session's URL can be all that its viewer has to prove himself. */
function withoutSecret(path: string): string {
  return path.replace(/\/whep\/.*/, "/whep/…");
}

/** Logs where, not what: an unexpected message may quote anything. */
export function logBug(log: Logger, error: unknown): void {
  const stack = error instanceof Error ? error.stack ?? "" : "";
  log.error("bug", {
    name: kindOf(error),
    stack: stack.split("\n").filter((line) => /^\s+at /.test(line)).slice(0, 8)
      .map((line) => line.trim()).join(" < "),
  });
}
