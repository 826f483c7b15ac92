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
import type { LoginLimit } from "./rate_limit.ts";
import type { Sessions } from "./session.ts";
import { isUserName, type User, type Users } from "./users.ts";

/** What signing in works with. */
export interface LoginParts {
  readonly users: Users;
  readonly sessions: Sessions;
  readonly passwords: Passwords;
  readonly limit: LoginLimit;
  readonly now: () => number;
}

/** A session just opened. */
export interface SignedIn {
  readonly user: string;
  /** For the cookie. */
  readonly secret: string;
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
    const { users, now } = this.#parts;
    if (users.all.length > 0) return undefined;
    const { text, code } = OneTimeCode.issue({
      ageMaxMs: SETUP_CODE_AGE_MAX_MS,
      now,
    });
    this.#setupCode = code;
    return text;
  }

  /** The code of the demo's login link; its user can sign in no other way. */
  async issueDemoCode(): Promise<string> {
    const { users, now } = this.#parts;
    if (users.find(DEMO_USER) === undefined) {
      await users.add({
        name: DEMO_USER,
        grants: [{ right: "view", cameras: "**" }],
      });
    }
    const { text, code } = OneTimeCode.issue({
      ageMaxMs: DEMO_CODE_AGE_MAX_MS,
      now,
    });
    this.#demoCode = code;
    return text;
  }

  /** Signs in by name and password. */
  async byPassword(
    { user: name, password: text, address }: {
      user: string;
      password: string;
      address: string;
    },
  ): Promise<SignedIn> {
    const { users, passwords, limit } = this.#parts;
    const password = parsePassword(text);
    const attempt = limit.begin({ account: name, address });
    const found = users.find(name);
    // Unknown users take the same path: only the end differs.
    const matches = await passwords.verify(password, found?.password);
    const user = users.byId(found?.id ?? "");
    if (!matches || user === undefined || user.password !== found?.password) {
      throw new GatewayError("login_refused");
    }
    attempt.succeed();
    await this.#rehash(user, password);
    return this.#open(user);
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
