/**
 * Bearer tokens: JWTs of our own making, good only while they stand in
 * `tokens.json`. Revoking one, or losing the list, ends it at once.
 *
 * @module
 */

import { join } from "@std/path";
import { errors, jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import { GatewayError } from "../../errors.ts";
import {
  CLOCK_TOLERANCE_S,
  TOKEN_AGE_MAX_MS,
  TOKEN_LENGTH_MAX,
  TOKEN_LIFE_MAX_MS,
  TOKEN_PROLONG_INTERVAL_MS,
  TOKENS_MAX,
} from "../../limits.ts";
import type { Grant } from "../../config/grant.ts";
import type { Prolonged } from "./principal.ts";
import { refusal } from "./refusal.ts";
import { newId } from "./secret.ts";
import { removeFrom, StateFile } from "./state_file.ts";
import {
  findTokenKey,
  openTokenKey,
  TOKEN_ALGORITHM,
  type TokenKey,
} from "./token_key.ts";
import { GRANTS, type User } from "./users.ts";

const ISSUER = "nalgate";
const TYPE = "nalgate+jwt";

/** An issued token, without the token itself. */
export interface TokenRecord {
  readonly id: string;
  readonly userId: string;
  readonly scope: readonly Grant[];
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** When the newest token of this id ends. */
  readonly expiresAt: number;
  /** When that was issued, if it is not the first. */
  readonly prolongedAt?: number | undefined;
}

/** What a token says, once its signature and its times are good. */
export interface VerifiedToken {
  readonly id: string;
  readonly userId: string;
  readonly scope: readonly Grant[];
  /** How long it was to live, from its issue to its end. */
  readonly ageMs: number;
}

const FILE = z.array(z.strictObject({
  id: z.string(),
  userId: z.string(),
  scope: GRANTS,
  createdAt: z.number(),
  expiresAt: z.number(),
  prolongedAt: z.number().optional(),
})).max(TOKENS_MAX);

const CLAIMS = z.object({
  sub: z.string(),
  jti: z.string(),
  iat: z.number(),
  exp: z.number(),
  scope: GRANTS,
});

/** Issues, verifies and revokes bearer tokens. */
export class Tokens {
  readonly #stateDir: string;
  /** None: nothing can have been signed. */
  #key: TokenKey | undefined;
  /** Until there is a key: nobody else has it, which is what matters. */
  readonly #unsavedInstance = `nalgate-${newId()}`;
  readonly #file: StateFile<readonly TokenRecord[]>;
  readonly #now: () => number;

  private constructor(
    file: StateFile<readonly TokenRecord[]>,
    { stateDir, key, now }: {
      stateDir: string;
      key: TokenKey | undefined;
      now: () => number;
    },
  ) {
    this.#stateDir = stateDir;
    this.#key = key;
    this.#file = file;
    this.#now = now;
  }

  /**
   * Opens `tokens.json` and the key of a state folder. A key that is not there
   * and cannot be made is no reason not to serve: it will come with the first
   * token.
   *
   * @throws {GatewayError} `not_saved`, unless somebody is to be told instead.
   */
  static async open(
    { stateDir, now, onSaveError }: {
      stateDir: string;
      now: () => number;
      onSaveError?: (error: unknown) => void;
    },
  ): Promise<Tokens> {
    const file = await StateFile.open<readonly TokenRecord[]>({
      path: join(stateDir, "tokens.json"),
      parse: (json) => FILE.parse(json),
      empty: [],
    });
    const key = await openTokenKey(stateDir).catch((error) => {
      if (onSaveError === undefined) throw error;
      onSaveError(error);
      return undefined;
    });
    return new Tokens(file, { stateDir, key, now });
  }

  /** Which nalgate this is. */
  get instance(): string {
    return this.#key?.instance ?? this.#unsavedInstance;
  }

  /** The tokens that have not expired. */
  get all(): readonly TokenRecord[] {
    return this.#living(this.#file.value);
  }

  /** Looks whether somebody else edited the list. */
  async refresh(): Promise<boolean> {
    this.#key ??= await findTokenKey(this.#stateDir);
    return await this.#file.refresh();
  }

  /** Issues a token: the only time that anybody sees it. */
  async issue(
    { user, scope, ageMaxMs }: {
      user: User;
      scope: readonly Grant[];
      ageMaxMs: number;
    },
  ): Promise<{ token: string; record: TokenRecord }> {
    const key = this.#key ??= await openTokenKey(this.#stateDir);
    // JWT counts in seconds.
    const issuedAtS = Math.floor(this.#now() / 1000);
    const expiresAtS = issuedAtS +
      Math.floor(Math.min(ageMaxMs, TOKEN_AGE_MAX_MS) / 1000);
    const record: TokenRecord = {
      id: newId(),
      userId: user.id,
      scope,
      createdAt: issuedAtS * 1000,
      expiresAt: expiresAtS * 1000,
    };
    const token = await sign(record, { key, issuedAtS });
    await this.#file.update((before) => {
      const living = this.#living(before);
      if (living.length >= TOKENS_MAX) {
        throw new GatewayError("overloaded", {
          context: { tokens: TOKENS_MAX },
        });
      }
      return [...living, record];
    });
    return { token, record };
  }

  /**
   * Another token of the same id, good for as long as the first was to be,
   * within bounds. What runs on the id goes on.
   *
   * @throws {GatewayError} `unauthenticated` once it is revoked or over,
   * `rate_limited`.
   */
  async prolong(
    { id, ageMs }: Pick<VerifiedToken, "id" | "ageMs">,
  ): Promise<Prolonged> {
    const now = this.#now();
    const issuedAtS = Math.floor(now / 1000);
    const prolong = (record: TokenRecord): TokenRecord => {
      const { createdAt, prolongedAt = 0 } = record;
      if (now < prolongedAt + TOKEN_PROLONG_INTERVAL_MS) {
        throw new GatewayError("rate_limited", {
          context: { retryAfterS: Math.ceil(TOKEN_PROLONG_INTERVAL_MS / 1000) },
        });
      }
      const expiresAt = Math.min(
        issuedAtS * 1000 + ageMs,
        createdAt + TOKEN_LIFE_MAX_MS,
      );
      return {
        ...record,
        expiresAt: Math.max(record.expiresAt, expiresAt),
        prolongedAt: now,
      };
    };
    const records = await this.#file.update((before) => {
      const stands = this.#living(before).some((record) => record.id === id);
      if (!stands) throw refusal("revoked");
      return before.map((record) =>
        record.id === id ? prolong(record) : record
      );
    });
    const record = records.find((record) => record.id === id);
    if (record === undefined) throw refusal("revoked");
    const { expiresAt } = record;
    const key = this.#key ??= await openTokenKey(this.#stateDir);
    return { token: await sign(record, { key, issuedAtS }), expiresAt };
  }

  /** Takes tokens from the list; returns how many. */
  revoke(which: (record: TokenRecord) => boolean): Promise<number> {
    return removeFrom(this.#file, which);
  }

  /**
   * What a token stands for.
   *
   * @throws {GatewayError} `unauthenticated` for whatever is wrong with it.
   */
  async verify(token: string): Promise<VerifiedToken> {
    const key = this.#key;
    if (token.length > TOKEN_LENGTH_MAX) throw refusal("length");
    if (key === undefined) throw refusal("key");
    let payload: unknown;
    try {
      ({ payload } = await jwtVerify(
        token,
        ({ kid }) => {
          if (kid !== key.kid) throw new errors.JWKSNoMatchingKey();
          return key.publicKey;
        },
        {
          algorithms: [TOKEN_ALGORITHM],
          typ: TYPE,
          issuer: ISSUER,
          audience: key.instance,
          requiredClaims: ["exp", "iat", "sub", "jti"],
          maxTokenAge: TOKEN_AGE_MAX_MS / 1000,
          clockTolerance: CLOCK_TOLERANCE_S,
          currentDate: new Date(this.#now()),
        },
      ));
    } catch (error) {
      if (error instanceof errors.JOSEError) throw refusal(error.code);
      throw error;
    }
    const claims = CLAIMS.safeParse(payload);
    if (!claims.success) throw refusal("claims");
    const { sub, jti, iat, exp, scope } = claims.data;
    // The tolerance is for the times before; the list may name a later end.
    if (this.#now() >= exp * 1000) throw refusal("exp");
    return { id: jti, userId: sub, scope, ageMs: (exp - iat) * 1000 };
  }

  /** The record of a token that still stands. */
  find(id: string): TokenRecord | undefined {
    return this.#living(this.#file.value).find((record) => record.id === id);
  }

  #living(records: readonly TokenRecord[]): readonly TokenRecord[] {
    const now = this.#now();
    return records.filter(({ expiresAt }) => now < expiresAt);
  }
}

function sign(
  { id, userId, scope, expiresAt }: TokenRecord,
  { key, issuedAtS }: { key: TokenKey; issuedAtS: number },
): Promise<string> {
  return new SignJWT({ scope })
    .setProtectedHeader({ alg: TOKEN_ALGORITHM, kid: key.kid, typ: TYPE })
    .setIssuer(ISSUER)
    .setAudience(key.instance)
    .setSubject(userId)
    .setJti(id)
    .setIssuedAt(issuedAtS)
    .setExpirationTime(expiresAt / 1000)
    .sign(key.privateKey);
}
