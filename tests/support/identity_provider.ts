/**
 * An identity provider's public half, on a real port: discovery document and
 * keys, and the private keys to sign with.
 *
 * @module
 */

import {
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  type JWK,
  type JWTHeaderParameters,
  SignJWT,
} from "jose";
import type { IdentityProviderConfig, Name } from "../../src/config/config.ts";

/** A key pair of the provider. */
export interface ProviderKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly jwk: JWK;
}

/** Makes a key pair. */
export async function providerKey(
  kid: string,
  alg = "ES256",
): Promise<ProviderKey> {
  const pair = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...await exportJWK(pair.publicKey), kid, alg, use: "sig" };
  return { kid, alg, jwk, ...pair };
}

type Answer = (url: URL) => Response | Promise<Response> | undefined;

/** A running provider. */
export class IdentityProvider implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  /** Paths asked for so far. */
  readonly requests: string[] = [];
  /** What the key set has now. */
  keys: readonly ProviderKey[] = [];
  /** Answers instead, where it does. */
  answer: Answer = () => undefined;

  private constructor() {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => this.#serve(new URL(request.url)),
    );
  }

  static async start(): Promise<IdentityProvider> {
    const provider = new IdentityProvider();
    provider.keys = [await providerKey("first")];
    return provider;
  }

  get issuer(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** The configuration of somebody who trusts it. */
  config(
    fields: Partial<IdentityProviderConfig> = {},
  ): IdentityProviderConfig {
    return {
      name: "corp" as Name,
      title: "Corp",
      issuer: this.issuer,
      audience: "cameras",
      jwksUrl: undefined,
      clientId: undefined,
      clientSecretFile: undefined,
      scopes: [],
      hosts: [],
      userClaim: "sub",
      roles: [],
      ...fields,
    };
  }

  /** A token, good for an hour; claims of `undefined` are left out. */
  async sign(
    claims: Readonly<Record<string, unknown>> = {},
    { header = {}, key = this.keys[0], nowS = Math.floor(Date.now() / 1000) }: {
      header?: object;
      key?: ProviderKey | undefined;
      nowS?: number;
    } = {},
  ): Promise<string> {
    if (key === undefined) throw new TypeError("Cannot sign without a key");
    const all = {
      iss: this.issuer,
      aud: "cameras",
      sub: "ann-1",
      iat: nowS,
      exp: nowS + 3600,
      ...claims,
    };
    const given = Object.entries(all).filter(([, value]) =>
      value !== undefined
    );
    const protectedHeader = { alg: key.alg, kid: key.kid, ...header };
    return await new SignJWT(Object.fromEntries(given))
      .setProtectedHeader(protectedHeader as JWTHeaderParameters)
      .sign(key.privateKey);
  }

  #serve(url: URL): Response | Promise<Response> {
    this.requests.push(url.pathname);
    const other = this.answer(url);
    if (other !== undefined) return other;
    switch (url.pathname) {
      case "/.well-known/openid-configuration":
        return Response.json({
          issuer: this.issuer,
          ["jwks_uri"]: `${this.issuer}/keys`,
        });
      case "/keys":
        return Response.json({ keys: this.keys.map(({ jwk }) => jwk) });
      default:
        return new Response(null, { status: 404 });
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server.shutdown();
  }
}
