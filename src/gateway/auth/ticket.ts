/**
 * One-time tickets: a page that cannot send a cookie or a header with its
 * request, because it lives elsewhere, gets one from a page or a program that
 * can, and shows one camera with it.
 *
 * A ticket is bound to who asked for it and to one camera. It is not bound to
 * an address: a phone changes its own between two requests, a machine with
 * IPv4 and IPv6 dials by whichever answers first, and a program often asks
 * for the ticket that a browser elsewhere uses. One use within 30 seconds is
 * what makes a copy worthless.
 *
 * @module
 */

import { GatewayError } from "../../errors.ts";
import {
  TICKET_AGE_MAX_MS,
  TICKETS_MAX,
  TICKETS_PER_USER_MAX,
} from "../../limits.ts";
import { type Credential, may, type Principal } from "./principal.ts";
import { hashOf, newSecret } from "./secret.ts";

/** How every ticket begins: people and scanners see what it is. */
export const TICKET_PREFIX = "nalgate_ticket_";

interface Ticket {
  readonly issuer: Credential;
  readonly userId: string;
  readonly camera: string;
  readonly expiresAt: number;
}

/** Issues and redeems tickets; they live in memory only, hashed. */
export class Tickets {
  readonly #now: () => number;
  /** By the ticket's hash, oldest first. */
  readonly #tickets = new Map<string, Ticket>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Issues a ticket to view one camera, by its key.
   *
   * @throws {GatewayError} `rate_limited` or `overloaded`.
   */
  issue(
    { credential, userId }: Pick<Principal, "credential" | "userId">,
    camera: string,
  ): { ticket: string; expiresAt: number } {
    this.#prune();
    const all = [...this.#tickets.values()];
    const own = all.filter((ticket) => ticket.userId === userId).length;
    if (own >= TICKETS_PER_USER_MAX) {
      throw new GatewayError("rate_limited", { context: { tickets: own } });
    }
    if (all.length >= TICKETS_MAX) {
      throw new GatewayError("overloaded", {
        context: { tickets: TICKETS_MAX },
      });
    }
    const ticket = TICKET_PREFIX + newSecret();
    const expiresAt = this.#now() + TICKET_AGE_MAX_MS;
    const issuer = credential;
    this.#tickets.set(hashOf(ticket), { issuer, userId, camera, expiresAt });
    return { ticket, expiresAt };
  }

  /**
   * What a ticket stands for; it is spent, whatever comes of it.
   *
   * @throws {GatewayError} `ticket_expired`.
   */
  redeem(text: string): Credential {
    this.#prune();
    const key = hashOf(text);
    const ticket = this.#tickets.get(key);
    if (ticket === undefined) throw new GatewayError("ticket_expired");
    this.#tickets.delete(key);
    return narrowed(ticket);
  }

  /** All live equally long, so that the oldest expire first. */
  #prune(): void {
    const now = this.#now();
    for (const [key, { expiresAt }] of this.#tickets) {
      if (now < expiresAt) return;
      this.#tickets.delete(key);
    }
  }
}

/** The issuer, as long as they may view the camera, and only there. */
function narrowed({ issuer, camera }: Ticket): Credential {
  const credential: Credential = {
    kind: "ticket",
    get ended() {
      return issuer.ended;
    },
    principal: () => {
      const principal = issuer.principal();
      if (principal === undefined) return undefined;
      const grants = may(principal, "view", camera)
        ? [{ right: "view" as const, cameras: camera }]
        : [];
      return { ...principal, grants, scope: undefined, credential };
    },
  };
  return credential;
}
