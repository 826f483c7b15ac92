/**
 * One identity provider as its client sees it: OpenID Connect's code flow
 * with PKCE (RFC 7636), by openid-client.
 *
 * @module
 */

import * as oidc from "openid-client";
import type { IdentityProviderConfig } from "../../config/config.ts";
import { type ErrorContext, GatewayError } from "../../errors.ts";
import {
  CLOCKS_TOLERANCE_S,
  PROVIDER_METADATA_AGE_MAX_MS,
  PROVIDER_TIMEOUT_S,
} from "../../limits.ts";
import { providerFetch } from "./oidc_fetch.ts";

/** A provider that people sign in with. */
export type SignInProvider = IdentityProviderConfig & {
  readonly clientId: string;
};

/** Claims of somebody whom the provider has signed in. */
export type Claims = Readonly<Record<string, unknown>> & {
  readonly sub: string;
};

/** Speaks to one provider. */
export class OidcClient {
  readonly #provider: SignInProvider;
  readonly #now: () => number;
  #found:
    | { readonly config: Promise<oidc.Configuration>; readonly at: number }
    | undefined;

  constructor(provider: SignInProvider, now: () => number) {
    this.#provider = provider;
    this.#now = now;
  }

  /** Where the browser goes, and what to remember until it is back. */
  async begin(redirectUri: string): Promise<
    { url: URL; state: string; nonce: string; verifier: string }
  > {
    return await this.#told(async () => {
      const config = await this.#discover();
      const state = oidc.randomState();
      const nonce = oidc.randomNonce();
      const verifier = oidc.randomPKCECodeVerifier();
      const url = oidc.buildAuthorizationUrl(
        config,
        new URLSearchParams([
          ["redirect_uri", redirectUri],
          ["scope", ["openid", ...this.#provider.scopes].join(" ")],
          ["state", state],
          ["nonce", nonce],
          ["code_challenge", await oidc.calculatePKCECodeChallenge(verifier)],
          ["code_challenge_method", "S256"],
        ]),
      );
      return { url, state, nonce, verifier };
    });
  }

  /**
   * Who came back, by the URL that the browser came back to.
   *
   * @throws {GatewayError} `provider_denied`, `provider_invalid` or
   * `provider_unreachable`.
   */
  async finish(
    url: URL,
    { state, nonce, verifier }: {
      state: string;
      nonce: string;
      verifier: string;
    },
  ): Promise<Claims> {
    return await this.#told(async () => {
      const config = await this.#discover();
      const tokens = await oidc.authorizationCodeGrant(config, url, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (claims === undefined) throw new GatewayError("provider_invalid");
      const { userClaim, roles } = this.#provider;
      const wanted = [userClaim, ...roles.map(({ claim }) => claim)];
      const isComplete = wanted.every((name) => Object.hasOwn(claims, name));
      if (isComplete || !config.serverMetadata()["userinfo_endpoint"]) {
        return claims;
      }
      const token = tokens["access_token"];
      const more = await oidc.fetchUserInfo(config, token, claims.sub);
      return { ...more, ...claims };
    });
  }

  /** The discovery document, remembered for a while once it was good. */
  #discover(): Promise<oidc.Configuration> {
    const age = this.#now() - (this.#found?.at ?? 0);
    if (this.#found && age < PROVIDER_METADATA_AGE_MAX_MS) {
      return this.#found.config;
    }
    const config = this.#configure();
    this.#found = { config, at: this.#now() };
    config.catch(() => this.#found = undefined);
    return config;
  }

  async #configure(): Promise<oidc.Configuration> {
    const { name, issuer, clientId, jwksUrl } = this.#provider;
    const isPlain = new URL(issuer).protocol === "http:";
    const execute = isPlain ? [oidc.allowInsecureRequests] : [];
    const found = await oidc.discovery(
      new URL(issuer),
      clientId,
      {},
      undefined,
      {
        [oidc.customFetch]: providerFetch(name),
        timeout: PROVIDER_TIMEOUT_S,
        execute,
      },
    ).catch(refuseMalformed);
    const { supportsPKCE: _helper, ...server } = found.serverMetadata();
    const jwks = jwksUrl ?? server["jwks_uri"];
    const config = new oidc.Configuration(
      { ...server, ...jwks === undefined ? {} : { ["jwks_uri"]: jwks } },
      clientId,
      { [oidc.clockTolerance]: CLOCKS_TOLERANCE_S },
      await this.#authentication(
        server["token_endpoint_auth_methods_supported"],
      ),
    );
    config[oidc.customFetch] = providerFetch(name);
    config.timeout = PROVIDER_TIMEOUT_S;
    for (const extend of execute) extend(config);
    // TLS alone would do (OpenID Connect Core 3.1.3.7); signatures cost little.
    oidc.enableNonRepudiationChecks(config);
    return config;
  }

  /** Basic, as OpenID Connect presumes, unless the provider says otherwise. */
  async #authentication(
    methods: readonly string[] | undefined,
  ): Promise<oidc.ClientAuth> {
    const { clientSecretFile } = this.#provider;
    if (clientSecretFile === undefined) return oidc.None();
    const secret = await readSecret(clientSecretFile);
    return methods === undefined || methods.includes("client_secret_basic")
      ? oidc.ClientSecretBasic(secret)
      : oidc.ClientSecretPost(secret);
  }

  /** Errors in our words; never the provider's text, which may hold a token. */
  async #told<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      const { code, context } = translated(error);
      throw new GatewayError(code, {
        context: { provider: this.#provider.name, ...context },
      });
    }
  }
}

/** openid-client takes what is no URL there for a mistake of ours. */
function refuseMalformed(error: unknown): never {
  if (!(error instanceof TypeError)) throw error;
  throw new GatewayError("provider_invalid", {
    cause: error,
    context: { reason: "discovery document" },
  });
}

async function readSecret(path: string): Promise<string> {
  try {
    return (await Deno.readTextFile(path)).trim();
  } catch (cause) {
    throw new GatewayError("provider_unreachable", {
      cause,
      context: { reason: "client_secret_file cannot be read" },
    });
  }
}

function translated(error: unknown): {
  code: "provider_denied" | "provider_invalid" | "provider_unreachable";
  context: ErrorContext;
} {
  const cause = error instanceof Error ? error.cause : undefined;
  for (const known of [error, cause]) {
    if (!(known instanceof GatewayError)) continue;
    const isAway = known.code === "provider_unreachable";
    const code = isAway ? "provider_unreachable" : "provider_invalid";
    return { code, context: known.context };
  }
  if (error instanceof oidc.AuthorizationResponseError) {
    return { code: "provider_denied", context: { reason: word(error.error) } };
  }
  if (error instanceof oidc.ResponseBodyError) {
    return { code: "provider_invalid", context: { reason: word(error.error) } };
  }
  const isLate = error instanceof oidc.ClientError &&
    error.code === "OAUTH_TIMEOUT";
  if (isLate) return { code: "provider_unreachable", context: {} };
  // All of the library's own have a code, whatever their class.
  if (error instanceof Error && "code" in error) {
    const reason = String(error.code);
    return { code: "provider_invalid", context: { reason } };
  }
  throw error;
}

/** OAuth's error codes are words; anything else is not repeated. */
function word(text: string): string {
  return /^[a-z_]{1,64}$/.test(text) ? text : "other";
}
