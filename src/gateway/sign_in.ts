/**
 * How every way in ends: a new session, its cookie, a line in the log.
 *
 * @module
 */

import { GatewayError } from "../errors.ts";
import { SESSION_AGE_MAX_MS } from "../limits.ts";
import type { Audit } from "./audit.ts";
import type { Auth } from "./auth/auth.ts";
import type { SignedIn } from "./auth/login.ts";
import { presented, sessionCookie } from "./auth/presented.ts";
import { hashOf } from "./auth/secret.ts";
import type { AppContext } from "./context.ts";

/** What signing in needs. */
export interface SignInParts {
  readonly auth: Auth;
  readonly audit: Audit;
}

/**
 * Opens a session and gives the browser its cookie.
 *
 * @throws Whatever `open` does, after a line in the log.
 */
export async function signIn(
  c: AppContext,
  { auth, audit, who, open }: SignInParts & {
    /** For the log, when it fails; none: the caller tells of that. */
    who?: string;
    open: () => SignedIn | Promise<SignedIn>;
  },
): Promise<void> {
  const { client } = c.var;
  const { secure } = client;
  // Refuses a planted cookie before anything is opened.
  const before = presented(c.req.raw.headers, { secure });
  let signedIn: SignedIn;
  try {
    signedIn = await open();
  } catch (error) {
    const result = error instanceof GatewayError ? error.code : "internal";
    if (who !== undefined) audit.login({ user: who, client, result });
    throw error;
  }
  // A new session each time; the one before, if any, is over.
  if (before?.kind === "cookie") {
    auth.logout(auth.session(hashOf(before.secret)));
  }
  audit.login({ user: signedIn.user, client, result: "ok" });
  setSessionCookie(c, signedIn);
}

/** Sets the session's cookie; an empty secret deletes it. */
export function setSessionCookie(
  c: AppContext,
  { secret, ageMaxMs = SESSION_AGE_MAX_MS }: Pick<
    SignedIn,
    "secret" | "ageMaxMs"
  >,
): void {
  const { secure } = c.var.client;
  c.header("Set-Cookie", sessionCookie({ secret, secure, ageMaxMs }), {
    append: true,
  });
}
