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
import { StateFile } from "./state_file.ts";
import { openTokenKey, TOKEN_ALGORITHM, type TokenKey } from "./token_key.ts";
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
  readonly #key: TokenKey;
  readonly #file: StateFile<readonly TokenRecord[]>;
  readonly #now: () => number;

  private constructor(
    key: TokenKey,
    file: StateFile<readonly TokenRecord[]>,
    now: () => number,
  ) {
    this.#key = key;
    this.#file = file;
    this.#now = now;
  }

  /** Opens `tokens.json` and the key of a state folder. */
  static async open(
    { stateDir, now }: { stateDir: string; now: () => number },
  ): Promise<Tokens> {
    const file = await StateFile.open<readonly TokenRecord[]>({
      path: join(stateDir, "tokens.json"),
      parse: (json) => FILE.parse(json),
      empty: [],
    });
    return new Tokens(await openTokenKey(stateDir), file, now);
  }

  /** Which nalgate this is. */
  get instance(): string {
    return this.#key.instance;
  }

  /** The tokens that have not expired. */
  get all(): readonly TokenRecord[] {
    return this.#living(this.#file.value);
  }

  /** Looks whether somebody else edited the list. */
  refresh(): Promise<boolean> {
    return this.#file.refresh();
  }

  /** Issues a token: the only time that anybody sees it. */
  async issue(
    { user, scope, ageMaxMs }: {
      user: User;
      scope: readonly Grant[];
      ageMaxMs: number;
    },
  ): Promise<{ token: string; record: TokenRecord }> {
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
    const token = await this.#sign(record, issuedAtS);
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
    return { token: await this.#sign(record, issuedAtS), expiresAt };
  }

  /** Takes tokens from the list; returns how many. */
  async revoke(which: (record: TokenRecord) => boolean): Promise<number> {
    let count = 0;
    await this.#file.update((before) => {
      const after = before.filter((record) => !which(record));
      count = before.length - after.length;
      return count === 0 ? before : after;
    });
    return count;
  }

  /**
   * What a token stands for.
   *
   * @throws {GatewayError} `unauthenticated` for whatever is wrong with it.
   */
  async verify(token: string): Promise<VerifiedToken> {
    if (token.length > TOKEN_LENGTH_MAX) throw refusal("length");
    let payload: unknown;
    try {
      ({ payload } = await jwtVerify(
        token,
        ({ kid }) => {
          if (kid !== this.#key.kid) throw new errors.JWKSNoMatchingKey();
          return this.#key.publicKey;
        },
        {
          algorithms: [TOKEN_ALGORITHM],
          typ: TYPE,
          issuer: ISSUER,
          audience: this.#key.instance,
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

  #sign({ id, userId, scope, expiresAt }: TokenRecord, issuedAtS: number) {
    return new SignJWT({ scope })
      .setProtectedHeader({
        alg: TOKEN_ALGORITHM,
        kid: this.#key.kid,
        typ: TYPE,
      })
      .setIssuer(ISSUER)
      .setAudience(this.#key.instance)
      .setSubject(userId)
      .setJti(id)
      .setIssuedAt(issuedAtS)
      .setExpirationTime(expiresAt / 1000)
      .sign(this.#key.privateKey);
  }

  #living(records: readonly TokenRecord[]): readonly TokenRecord[] {
    const now = this.#now();
    return records.filter(({ expiresAt }) => now < expiresAt);
  }
}
