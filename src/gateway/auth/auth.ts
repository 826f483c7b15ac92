/**
 * One pipeline: what a request presents → a credential → a principal, asked
 * for again as long as a viewer lives.
 *
 * @module
 */

import type { AccessConfig } from "../../config/config.ts";
import type { Grant } from "../../config/grant.ts";
import { type ErrorCode, GatewayError } from "../../errors.ts";
import { RIGHTS_REVIEW_INTERVAL_MS } from "../../limits.ts";
import { kindOf, type Logger } from "../../log.ts";
import { Basic, type BasicProof } from "./basic.ts";
import {
  bearerCredential,
  type BearerParts,
  type BearerProof,
} from "./bearer.ts";
import { Leases } from "./lease.ts";
import { Login } from "./login.ts";
import { Machines } from "./machine.ts";
import { OidcLogin } from "./oidc.ts";
import { Passwords } from "./password.ts";
import { presented, type Sender } from "./presented.ts";
import {
  type Credential,
  may,
  type Principal,
  type Standing,
} from "./principal.ts";
import { ProviderTokens } from "./provider_token.ts";
import {
  type Arrival,
  ProxyIdentities,
  type ProxyIdentity,
} from "./proxy_identity.ts";
import { LoginLimit } from "./rate_limit.ts";
import { Roles } from "./roles.ts";
import { hashOf } from "./secret.ts";
import { type Session, Sessions } from "./session.ts";
import { sessionCredential } from "./session_credential.ts";
import { type ShareCreator, Shares } from "./share.ts";
import { ShareAccess } from "./share_access.ts";
import { notSaved } from "./state_file.ts";
import { StateFolder } from "./state_folder.ts";
import { Tickets } from "./ticket.ts";
import { Tokens } from "./token.ts";
import { Users } from "./users.ts";

/** What a request presents. */
export type Presented =
  | { readonly kind: "cookie"; readonly secret: string }
  | { readonly kind: "ticket"; readonly ticket: string }
  | BearerProof
  | BasicProof
  | ProxyIdentity;

/** What {@linkcode Auth} needs. */
export interface AuthOptions {
  readonly access: AccessConfig;
  readonly stateDir: string;
  readonly log: Logger;
  readonly now: () => number;
  /** Milliseconds that no one can set back or forward: for waits. */
  readonly uptime?: () => number;
}

interface AuthParts extends BearerParts {
  readonly sessions: Sessions;
  readonly proxies: ProxyIdentities;
  readonly shares: Shares;
  readonly log: Logger;
  readonly uptime: () => number;
}

/** Everything the gateway knows of users and their rights. */
export class Auth implements AsyncDisposable {
  readonly #parts: AuthParts;
  readonly #passwords = new Passwords();
  readonly #reviewTimer: ReturnType<typeof setInterval>;
  #reviewing: Promise<void> | undefined;
  #reviewingAgain: Promise<void> | undefined;
  readonly #basic: Basic;
  readonly #files: StateFolder;
  readonly login: Login;
  readonly leases: Leases;
  readonly shares: ShareAccess;
  readonly oidc: OidcLogin;
  readonly tickets: Tickets;

  private constructor(parts: AuthParts) {
    const { users, sessions, shares, roles, log, now, uptime } = parts;
    const { tokens, machines } = parts;
    this.#parts = parts;
    this.#files = new StateFolder(
      [users, tokens, machines, shares, sessions],
      log,
    );
    // A Raspberry Pi learns the time after its start, and jumps by days.
    const limit = new LoginLimit(uptime);
    const grantsOf = (creator: ShareCreator) => this.#grantsOf(creator);
    this.shares = new ShareAccess({ shares, sessions, limit, grantsOf, now });
    this.tickets = new Tickets(now);
    this.oidc = new OidcLogin({ roles, sessions, limit, now });
    this.login = new Login({
      users,
      sessions,
      passwords: this.#passwords,
      limit,
      now,
      uptime,
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
    { stateDir, access, log, now, uptime = () => performance.now() }:
      AuthOptions,
  ): Promise<Auth> {
    await Deno.mkdir(stateDir, { recursive: true, mode: 0o700 })
      .catch((error) => {
        throw notSaved(stateDir, error);
      });
    const onSaveError = (error: unknown) =>
      log.error("state not saved", {
        error: kindOf(error),
        ...error instanceof GatewayError ? error.context : {},
      });
    const sessions = await Sessions.open({ stateDir, now, onSaveError });
    const users = await Users.open(stateDir);
    const tokens = await Tokens.open({ stateDir, now, onSaveError });
    const machines = await Machines.open({ stateDir, now });
    const shares = await Shares.open({ stateDir, now });
    const roles = new Roles([]);
    const providers = new ProviderTokens({ roles, log, now });
    const proxies = new ProxyIdentities({ roles, log, now });
    const auth = new Auth({
      roles,
      users,
      sessions,
      tokens,
      machines,
      shares,
      providers,
      proxies,
      log,
      now,
      uptime,
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
    this.oidc.replace(access.identityProviders);
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
    if (principal === undefined) {
      throw new GatewayError(credential.ended ?? "session_ended");
    }
    return principal;
  }

  /** The session whose cookie has this hash ({@linkcode hashOf}). */
  session(key: string): Credential {
    const { sessions } = this.#parts;
    const standingOf = (session: Session) => this.#standing(session);
    return sessionCredential(key, { sessions, standingOf });
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
    if (this.#reviewing === undefined) return this.#beginReview();
    // That one may have looked before the change that the caller knows of.
    return this.#reviewingAgain ??= this.#reviewing.then(() => {
      this.#reviewingAgain = undefined;
      return this.#reviewing ?? this.#beginReview();
    });
  }

  #beginReview(): Promise<void> {
    return this.#reviewing = this.#review().finally(() => {
      this.#reviewing = undefined;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#reviewTimer);
    await (this.#reviewingAgain ?? this.#reviewing);
    this.#passwords[Symbol.dispose]();
    await this.#parts.sessions[Symbol.asyncDispose]();
  }

  async #review(): Promise<void> {
    await this.#files.refresh();
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
      case "ticket":
        return this.tickets.redeem(presented.ticket);
    }
  }

  /** What a session stands for now, by its kind. */
  #standing(session: Session): Standing | undefined {
    switch (session.as?.kind) {
      case undefined:
        return this.#user(session);
      case "share":
        return this.shares.standing(session.as.share);
      case "provider":
        return this.oidc.standing(session, session.as);
    }
  }

  #user({ userId, sessionsFrom }: Session): Standing | undefined {
    const user = this.#parts.users.byId(userId);
    // No comparison of times: a login under way while the password changes
    // knew the user from before.
    const holds = user !== undefined && user.sessionsFrom === sessionsFrom;
    return holds ? this.#parts.roles.identify(user) : undefined;
  }

  /** What whoever made a link may do now. */
  #grantsOf({ userId, roles }: ShareCreator): readonly Grant[] | undefined {
    if (roles !== undefined) return this.#parts.roles.grantsOf(roles);
    const user = this.#parts.users.byId(userId);
    return user && this.#parts.roles.identify(user).grants;
  }
}

/** What a camera's viewer may lose: the login, or the right to the camera. */
function refusal(
  credential: Credential,
  camera: string,
): ErrorCode | undefined {
  const principal = credential.principal();
  if (principal === undefined) return credential.ended ?? "session_ended";
  return may(principal, "view", camera) ? undefined : "rights_ended";
}
