/**
 * `Authorization: Basic` (RFC 7617), for programs that know nothing else.
 *
 * A password takes a tenth of a second to verify, which no request of a
 * program should cost: one that was right is remembered for a while, as a
 * hash under a key that lives in memory only. The hash in the state folder
 * goes into it, so that a new password makes it worthless.
 *
 * @module
 */

import { createHmac, randomBytes } from "node:crypto";
import {
  BASIC_AGE_MS,
  BASIC_ENTRIES_MAX,
  SESSION_AGE_MAX_MS,
} from "../../limits.ts";
import type { Login } from "./login.ts";
import type { Credential } from "./principal.ts";
import { refusal } from "./refusal.ts";
import type { Roles } from "./roles.ts";
import type { User, Users } from "./users.ts";

/** A name and a password, as a request presents them. */
export interface BasicProof {
  readonly kind: "basic";
  readonly user: string;
  readonly password: string;
  /** The client's address, for the limit on guesses. */
  readonly address: string;
}

/** The name and the password of a header's value, if it holds them. */
export function parseBasic(
  base64: string,
): Pick<BasicProof, "user" | "password"> | undefined {
  let text: string;
  try {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
  const colon = text.indexOf(":");
  if (colon === -1) return undefined;
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

interface Entry {
  readonly user: Promise<User>;
  readonly until: number;
}

/** Verifies names and passwords, if the configuration lets it. */
export class Basic {
  readonly #parts: {
    readonly users: Users;
    readonly roles: Roles;
    readonly login: Login;
    readonly now: () => number;
  };
  readonly #key = randomBytes(32);
  /** By the hash of name and password; the oldest first. */
  readonly #entries = new Map<string, Entry>();
  #isOn = false;

  constructor(
    parts: { users: Users; roles: Roles; login: Login; now: () => number },
  ) {
    this.#parts = parts;
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  /** Takes a new configuration. */
  configure(isOn: boolean): void {
    this.#isOn = isOn;
    this.#entries.clear();
  }

  /**
   * The credential of a user whose password is right.
   *
   * @throws {GatewayError} As a login does.
   */
  async credential(proof: BasicProof): Promise<Credential> {
    if (!this.#isOn) throw refusal("basic");
    const user = await this.#verify(proof);
    const { users, roles, now } = this.#parts;
    const { sessionsFrom } = user;
    const expiresAt = now() + SESSION_AGE_MAX_MS;
    const credential: Credential = {
      kind: "basic",
      principal: () => {
        const found = users.byId(user.id);
        // As sessions, it ends with a new password.
        const stands = this.#isOn && now() < expiresAt &&
          found?.sessionsFrom === sessionsFrom;
        return found === undefined || !stands ? undefined : {
          ...roles.identify(found),
          scope: undefined,
          credential,
          expiresAt,
        };
      },
    };
    return credential;
  }

  /** Many requests at once wait for one verification. */
  async #verify(proof: BasicProof): Promise<User> {
    const { login, now } = this.#parts;
    const before = this.#keyOf(proof);
    const known = this.#entries.get(before);
    if (known !== undefined && now() < known.until) return await known.user;
    const user = login.verify(proof);
    this.#remember(before, user);
    try {
      await user;
    } catch (error) {
      this.#entries.delete(before);
      throw error;
    }
    // The first use of an old hash has made a new one of it.
    const after = this.#keyOf(proof);
    if (after !== before) this.#remember(after, user);
    return await user;
  }

  #remember(key: string, user: Promise<User>): void {
    this.#entries.delete(key);
    this.#entries.set(key, { user, until: this.#parts.now() + BASIC_AGE_MS });
    if (this.#entries.size <= BASIC_ENTRIES_MAX) return;
    const [oldest = ""] = this.#entries.keys();
    this.#entries.delete(oldest);
  }

  #keyOf({ user, password }: BasicProof): string {
    const { id, password: phc } = this.#parts.users.find(user) ?? {};
    return createHmac("sha256", this.#key)
      .update(JSON.stringify([user, id, phc, password])).digest("base64");
  }
}
