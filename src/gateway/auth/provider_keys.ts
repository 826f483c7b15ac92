/**
 * The public keys of one identity provider, fetched when they are needed and
 * kept for a while (RFC 7517, OpenID Connect Discovery 1.0).
 *
 * @module
 */

import {
  createLocalJWKSet,
  type CryptoKey,
  errors,
  type JWK,
  type JWSHeaderParameters,
} from "jose";
import { z } from "zod";
import type { IdentityProviderConfig } from "../../config/config.ts";
import { GatewayError } from "../../errors.ts";
import {
  PROVIDER_KEYS_AGE_MS,
  PROVIDER_KEYS_COOLDOWN_MS,
  PROVIDER_KEYS_MAX,
  PROVIDER_KEYS_STALE_MS,
  PROVIDER_RETRY_INTERVAL_MS,
} from "../../limits.ts";
import type { Logger } from "../../log.ts";
import { fetchDocument } from "./provider_document.ts";

/** Where a provider's keys are. */
export type KeySource = Pick<
  IdentityProviderConfig,
  "name" | "issuer" | "jwksUrl" | "hosts"
>;

type KeySet = (header: JWSHeaderParameters) => Promise<CryptoKey>;

const DISCOVERY = z.object({ issuer: z.string(), jwks_uri: z.url() });

/** Public keys to verify with; what else the set holds is left out. */
const KEY = z.looseObject({
  kty: z.enum(["RSA", "EC", "OKP"]),
  d: z.undefined().optional(),
});
const KEYS = z.object({ keys: z.array(z.unknown()).max(PROVIDER_KEYS_MAX) });

/** Finds the key that a token was signed with. */
export class ProviderKeys {
  readonly #source: KeySource;
  readonly #log: Logger;
  readonly #now: () => number;
  #keys: KeySet | undefined;
  #fetchedAt = -Infinity;
  #triedAt = -Infinity;
  #fetching: Promise<void> | undefined;

  constructor(
    source: KeySource,
    { log, now }: { log: Logger; now: () => number },
  ) {
    this.#source = source;
    this.#log = log;
    this.#now = now;
  }

  /** Whether these are the keys that another configuration means, too. */
  isFor({ issuer, jwksUrl, hosts }: KeySource): boolean {
    const source = this.#source;
    return issuer === source.issuer && jwksUrl === source.jwksUrl &&
      hosts.join() === source.hosts.join();
  }

  /**
   * The key for a token's header. A token by an unknown key may be the first
   * after a rotation, so the keys are fetched again, but not at once again.
   *
   * @throws {GatewayError} `provider_unreachable`
   */
  async find(header: JWSHeaderParameters): Promise<CryptoKey> {
    if (this.#age >= PROVIDER_KEYS_AGE_MS) {
      const fetched = this.#fetch();
      // While there are keys, nobody waits for newer ones.
      if (this.#age >= PROVIDER_KEYS_STALE_MS) await fetched;
    }
    try {
      return await this.#current()(header);
    } catch (error) {
      const isUnknown = error instanceof errors.JWKSNoMatchingKey;
      if (!isUnknown || this.#age < PROVIDER_KEYS_COOLDOWN_MS) throw error;
    }
    await this.#fetch();
    return await this.#current()(header);
  }

  get #age(): number {
    return this.#now() - this.#fetchedAt;
  }

  #current(): KeySet {
    if (this.#keys !== undefined && this.#age < PROVIDER_KEYS_STALE_MS) {
      return this.#keys;
    }
    throw new GatewayError("provider_unreachable", {
      context: { provider: this.#source.name },
    });
  }

  /** One fetch at a time; a failed one leaves the keys there are. */
  #fetch(): Promise<void> {
    const now = this.#now();
    if (this.#fetching !== undefined) return this.#fetching;
    if (now - this.#triedAt < PROVIDER_RETRY_INTERVAL_MS) {
      return Promise.resolve();
    }
    this.#triedAt = now;
    return this.#fetching = this.#load().then(
      (keys) => {
        this.#keys = keys;
        this.#fetchedAt = now;
      },
      (error) =>
        this.#log.warn("identity provider's keys not fetched", {
          provider: this.#source.name,
          reason: error instanceof Error ? error.message : typeof error,
        }),
    ).finally(() => this.#fetching = undefined);
  }

  async #load(): Promise<KeySet> {
    const url = this.#source.jwksUrl ?? await this.#discover();
    const { keys } = KEYS.parse(await fetchDocument(url));
    const usable = keys.filter((key) => KEY.safeParse(key).success);
    return createLocalJWKSet({ keys: usable as JWK[] });
  }

  /** Where the provider itself says that its keys are. */
  async #discover(): Promise<string> {
    const { issuer, hosts } = this.#source;
    const document = DISCOVERY.parse(
      await fetchDocument(
        `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`,
      ),
    );
    const { issuer: named, jwks_uri: url } = document;
    if (named !== issuer) throw new TypeError("another issuer");
    const { protocol, host, hostname } = new URL(url);
    const own = new URL(issuer);
    if (protocol !== own.protocol && protocol !== "https:") {
      throw new TypeError(`jwks_uri begins with ${protocol}`);
    }
    if (![own.host, ...hosts].includes(host) && !hosts.includes(hostname)) {
      throw new TypeError(`jwks_uri's host ${host} is not in hosts`);
    }
    return url;
  }
}
