import { assertEquals, assertRejects } from "@std/assert";
import {
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  SignJWT,
  UnsecuredJWT,
} from "jose";
import { GatewayError } from "../../../../src/errors.ts";
import {
  OidcClient,
  type SignInProvider,
} from "../../../../src/gateway/auth/oidc_client.ts";
import { PROVIDER_DOCUMENT_SIZE_MAX } from "../../../../src/limits.ts";
import { homeProvider } from "../../../support/oidc_site.ts";

const CLIENT_ID = "nalgate-test";
const REDIRECT = "http://127.0.0.1:1/login/oidc/home/callback";

type Claims = Record<string, unknown>;
type Sign = (claims: Claims) => Promise<string>;

/** What a hostile provider does otherwise than a good one. */
interface Lie {
  readonly claims?: (good: Claims) => Claims;
  readonly sign?: Sign;
  readonly userInfo?: Claims;
  /** Answers of its own to requests for a path. */
  readonly answers?: Readonly<Record<string, (origin: string) => Response>>;
}

const keys = await generateKeyPair("ES256");
const otherKeys = await generateKeyPair("ES256");

function signedBy(key: CryptoKey): Sign {
  return (claims) =>
    new SignJWT(claims).setProtectedHeader({ alg: "ES256" }).sign(key);
}

/** A provider that lies; no real one would. */
function lyingProvider(lie: Lie, nonce: () => string) {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async ({ url }) => {
      const { pathname, origin } = new URL(url);
      const answer = lie.answers?.[pathname];
      if (answer !== undefined) return answer(origin);
      switch (pathname) {
        case "/.well-known/openid-configuration":
          return Response.json({
            issuer: origin,
            authorization_endpoint: `${origin}/authorize`,
            token_endpoint: `${origin}/token`,
            jwks_uri: `${origin}/keys`,
            userinfo_endpoint: `${origin}/me`,
            response_types_supported: ["code"],
            subject_types_supported: ["public"],
            id_token_signing_alg_values_supported: ["ES256"],
          });
        case "/keys":
          return Response.json({ keys: [await exportJWK(keys.publicKey)] });
        case "/token": {
          const now = Math.floor(Date.now() / 1000);
          const good = {
            iss: origin,
            aud: CLIENT_ID,
            sub: "fifi",
            iat: now,
            exp: now + 60,
            nonce: nonce(),
          };
          const { claims = (same) => same, sign = signedBy(keys.privateKey) } =
            lie;
          return Response.json({
            access_token: "a",
            token_type: "Bearer",
            id_token: await sign(claims(good)),
          });
        }
        default:
          return Response.json(lie.userInfo ?? { sub: "fifi", nick: "Fifi" });
      }
    },
  );
  const issuer = `http://127.0.0.1:${server.addr.port}`;
  return { issuer, [Symbol.asyncDispose]: () => server.shutdown() };
}

/** Signs in; gives the claims, or the error's name. */
async function signIn(lie: Lie): Promise<unknown> {
  let nonce = "";
  await using lying = lyingProvider(lie, () => nonce);
  const provider = homeProvider(lying.issuer) as SignInProvider;
  const client = new OidcClient(provider, Date.now);
  const run = async () => {
    const flow = await client.begin(REDIRECT);
    nonce = flow.nonce;
    return await client.finish(
      new URL(`${REDIRECT}?code=c&state=${flow.state}`),
      flow,
    );
  };
  try {
    const { sub, nick } = await run();
    return { sub, nick };
  } catch (error) {
    if (error instanceof GatewayError) return error.code;
    throw error;
  }
}

Deno.test("OidcClient believes no token that a provider must not send", async (t) => {
  const without = (name: string) => (good: Claims) => {
    const { [name]: _, ...rest } = good;
    return rest;
  };
  const huge = () => new Response("x".repeat(PROVIDER_DOCUMENT_SIZE_MAX + 1));
  const elsewhere = () =>
    new Response(null, {
      status: 307,
      headers: { location: "http://127.0.0.1:9/" },
    });
  const cases: readonly (readonly [string, Lie])[] = [
    ["another nonce", { claims: (good) => ({ ...good, nonce: "x" }) }],
    ["no nonce", { claims: without("nonce") }],
    ["another audience", { claims: (good) => ({ ...good, aud: "x" }) }],
    ["another issuer", {
      claims: (good) => ({ ...good, iss: "http://127.0.0.1:9" }),
    }],
    ["expired", {
      claims: (good) => ({ ...good, exp: Number(good.iat) - 60 }),
    }],
    ["no end", { claims: without("exp") }],
    ["no subject", { claims: without("sub") }],
    ["another key", { sign: signedBy(otherKeys.privateKey) }],
    ["no signature", {
      sign: (claims) => Promise.resolve(new UnsecuredJWT(claims).encode()),
    }],
    ["a symmetric signature", {
      sign: (claims) =>
        new SignJWT(claims).setProtectedHeader({ alg: "HS256" })
          .sign(new TextEncoder().encode(CLIENT_ID.padEnd(32))),
    }],
    ["somebody else's user info", { userInfo: { sub: "gus", nick: "Gus" } }],
    ["a huge answer", { answers: { "/token": huge } }],
    ["a redirect", { answers: { "/token": elsewhere } }],
    ["no JSON", { answers: { "/token": () => new Response("{") } }],
    ["an error", {
      answers: {
        "/token": () =>
          Response.json({ error: "invalid_grant" }, { status: 400 }),
      },
    }],
    ["no keys", {
      answers: { "/keys": () => new Response(null, { status: 404 }) },
    }],
    ["a document without an endpoint", {
      answers: {
        "/.well-known/openid-configuration": (issuer) =>
          Response.json({ issuer }),
      },
    }],
    ["another issuer's document", {
      answers: {
        "/.well-known/openid-configuration": () =>
          Response.json({ issuer: "http://127.0.0.1:9" }),
      },
    }],
    ["a document without an issuer", {
      answers: {
        "/.well-known/openid-configuration": () =>
          Response.json({ issuer: "x" }),
      },
    }],
  ];
  await t.step("the truth", async () => {
    assertEquals(await signIn({}), { sub: "fifi", nick: "Fifi" });
  });
  for (const [name, lie] of cases) {
    await t.step(name, async () => {
      assertEquals(await signIn(lie), "provider_invalid");
    });
  }
});

Deno.test("OidcClient asks again for a document that it could not get", async () => {
  let count = 0;
  const lie: Lie = {
    answers: {
      "/.well-known/openid-configuration": () => {
        count++;
        return new Response(null, { status: 503 });
      },
    },
  };
  await using lying = lyingProvider(lie, () => "");
  const provider = homeProvider(lying.issuer) as SignInProvider;
  const client = new OidcClient(provider, Date.now);
  const begin = () => assertRejects(() => client.begin(REDIRECT), GatewayError);
  await Promise.all([begin(), begin()]);
  assertEquals(count, 1, "both waited for one answer");
  await begin();
  assertEquals(count, 2);
});

Deno.test("OidcClient says that a client's secret cannot be read", async () => {
  await using lying = lyingProvider({}, () => "");
  const clientSecretFile = "/nonexistent/secret";
  const provider = homeProvider(lying.issuer, { clientSecretFile });
  const client = new OidcClient(provider as SignInProvider, Date.now);
  const { code, context } = await assertRejects(
    () => client.begin(REDIRECT),
    GatewayError,
  );
  assertEquals(code, "provider_unreachable");
  assertEquals(context, {
    provider: "home",
    reason: "client_secret_file cannot be read",
  });
});
