/**
 * A live viewer's newer token: programs send it in-band, in the field that
 * janus.js has for it, so that their picture outlives the first one.
 *
 * @module
 */

import { GatewayError } from "../errors.ts";
import { VIEWER_TOKEN_INTERVAL_MS } from "../limits.ts";
import type { Logger } from "../log.ts";
import { logBug } from "./answer.ts";
import type { Auth } from "./auth/auth.ts";
import type { Credential, Principal } from "./auth/principal.ts";

/** Whose viewer it is, and how it goes on. */
export interface RenewalParts {
  readonly auth: Auth;
  readonly log: Logger;
  /** Who it is that was let in. */
  readonly principal: Principal;
  readonly renew: (credential: Credential) => void;
}

/**
 * The function to call with each token that the viewer sends. It takes one
 * that differs from the last, is good, and belongs to the same user; any
 * other changes nothing. It looks at one at a time, and not at many.
 */
export function renewal(
  { auth, log, principal: { userId, user }, renew }: RenewalParts,
): (token: string) => void {
  let last: string | undefined;
  let lookedAt = -Infinity;
  let isLooking = false;

  async function look(token: string): Promise<void> {
    try {
      const newer = await auth.authenticate({ kind: "bearer", token });
      if (newer.userId !== userId) {
        return log.info("token of another user refused", { user });
      }
      renew(newer.credential);
      log.debug("token taken", { user });
    } catch (error) {
      // It may be good in a moment: nobody has to send another.
      last = undefined;
      if (!(error instanceof GatewayError)) return logBug(log, error);
      log.debug("token refused", { user, reason: error.code });
    } finally {
      isLooking = false;
    }
  }

  return (token) => {
    const now = performance.now();
    const isSoon = now - lookedAt < VIEWER_TOKEN_INTERVAL_MS;
    if (token === last || isSoon || isLooking) return;
    last = token;
    lookedAt = now;
    isLooking = true;
    look(token);
  };
}
