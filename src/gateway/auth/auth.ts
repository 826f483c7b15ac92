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
import { Basic, type BasicProof } from "./basic.ts";
import {
  bearerCredential,
  type BearerParts,
  type BearerProof,
} from "./bearer.ts";
import { Leases } from "./lease.ts";
import { Login } from "./login.ts";
import { Machines } from "./machine.ts";
import { Passwords } from "./password.ts";
import { presented, type Sender } from "./presented.ts";
import { type Credential, may, type Principal } from "./principal.ts";
import { ProviderTokens } from "./provider_token.ts";
import {
  type Arrival,
  ProxyIdentities,
  type ProxyIdentity,
} from "./proxy_identity.ts";
import { LoginLimit } from "./rate_limit.ts";
import { Roles } from "./roles.ts";
import { hashOf } from "./secret.ts";
import { Sessions } from "./session.ts";
import { Tokens } from "./token.ts";
import { Users } from "./users.ts";

/** What a request presents. */
export type Presented =
  | { readonly kind: "cookie"; readonly secret: string }
  | BearerProof
  | BasicProof
  | ProxyIdentity;

/** What {@linkcode Auth} needs. */
export interface AuthOptions {
  readonly access: AccessConfig;
  readonly stateDir: string;
  readonly log: Logger;
  readonly now: () => number;
}

interface AuthParts extends BearerParts {
  readonly sessions: Sessions;
  readonly proxies: ProxyIdentities;
  readonly log: Logger;
}

/** Everything the gateway knows of users and their rights. */
export class Auth implements AsyncDisposable {
  readonly #parts: AuthParts;
  readonly #passwords = new Passwords();
  readonly #reviewTimer: ReturnType<typeof setInterval>;
  #reviewing: Promise<void> | undefined;
  readonly #basic: Basic;
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
    this.#basic = new Basic({ ...parts, login: this.login });
    this.leases = new Leases(refusal);
    this.#reviewTimer = setInterval(
      () => this.review(),
      RIGHTS_REVIEW_INTERVAL_MS,
    );
  }

  /** Opens the state folder; makes it if there is none. */
  static async open(
    { stateDir, access, log, now }: AuthOptions,
  ): Promise<Auth> {
    await Deno.mkdir(stateDir, { recursive: true, mode: 0o700 });
    const sessions = await Sessions.open({
      stateDir,
      now,
      onSaveError: (error) =>
        log.error("sessions not saved", { error: nameOf(error) }),
    });
    const users = await Users.open(stateDir);
    const tokens = await Tokens.open({ stateDir, now });
    const machines = await Machines.open({ stateDir, now });
    const roles = new Roles([]);
    const providers = new ProviderTokens({ roles, log, now });
    const proxies = new ProxyIdentities({ roles, log, now });
    const auth = new Auth({
      roles,
      users,
      sessions,
      tokens,
      machines,
      providers,
      proxies,
      log,
      now,
    });
    auth.configure(access);
    return auth;
  }

  /** Takes a new configuration, and ends what it ends. */
  configure(access: AccessConfig): void {
    const { roles, providers, proxies } = this.#parts;
    roles.replace(access.roles);
    providers.configure(access.identityProviders);
    proxies.configure(access.proxyAuth);
    this.#basic.configure(access.basicAuth);
    this.leases.review();
  }

  /** Which nalgate this is, in what it signs. */
  get instance(): string {
    return this.#parts.tokens.instance;
  }

  /** Whether programs may send name and password with each request. */
  get takesBasic(): boolean {
    return this.#basic.isOn;
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
   * What a request presents. The proxy's word goes first: it has signed the
   * user in, and what else the request has may be meant for the proxy.
   *
   * @throws {GatewayError} When it can be read in two ways, or not at all.
   */
  async presented(
    headers: Headers,
    sender: Sender & Arrival,
  ): Promise<Presented | undefined> {
    return await this.#parts.proxies.read(headers, sender) ??
      presented(headers, sender);
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
    const { users, sessions, roles } = this.#parts;
    const credential: Credential = {
      kind: "session",
      end: () => sessions.end(key),
      endedBy: () => sessions.endedBy(key),
      principal: () => {
        const session = sessions.find(key);
        const user = session && users.byId(session.userId);
        if (user === undefined || session === undefined) return undefined;
        // No comparison of times: a login under way while the password
        // changes knew the user from before.
        if (session.sessionsFrom !== user.sessionsFrom) return undefined;
        sessions.touch(session);
        const expiresAt = session.createdAt + SESSION_AGE_MAX_MS;
        const identity = roles.identify(user);
        return { ...identity, credential, expiresAt, scope: undefined };
      },
    };
    return credential;
  }

  /** Ends a session, and all that lives on it, at once. */
  logout(credential: Credential): void {
    credential.end?.();
    this.leases.review();
  }

  /**
   * Looks for changes that the command line made, or another gateway, and
   * ends what they end.
   */
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
    const { users, tokens, machines, sessions, log } = this.#parts;
    for (const file of [users, tokens, machines, sessions]) {
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

  #credential(presented: Presented): Credential | Promise<Credential> {
    switch (presented.kind) {
      case "cookie":
        return this.session(hashOf(presented.secret));
      case "bearer":
        return bearerCredential(presented, this.#parts);
      case "basic":
        return this.#basic.credential(presented);
      case "proxy":
        return this.#parts.proxies.credential(presented);
    }
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

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
