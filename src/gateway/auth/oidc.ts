/**
 * Signing in with an identity provider, in the browser. What a provider says
 * becomes roles; what those grant is asked of the configuration at each look.
 *
 * @module
 */

import type { IdentityProviderConfig } from "../../config/config.ts";
import { GatewayError } from "../../errors.ts";
import { SUBJECT_LENGTH_MAX } from "../../limits.ts";
import type { SignedIn } from "./login.ts";
import { type Claims, OidcClient, type SignInProvider } from "./oidc_client.ts";
import { type Flow, Flows } from "./oidc_flows.ts";
import type { Standing } from "./principal.ts";
import type { LoginLimit } from "./rate_limit.ts";
import { rolesOfClaims, userOfClaims } from "./claims.ts";
import type { Roles } from "./roles.ts";
import type { Session, SessionAs, Sessions } from "./session.ts";

/** What {@linkcode OidcLogin} works with. */
export interface OidcLoginParts {
  readonly roles: Roles;
  readonly sessions: Sessions;
  readonly limit: LoginLimit;
  readonly now: () => number;
}

/** Opens sessions for whom providers have signed in. */
export class OidcLogin {
  readonly #parts: OidcLoginParts;
  readonly #flows: Flows;
  #clients: ReadonlyMap<
    string,
    { readonly provider: SignInProvider; readonly client: OidcClient }
  > = new Map();

  constructor(parts: OidcLoginParts) {
    this.#parts = parts;
    this.#flows = new Flows(parts.now);
  }

  /** Takes a new configuration. */
  replace(providers: readonly IdentityProviderConfig[]): void {
    const { now } = this.#parts;
    this.#clients = new Map(
      providers.filter(isForSignIn).map((provider) => [
        provider.name,
        { provider, client: new OidcClient(provider, now) },
      ]),
    );
  }

  /** Those that people can sign in with. */
  get providers(): readonly {
    readonly name: string;
    readonly title: string;
  }[] {
    return [...this.#clients.values()].map(({ provider }) => provider);
  }

  /**
   * Sends a browser off: where to, and the secret that it keeps meanwhile.
   *
   * @throws {GatewayError} `not_found`, `provider_unreachable` or
   * `provider_invalid`.
   */
  async begin(
    { provider: name, redirectUri, next }: {
      provider: string;
      redirectUri: string;
      next: string;
    },
  ): Promise<{ url: URL; secret: string }> {
    const { client } = this.#find(name);
    const { url, ...flow } = await client.begin(redirectUri);
    const secret = this.#flows.begin({ ...flow, provider: name, next });
    return { url, secret };
  }

  /**
   * The flow that a browser comes back from.
   *
   * @throws {GatewayError} `not_found`, `sign_in_stale` or `rate_limited`.
   */
  resume(
    { provider, url, secret, address }: {
      provider: string;
      url: URL;
      secret: string | undefined;
      address: string;
    },
  ): { next: string; finish: () => Promise<SignedIn> } {
    const { client } = this.#find(provider);
    const attempt = this.#parts.limit.begin({ account: undefined, address });
    const state = url.searchParams.get("state") ?? "";
    const flow = secret === undefined
      ? undefined
      : this.#flows.take({ state, secret });
    if (flow?.provider !== provider) throw new GatewayError("sign_in_stale");
    return {
      next: flow.next,
      finish: async () => {
        const claims = await client.finish(url, flow);
        attempt.succeed();
        return this.#open(flow, claims);
      },
    };
  }

  /** What a session stands for, as long as its provider is configured. */
  standing(
    { userId }: Session,
    { provider, name, roles }: SessionAs & { kind: "provider" },
  ): Standing | undefined {
    if (!this.#clients.has(provider)) return undefined;
    const grants = this.#parts.roles.grantsOf(roles);
    return { userId, user: name, grants, roles };
  }

  #find(name: string) {
    const found = this.#clients.get(name);
    if (found === undefined) throw new GatewayError("not_found");
    return found;
  }

  #open({ provider: from }: Flow, claims: Claims): SignedIn {
    const { provider } = this.#find(from);
    if (claims.sub.length > SUBJECT_LENGTH_MAX) {
      throw new GatewayError("provider_invalid", { context: { claim: "sub" } });
    }
    const name = userOfClaims(claims, provider);
    const owner = { id: `${from}/${claims.sub}`, sessionsFrom: 0 };
    const secret = this.#parts.sessions.open(owner, {
      kind: "provider",
      provider: from,
      name,
      roles: rolesOfClaims(claims, provider),
    });
    return { user: name, secret };
  }
}

function isForSignIn(
  provider: IdentityProviderConfig,
): provider is SignInProvider {
  return provider.clientId !== undefined;
}
