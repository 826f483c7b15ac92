/**
 * The WHEP sessions by their URLs.
 *
 * A URL holds 256 random bits, so nobody finds a session that he was not given.
 * That alone proves nothing where the viewer can prove who he is: then it has
 * to be the user who began the session. It proves enough where he can not, for
 * a one-time ticket is spent by the request that begins a session.
 *
 * @module
 */

import type { Principal } from "../auth/principal.ts";
import { hashOf, newSecret } from "../auth/secret.ts";
import type { WhepSession } from "./session.ts";

/** A session with whom it belongs to. */
export interface HeldSession {
  readonly session: WhepSession;
  readonly userId: string;
  /** Whoever has the URL may use it, without any other proof. */
  readonly openToBearerOfUrl: boolean;
}

/** Credentials that prove nothing a second time. */
const SPENT: ReadonlySet<string> = new Set(["ticket"]);

/** All sessions. Each has a place of its own, which bounds them. */
export class WhepSessions {
  readonly #byHash = new Map<string, HeldSession>();

  get size(): number {
    return this.#byHash.size;
  }

  /** Keeps a session until it ends; gives the last segment of its path. */
  add(
    session: WhepSession,
    { endpoint, principal }: {
      /** The path that it was begun at. */
      readonly endpoint: string;
      readonly principal: Pick<Principal, "userId" | "credential">;
    },
  ): string {
    const id = newSecret();
    const hash = hashOf(`${endpoint}/${id}`);
    const { userId, credential } = principal;
    const openToBearerOfUrl = SPENT.has(credential.kind);
    this.#byHash.set(hash, { session, userId, openToBearerOfUrl });
    session.ended.then(() => this.#byHash.delete(hash));
    return id;
  }

  /** The session whose URL has this path, if its URL is all that it takes. */
  findOpen(path: string): WhepSession | undefined {
    const held = this.#byHash.get(hashOf(path));
    return held?.openToBearerOfUrl ? held.session : undefined;
  }

  /** The session whose URL has this path, if it is this user's. */
  findOf(
    { userId }: Pick<Principal, "userId">,
    path: string,
  ): WhepSession | undefined {
    const held = this.#byHash.get(hashOf(path));
    return held?.userId === userId ? held.session : undefined;
  }
}
