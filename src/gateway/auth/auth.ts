/**
 * One pipeline: what a request presents → a credential → a principal, asked
 * for again as long as a viewer lives.
 *
 * @module
 */

import { type ErrorCode, GatewayError } from "../../errors.ts";
import { RIGHTS_REVIEW_INTERVAL_MS, SESSION_AGE_MAX_MS } from "../../limits.ts";
import type { Logger } from "../../log.ts";
import { Leases } from "./lease.ts";
import { Login } from "./login.ts";
import { Passwords } from "./password.ts";
import { type Credential, may, type Principal } from "./principal.ts";
import { LoginLimit } from "./rate_limit.ts";
import { hashOf } from "./secret.ts";
import { Sessions } from "./session.ts";
import { Tokens } from "./token.ts";
import { type User, Users } from "./users.ts";

/** What a request presents. */
export type Presented =
  | { readonly kind: "cookie"; readonly secret: string }
  | { readonly kind: "bearer"; readonly token: string };

/** What {@linkcode Auth} needs. */
export interface AuthOptions {
  readonly stateDir: string;
  readonly log: Logger;
  readonly now: () => number;
}

interface AuthParts {
  readonly users: Users;
  readonly sessions: Sessions;
  readonly tokens: Tokens;
  readonly log: Logger;
  readonly now: () => number;
}

/** Everything the gateway knows of users and their rights. */
export class Auth implements AsyncDisposable {
  readonly #parts: AuthParts;
  readonly #passwords = new Passwords();
  readonly #reviewTimer: ReturnType<typeof setInterval>;
  #reviewing: Promise<void> | undefined;
  readonly login: Login;
  readonly leases: Leases;

  private constructor(parts: AuthParts) {
    const { users, sessions, now } = parts;
    this.#parts = parts;
    this.login = new Login({
      users,
      sessions,
      passwords: this.#passwords,
      limit: new LoginLimit(now),
      now,
    });
    this.leases = new Leases((credential, camera) =>
      this.#refusal(credential, camera)
    );
    this.#reviewTimer = setInterval(
      () => this.review(),
      RIGHTS_REVIEW_INTERVAL_MS,
    );
  }

  /** Opens the state folder; makes it if there is none. */
  static async open({ stateDir, log, now }: AuthOptions): Promise<Auth> {
    await Deno.mkdir(stateDir, { recursive: true, mode: 0o700 });
    const sessions = await Sessions.open({
      stateDir,
      now,
      onSaveError: (error) =>
        log.error("sessions not saved", { error: nameOf(error) }),
    });
    const users = await Users.open(stateDir);
    const tokens = await Tokens.open({ stateDir, now });
    return new Auth({ users, sessions, tokens, log, now });
  }

  /** Whether a text is a user's name, and so no password typed there. */
  isUser(name: string): boolean {
    return this.#parts.users.find(name) !== undefined;
  }

  /** Whether anybody can sign in. */
  get hasUsers(): boolean {
    return this.#parts.users.all.length > 0;
  }

  /**
   * Who presents this.
   *
   * @throws {GatewayError} `session_ended` or `unauthenticated`.
   */
  async authenticate(presented: Presented): Promise<Principal> {
    const credential: Credential = presented.kind === "cookie"
      ? { kind: "session", key: hashOf(presented.secret) }
      : await this.#parts.tokens.verify(presented.token);
    const principal = this.principalOf(credential);
    if (principal === undefined) throw new GatewayError("session_ended");
    return principal;
  }

  /** Who a credential stands for at this moment, if anybody. */
  principalOf(credential: Credential): Principal | undefined {
    const { users, sessions, tokens } = this.#parts;
    if (credential.kind === "token") {
      if (!tokens.lives(credential)) return undefined;
      const user = users.byId(credential.userId);
      return user && principal(user, credential, credential.expiresAt);
    }
    const session = sessions.find(credential.key);
    const user = session && users.byId(session.userId);
    if (user === undefined || session === undefined) return undefined;
    // No comparison of times: a login under way while the password changes
    // knew the user from before.
    if (session.sessionsFrom !== user.sessionsFrom) return undefined;
    sessions.touch(session);
    return principal(user, credential, session.createdAt + SESSION_AGE_MAX_MS);
  }

  /** Ends a session, and all that lives on it, at once. */
  logout(credential: Credential): void {
    if (credential.kind === "session") {
      this.#parts.sessions.end(credential.key);
      this.leases.review();
    }
  }

  /** Looks for changes that the command line made, and ends what they end. */
  review(): Promise<void> {
    return this.#reviewing ??= this.#review().finally(() => {
      this.#reviewing = undefined;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#reviewTimer);
    await this.#reviewing;
    this.#passwords[Symbol.dispose]();
    await this.#parts.sessions[Symbol.asyncDispose]();
  }

  async #review(): Promise<void> {
    const { users, tokens, log } = this.#parts;
    for (const file of [users, tokens]) {
      try {
        await file.refresh();
      } catch (error) {
        log.error("state not read", {
          error: nameOf(error),
          reason: error instanceof Error ? error.message : undefined,
        });
      }
    }
    this.leases.review();
  }

  #refusal(credential: Credential, camera: string): ErrorCode | undefined {
    const principal = this.principalOf(credential);
    if (principal === undefined) return "session_ended";
    return may(principal, "view", camera) ? undefined : "rights_ended";
  }
}

function principal(
  user: User,
  credential: Credential,
  expiresAt: number,
): Principal {
  return {
    userId: user.id,
    user: user.name,
    grants: user.grants,
    scope: credential.kind === "token" ? credential.scope : undefined,
    credential,
    expiresAt,
  };
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
