/**
 * Bearer tokens of identity providers: ID tokens (OpenID Connect Core 1.0)
 * and JWT access tokens (RFC 9068), checked as RFC 8725 wants it. What they
 * claim gives roles; the configuration says which.
 *
 * @module
 */

import { decodeJwt, errors, jwtVerify } from "jose";
import { z } from "zod";
import type { IdentityProviderConfig } from "../../config/config.ts";
import { GatewayError } from "../../errors.ts";
import {
  CLOCKS_TOLERANCE_S,
  PROVIDER_TOKEN_AGE_MAX_S,
  PROVIDER_TOKEN_LENGTH_MAX,
} from "../../limits.ts";
import type { Logger } from "../../log.ts";
import { rolesOfClaims, userOfClaims } from "./claims.ts";
import type { Credential } from "./principal.ts";
import { ProviderKeys } from "./provider_keys.ts";
import { refusal } from "./refusal.ts";
import type { Roles } from "./roles.ts";

/** With public keys only, so that nobody can sign who can verify. */
const ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];

/** ID tokens and access tokens; logout tokens and the like say otherwise. */
const TYPES = [undefined, "jwt", "at+jwt"];

const CLAIMS = z.looseObject({
  sub: z.string().min(1),
  exp: z.number(),
  // A logout token, and a token bound to a key that was not shown.
  events: z.undefined().optional(),
  cnf: z.undefined().optional(),
});

interface Provider {
  readonly config: IdentityProviderConfig;
  readonly keys: ProviderKeys;
}

/** Verifies tokens of all configured identity providers. */
export class ProviderTokens {
  readonly #parts: {
    readonly roles: Roles;
    readonly log: Logger;
    readonly now: () => number;
  };
  #providers: readonly Provider[] = [];

  constructor(parts: { roles: Roles; log: Logger; now: () => number }) {
    this.#parts = parts;
  }

  /** Takes a new configuration; keys that it means too are kept. */
  configure(configs: readonly IdentityProviderConfig[]): void {
    const before = this.#providers;
    this.#providers = configs.map((config) => ({
      config,
      keys: before.find(({ keys }) => keys.isFor(config))?.keys ??
        new ProviderKeys(config, this.#parts),
    }));
  }

  /** Whether a token says that one of the providers has issued it. */
  claims(token: string): boolean {
    return this.#providerOf(token) !== undefined;
  }

  /**
   * The credential that a token is.
   *
   * @throws {GatewayError} `unauthenticated` for whatever is wrong with it,
   * `provider_unreachable`.
   */
  async credential(token: string): Promise<Credential> {
    const provider = this.#providerOf(token);
    if (provider === undefined) throw refusal("issuer");
    const { config } = provider;
    const claims = await verify(token, provider, this.#parts.now());
    const expiresAt = claims.exp * 1000;
    const { roles, now } = this.#parts;
    const credential: Credential = {
      kind: "provider",
      principal: () => {
        const current = this.#find(config);
        if (current === undefined || now() >= expiresAt) return undefined;
        const names = rolesOfClaims(claims, current);
        return {
          // As who signs in with it in a browser: it is the same person.
          userId: `${config.name}/${claims.sub}`,
          user: userOfClaims(claims, current),
          grants: roles.grantsOf(names),
          roles: names,
          scope: undefined,
          credential,
          expiresAt,
        };
      },
    };
    return credential;
  }

  /** What the configuration says now of a provider that it had before. */
  #find(
    { name, issuer, audience }: IdentityProviderConfig,
  ): IdentityProviderConfig | undefined {
    return this.#providers.map(({ config }) => config).find((config) =>
      config.name === name && config.issuer === issuer &&
      config.audience === audience
    );
  }

  /** By claims that nobody has verified yet: only to know whose keys to take. */
  #providerOf(token: string): Provider | undefined {
    if (token.length > PROVIDER_TOKEN_LENGTH_MAX) return undefined;
    try {
      const { iss, aud = [] } = decodeJwt(token);
      return this.#providers.find(({ config: { issuer, audience } }) =>
        audience !== undefined && issuer === iss &&
        [aud].flat().includes(audience)
      );
    } catch {
      return undefined;
    }
  }
}

async function verify(
  token: string,
  { config: { issuer, audience = "" }, keys }: Provider,
  now: number,
): Promise<z.infer<typeof CLAIMS>> {
  try {
    const { payload, protectedHeader } = await jwtVerify(
      token,
      (header) => keys.find(header),
      {
        algorithms: ALGORITHMS,
        issuer,
        audience,
        requiredClaims: ["exp", "iat", "sub"],
        maxTokenAge: PROVIDER_TOKEN_AGE_MAX_S,
        clockTolerance: CLOCKS_TOLERANCE_S,
        currentDate: new Date(now),
      },
    );
    const type = protectedHeader.typ?.toLowerCase()
      .replace(/^application\//, "");
    if (!TYPES.includes(type)) throw refusal("typ");
    const claims = CLAIMS.safeParse(payload);
    if (!claims.success) throw refusal("claims");
    return claims.data;
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    // jose says of keys that are too short, or none, with a TypeError.
    throw refusal(error instanceof errors.JOSEError ? error.code : "key");
  }
}
