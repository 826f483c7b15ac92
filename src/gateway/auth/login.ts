/**
 * The ways into a session: a password, the first start's setup link, the
 * demo's login link. Each returns the secret of a new session.
 *
 * @module
 */

import { GatewayError } from "../../errors.ts";
import { DEMO_CODE_AGE_MAX_MS, SETUP_CODE_AGE_MAX_MS } from "../../limits.ts";
import { OneTimeCode } from "./one_time.ts";
import {
  isGoodPassword,
  needsRehash,
  parsePassword,
  type Passwords,
} from "./password.ts";
import type { Attempt, LoginLimit } from "./rate_limit.ts";
import { sameSecret } from "./secret.ts";
import type { Sessions } from "./session.ts";
import { type Totp, totpStep } from "./totp.ts";
import { isUserName, type User, type Users } from "./users.ts";

/** What signing in works with. */
export interface LoginParts {
  readonly users: Users;
  readonly sessions: Sessions;
  readonly passwords: Passwords;
  readonly limit: LoginLimit;
  readonly now: () => number;
  /** For what ages, whichever time the clock is set to. */
  readonly uptime: () => number;
}

/** A name and a password, and the client's address. */
export interface PasswordProof {
  readonly user: string;
  readonly password: string;
  /** The code of an authenticator app, for whoever needs one. */
  readonly totp?: string | undefined;
  readonly address: string;
}

/** A session just opened. */
export interface SignedIn {
  readonly user: string;
  /** For the cookie. */
  readonly secret: string;
  /** How long the cookie is good for; none: as long as any session. */
  readonly ageMaxMs?: number | undefined;
}

const DEMO_USER = "demo";

/** Opens sessions. */
export class Login {
  readonly #parts: LoginParts;
  #setupCode: OneTimeCode | undefined;
  #demoCode: OneTimeCode | undefined;

  constructor(parts: LoginParts) {
    this.#parts = parts;
  }

  /** The code of a setup link; none once there is a user. */
  issueSetupCode(): string | undefined {
    const { users, uptime } = this.#parts;
    if (users.all.length > 0) return undefined;
    const { text, code } = OneTimeCode.issue({
      ageMaxMs: SETUP_CODE_AGE_MAX_MS,
      now: uptime,
    });
    this.#setupCode = code;
    return text;
  }

  /** The code of the demo's login link; its user can sign in no other way. */
  async issueDemoCode(): Promise<string> {
    const { users, uptime } = this.#parts;
    if (users.find(DEMO_USER) === undefined) {
      await users.add({
        name: DEMO_USER,
        grants: [{ right: "view", cameras: "**" }],
      });
    }
    const { text, code } = OneTimeCode.issue({
      ageMaxMs: DEMO_CODE_AGE_MAX_MS,
      now: uptime,
    });
    this.#demoCode = code;
    return text;
  }

  /** Signs in by name and password, and the second factor of who has one. */
  async byPassword(proof: PasswordProof): Promise<SignedIn> {
    return this.#open(await this.verify(proof));
  }

  /**
   * The user whose password it is.
   *
   * @throws {GatewayError} `login_refused`, `rate_limited` and others.
   */
  async verify(
    { user: name, password: text, totp: code, address }: PasswordProof,
  ): Promise<User> {
    const { users, passwords, limit } = this.#parts;
    const password = parsePassword(text);
    const attempt = limit.begin({ account: name, address });
    const found = users.find(name);
    // Unknown users take the same path: only the end differs.
    const matches = await passwords.verify(password, found?.password);
    const user = users.byId(found?.id ?? "");
    // It may have been changed or taken while this one was verified.
    const stands = user?.password !== undefined &&
      found?.password !== undefined &&
      sameSecret(user.password, found.password);
    if (!matches || !stands) throw new GatewayError("login_refused");
    if (user.totp !== undefined) {
      await this.#checkTotp(user, user.totp, { code, attempt });
    }
    attempt.succeed();
    await this.#rehash(user, password);
    return user;
  }

  /** Asks for a code only after the right password, so that it tells nothing. */
  async #checkTotp(
    user: User,
    totp: Totp,
    { code, attempt }: { code: string | undefined; attempt: Attempt },
  ): Promise<void> {
    const { users, now } = this.#parts;
    if (code === undefined) {
      attempt.goOn();
      throw new GatewayError("totp_needed");
    }
    const step = totpStep(totp, { code, now: now() });
    const isUsed = step !== undefined && await users.useStep(user, step);
    if (!isUsed) throw new GatewayError("totp_refused");
  }

  /** Signs in by the demo's link. */
  byCode({ code, address }: { code: string; address: string }): SignedIn {
    const { users, limit } = this.#parts;
    const attempt = limit.begin({ account: undefined, address });
    const user = users.find(DEMO_USER);
    if (!this.#demoCode?.matches(code) || user === undefined) {
      throw new GatewayError("link_expired");
    }
    this.#demoCode.spend();
    attempt.succeed();
    return this.#open(user);
  }

  /** Makes the first user, who may do everything, and signs them in. */
  async setUp(
    { code, user: name, password: text, address }: {
      code: string;
      user: string;
      password: string;
      address: string;
    },
  ): Promise<SignedIn> {
    const { users, passwords, limit } = this.#parts;
    const attempt = limit.begin({ account: undefined, address });
    if (!this.#setupCode?.matches(code)) throw new GatewayError("link_expired");
    attempt.succeed();
    if (!isUserName(name)) throw new GatewayError("bad_user_name");
    const password = parsePassword(text);
    if (!isGoodPassword(password)) throw new GatewayError("weak_password");
    const user = await users.add({
      name,
      password: await passwords.hash(password),
      grants: [{ right: "admin", cameras: "**" }],
    }, { onlyFirst: true });
    this.#setupCode.spend();
    if (user === undefined) throw new GatewayError("link_expired");
    return this.#open(user);
  }

  #open(user: User): SignedIn {
    return { user: user.name, secret: this.#parts.sessions.open(user) };
  }

  async #rehash(user: User, password: string): Promise<void> {
    const { users, passwords } = this.#parts;
    if (user.password === undefined || !needsRehash(user.password)) return;
    try {
      await users.rehash(user, await passwords.hash(password));
    } catch (error) {
      // The old hash is still a good one; the next login tries again.
      if (!(error instanceof GatewayError)) throw error;
    }
  }
}
