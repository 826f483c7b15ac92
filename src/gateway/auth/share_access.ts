/**
 * Share links at work: who may make one, what it lets its holders do, and
 * their way in.
 *
 * @module
 */

import type { Grant } from "../../config/grant.ts";
import { GatewayError } from "../../errors.ts";
import type { SignedIn } from "./login.ts";
import { may, type Principal, type Standing } from "./principal.ts";
import type { LoginLimit } from "./rate_limit.ts";
import type { Sessions } from "./session.ts";
import type { ShareCreator, ShareRecord, Shares } from "./share.ts";

/** What {@linkcode ShareAccess} works with. */
export interface ShareAccessParts {
  readonly shares: Shares;
  readonly sessions: Sessions;
  readonly limit: LoginLimit;
  /** What a link's creator may do now; none: nobody could say later on. */
  readonly grantsOf: (creator: ShareCreator) => readonly Grant[] | undefined;
  readonly now: () => number;
}

/** Makes share links and lets people in by them. */
export class ShareAccess {
  readonly #parts: ShareAccessParts;

  constructor(parts: ShareAccessParts) {
    this.#parts = parts;
  }

  /** The links that the principal has made or may administer. */
  listFor(principal: Principal): readonly ShareRecord[] {
    return this.#parts.shares.all.filter((share) => mayEnd(principal, share));
  }

  /**
   * Makes a link to a camera that the principal may administer.
   *
   * @throws {GatewayError} `forbidden` or `overloaded`.
   */
  async create(
    { userId, user, roles, credential, expiresAt }: Principal,
    link: { camera: string; note?: string | undefined; ageMaxMs: number },
  ): Promise<{ code: string; share: ShareRecord }> {
    const { shares, grantsOf, now } = this.#parts;
    const creator = { userId, user, ...roles === undefined ? {} : { roles } };
    if (grantsOf(creator) === undefined) {
      throw new GatewayError("forbidden", { context: { user } });
    }
    // What a program may do ends with its token, and so do its links.
    const leftMs = credential.kind === "session" ? Infinity : expiresAt - now();
    const ageMaxMs = Math.min(link.ageMaxMs, leftMs);
    return await shares.create({ ...link, creator, ageMaxMs });
  }

  /**
   * Revokes a link.
   *
   * @throws {GatewayError} `not_found` for those of others, too.
   */
  async revoke(principal: Principal, id: string): Promise<ShareRecord> {
    const { shares } = this.#parts;
    const share = shares.byId(id);
    if (share === undefined || !mayEnd(principal, share)) {
      throw new GatewayError("not_found");
    }
    await shares.revoke(id);
    return share;
  }

  /**
   * The link with this secret.
   *
   * @throws {GatewayError} `share_ended` or `rate_limited`.
   */
  find(
    { code, address }: { code: string; address: string },
  ): ShareRecord {
    const { shares, limit } = this.#parts;
    const attempt = limit.begin({ account: undefined, address });
    const share = shares.find(code);
    if (share === undefined || this.standing(share.id) === undefined) {
      throw new GatewayError("share_ended");
    }
    attempt.succeed();
    return share;
  }

  /** Opens a session for somebody who has the link. */
  open({ id, expiresAt }: ShareRecord): SignedIn {
    const { sessions, now } = this.#parts;
    const standing = this.standing(id);
    if (standing === undefined) throw new GatewayError("share_ended");
    const { userId, user } = standing;
    const owner = { id: userId, sessionsFrom: 0 };
    const secret = sessions.open(owner, { kind: "share", share: id });
    return { user, secret, ageMaxMs: expiresAt - now() };
  }

  /** What a link lets its holders do, as long as its creator could do more. */
  standing(id: string): Standing | undefined {
    const { shares, grantsOf } = this.#parts;
    const share = shares.byId(id);
    if (share === undefined) return undefined;
    const { camera, note, creator, expiresAt } = share;
    const grants = grantsOf(creator) ?? [];
    if (!may({ grants, scope: undefined }, "admin", camera)) return undefined;
    return {
      userId: `share ${id}`,
      user: `share "${note ?? id}"`,
      grants: [{ right: "view", cameras: camera }],
      expiresAt,
    };
  }
}

/** A token within its scope only, even for its user's own links. */
function mayEnd(principal: Principal, { creator, camera }: ShareRecord) {
  const isOwn = creator.userId === principal.userId &&
    principal.scope === undefined;
  return isOwn || may(principal, "admin", camera);
}
