/**
 * A real OpenID provider on loopback, with a sign-in page of its own, and a
 * client that walks through it as a browser does.
 *
 * @module
 */

import { createServer, type IncomingMessage, type Server } from "node:http";
import { exportJWK, generateKeyPair } from "jose";
import Provider from "oidc-provider";

/** What the provider knows of people, by their login. */
export type Accounts = Record<string, Record<string, unknown>>;

/** What a test wants to be different. */
export interface TestProviderOptions {
  readonly accounts: Accounts;
  /** Claims come in the ID token, not from the userinfo endpoint. */
  readonly inIdToken?: boolean;
}

export const CLIENT_ID = "nalgate-test";
export const CLIENT_SECRET = "CANARY-client-secret-0123456789";

/** Serves until disposed of. */
export class TestProvider implements AsyncDisposable {
  readonly #server: Server;
  readonly #options: TestProviderOptions;

  private constructor(server: Server, options: TestProviderOptions) {
    this.#server = server;
    this.#options = options;
  }

  /** Listens; answers 404 until it knows its client. */
  static async start(options: TestProviderOptions): Promise<TestProvider> {
    const server = createServer((_, answer) => answer.writeHead(404).end());
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    return new TestProvider(server, options);
  }

  /** By name: another site than the gateway's, as in life. */
  get issuer(): string {
    const { port } = this.#server.address() as { port: number };
    return `http://localhost:${port}`;
  }

  /** Serves the client that comes back here. */
  async serve(redirectUri: string): Promise<void> {
    const { accounts, inIdToken = false } = this.#options;
    const { privateKey } = await generateKeyPair("RS256", {
      extractable: true,
    });
    const provider = new Provider(this.issuer, {
      clients: [{
        ["client_id"]: CLIENT_ID,
        ["client_secret"]: CLIENT_SECRET,
        ["redirect_uris"]: [redirectUri],
      }],
      jwks: { keys: [await exportJWK(privateKey)] },
      cookies: { keys: ["a test's"] },
      claims: { openid: ["sub"], profile: ["nick", "groups"] },
      conformIdTokenClaims: !inIdToken,
      features: { devInteractions: { enabled: false } },
      pkce: { required: () => true },
      interactions: { url: (_: unknown, { uid }: Interaction) => `/in/${uid}` },
      findAccount: (_: unknown, id: string) => ({
        accountId: id,
        claims: () => ({ sub: id, ...accounts[id] }),
      }),
      // Everybody agrees to everything.
      loadExistingGrant: async (context: GrantContext) => {
        const { oidc } = context;
        const grant = new oidc.provider.Grant({
          clientId: oidc.client.clientId,
          accountId: oidc.session.accountId,
        });
        grant.addOIDCScope("openid profile");
        await grant.save();
        return grant;
      },
    });
    const callback = provider.callback();
    this.#server.removeAllListeners("request");
    this.#server.on("request", async (request, answer) => {
      if (!request.url?.startsWith("/in/")) return callback(request, answer);
      if (request.method !== "POST") return void answer.end(FORM);
      const form = new URLSearchParams(await textOf(request));
      const login = form.get("login");
      await provider.interactionFinished(
        request,
        answer,
        login === null
          ? { error: "access_denied" }
          : { login: { accountId: login } },
      );
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((done) => this.#server.close(done));
    this.#server.closeAllConnections();
    await closed;
  }
}

interface Interaction {
  readonly uid: string;
}

interface GrantContext {
  readonly oidc: {
    readonly provider: {
      Grant: new (of: object) => {
        addOIDCScope(scope: string): void;
        save(): Promise<string>;
      };
    };
    readonly client: { readonly clientId: string };
    readonly session: { readonly accountId: string };
  };
}

const FORM = `<!DOCTYPE html><title>Provider</title>
<form method="post"><label>Login <input name="login"></label>
<button>Continue</button></form>
<form method="post"><button>Deny</button></form>`;

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}

/**
 * Walks from the provider's first page to the address that it sends the
 * browser back to; without a login it denies.
 */
export async function walk(start: string, login?: string): Promise<string> {
  const jar = new Map<string, string>();
  let url = new URL(start);
  const { origin } = url;
  let body: URLSearchParams | undefined;
  for (let hops = 0; hops < 10; hops++) {
    const cookie = [...jar].map((pair) => pair.join("=")).join("; ");
    const answer = await fetch(url, {
      redirect: "manual",
      headers: { cookie },
      ...body && { method: "POST", body },
    });
    await answer.body?.cancel();
    for (const set of answer.headers.getSetCookie()) {
      const [name = "", ...value] = (set.split(";")[0] ?? "").split("=");
      jar.set(name, value.join("="));
    }
    const location = answer.headers.get("location");
    body = location === null
      ? new URLSearchParams(login === undefined ? {} : { login })
      : undefined;
    if (location === null) continue;
    url = new URL(location, url);
    if (url.origin !== origin) return url.href;
  }
  throw new Error(`${start} leads nowhere`);
}
