/**
 * One pipeline: what a request presents → a credential → a principal, asked
 * for again as long as a viewer lives.
 *
 * @module
 */

import type { AccessConfig } from "../../config/config.ts";
import { type ErrorCode, GatewayError } from "../../errors.ts";
import { RIGHTS_REVIEW_INTERVAL_MS, SESSION_AGE_MAX_MS } from "../../limits.ts";
import type { Logger } from "../../log.ts";
import { Leases } from "./lease.ts";
import { Login } from "./login.ts";
import { Passwords } from "./password.ts";
import { type Credential, may, type Principal } from "./principal.ts";
import { LoginLimit } from "./rate_limit.ts";
import { Roles } from "./roles.ts";
import { hashOf } from "./secret.ts";
import { Sessions } from "./session.ts";
import { notSaved } from "./state_file.ts";
import { Tokens } from "./token.ts";
import { type User, Users } from "./users.ts";

/** What a request presents. */
export type Presented =
  | { readonly kind: "cookie"; readonly secret: string }
  | { readonly kind: "bearer"; readonly token: string };

/** What {@linkcode Auth} needs. */
export interface AuthOptions {
  readonly access: AccessConfig;
  readonly stateDir: string;
  readonly log: Logger;
  readonly now: () => number;
  /** Milliseconds that no one can set back or forward: for waits. */
  readonly uptime?: () => number;
}

interface AuthParts {
  readonly roles: Roles;
  readonly users: Users;
  readonly sessions: Sessions;
  readonly tokens: Tokens;
  readonly log: Logger;
  readonly uptime: () => number;
}

/** Everything the gateway knows of users and their rights. */
export class Auth implements AsyncDisposable {
  readonly #parts: AuthParts;
  readonly #passwords = new Passwords();
  readonly #reviewTimer: ReturnType<typeof setInterval>;
  #reviewing: Promise<void> | undefined;
  /** What could not be read at the last look. */
  readonly #unread = new Set<Users | Tokens>();
  readonly login: Login;
  readonly leases: Leases;

  private constructor(parts: AuthParts) {
    const { users, sessions, uptime } = parts;
    this.#parts = parts;
    this.login = new Login({
      users,
      sessions,
      passwords: this.#passwords,
      // A Raspberry Pi learns the time after its start, and jumps by days.
      limit: new LoginLimit(uptime),
      now: uptime,
    });
    this.leases = new Leases(refusal);
    this.#reviewTimer = setInterval(
      () => this.review(),
      RIGHTS_REVIEW_INTERVAL_MS,
    );
  }

  /** Opens the state folder; makes it if there is none. */
  static async open(
    { stateDir, access, log, now, uptime = () => performance.now() }:
      AuthOptions,
  ): Promise<Auth> {
    await Deno.mkdir(stateDir, { recursive: true, mode: 0o700 })
      .catch((error) => {
        throw notSaved(stateDir, error);
      });
    const onSaveError = (error: unknown) =>
      log.error("state not saved", {
        error: nameOf(error),
        ...error instanceof GatewayError ? error.context : {},
      });
    const sessions = await Sessions.open({ stateDir, now, onSaveError });
    const users = await Users.open(stateDir);
    const tokens = await Tokens.open({ stateDir, now, onSaveError });
    const roles = new Roles(access.roles);
    return new Auth({ roles, users, sessions, tokens, log, uptime });
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
    const credential = await this.#credential(presented);
    const principal = credential.principal();
    if (principal === undefined) throw new GatewayError("session_ended");
    return principal;
  }

  /** The session whose cookie has this hash ({@linkcode hashOf}). */
  session(key: string): Credential {
    const { users, sessions } = this.#parts;
    const credential: Credential = {
      kind: "session",
      end: () => sessions.end(key),
      principal: () => {
        const session = sessions.find(key);
        const user = session && users.byId(session.userId);
        if (user === undefined || session === undefined) return undefined;
        // No comparison of times: a login under way while the password
        // changes knew the user from before.
        if (session.sessionsFrom !== user.sessionsFrom) return undefined;
        sessions.touch(session);
        const expiresAt = session.createdAt + SESSION_AGE_MAX_MS;
        return { ...known(user), credential, expiresAt, scope: undefined };
      },
    };
    return credential;
  }

  /** Ends a session, and all that lives on it, at once. */
  logout(credential: Credential): void {
    credential.end?.();
    this.leases.review();
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
        this.#unread.delete(file);
      } catch (error) {
        // Once, not twice a second.
        if (this.#unread.has(file)) continue;
        this.#unread.add(file);
        log.error("state not read", {
          error: nameOf(error),
          reason: error instanceof Error ? error.message : undefined,
        });
      }
    }
    this.leases.review();
  }

  #credential(presented: Presented): Credential | Promise<Credential> {
    switch (presented.kind) {
      case "cookie":
        return this.session(hashOf(presented.secret));
      case "bearer":
        return this.#token(presented.token);
    }
  }

  async #token(token: string): Promise<Credential> {
    const { users, tokens } = this.#parts;
    const { userId, scope, expiresAt, ...rest } = await tokens.verify(token);
    const credential: Credential = {
      kind: "token",
      principal: () => {
        if (!tokens.lives({ ...rest, expiresAt })) return undefined;
        const user = users.byId(userId);
        return user && { ...known(user), credential, expiresAt, scope };
      },
    };
    return credential;
  }
}

/** What a camera's viewer may lose: the login, or the right to the camera. */
function refusal(
  credential: Credential,
  camera: string,
): ErrorCode | undefined {
  const principal = credential.principal();
  if (principal === undefined) return "session_ended";
  return may(principal, "view", camera) ? undefined : "rights_ended";
}

function known({ id, name, grants }: User) {
  return { userId: id, user: name, grants };
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
