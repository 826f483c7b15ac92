/**
 * A browser's session as a credential.
 *
 * @module
 */

import { SESSION_AGE_MAX_MS } from "../../limits.ts";
import type { Credential, Standing } from "./principal.ts";
import type { Session, Sessions } from "./session.ts";

/** The session under a key (`hashOf` of its cookie), whether it lives or not. */
export function sessionCredential(
  key: string,
  { sessions, standingOf }: {
    sessions: Sessions;
    /** Whom a session stands for now. */
    standingOf: (session: Session) => Standing | undefined;
  },
): Credential {
  const credential: Credential = {
    kind: "session",
    end: () => sessions.end(key),
    endedBy: () => sessions.endedBy(key),
    get ended() {
      const isShare = sessions.find(key)?.as?.kind === "share";
      return isShare ? "share_ended" as const : undefined;
    },
    principal: () => {
      const session = sessions.find(key);
      const standing = session && standingOf(session);
      if (session === undefined || standing === undefined) return undefined;
      sessions.touch(session);
      const byAge = session.createdAt + SESSION_AGE_MAX_MS;
      const expiresAt = Math.min(byAge, standing.expiresAt ?? byAge);
      return { ...standing, credential, expiresAt, scope: undefined };
    },
  };
  return credential;
}
