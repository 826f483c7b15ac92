/** Bearer tokens that are none. */

import { get, type HttpRow, type Loot } from "./rows.ts";

const NOW_S = Math.floor(Date.now() / 1000);
const DAY_S = 86_400;

/** Asks for something that a good token gets. */
const ask = (token: string) =>
  get("/api/cameras", `Authorization: Bearer ${token}`);

type Forged = Parameters<Loot["forge"]>[0];

/** A token, changed in its header, its claims or its signature. */
const forged = (changes: Forged) => async ({ forge }: Loot) =>
  ask(await forge(changes));
const header = (header: Forged["header"]) => forged({ header: header ?? {} });
const claims = (claims: Forged["claims"]) => forged({ claims: claims ?? {} });

const NO = "401 unauthenticated";

export const TOKENS: readonly HttpRow[] = [
  ["alg none", forged({ header: { alg: "none" }, key: "none" }), NO],
  ["alg None", forged({ header: { alg: "None" }, key: "none" }), NO],
  ["alg EdDSA without a signature", forged({ key: "none" }), NO],
  [
    "HS256 by the public key",
    forged({ header: { alg: "HS256" }, key: "public as HMAC" }),
    NO,
  ],
  [
    "HS256 by an empty key",
    forged({ header: { alg: "HS256" }, key: "empty HMAC" }),
    NO,
  ],
  ["RS256 by name only", header({ alg: "RS256" }), NO],
  ["another key under our kid", forged({ key: "another" }), NO],
  ["another kid", header({ kid: "0".repeat(43) }), NO],
  ["kid is a path", header({ kid: "../../../../dev/null" }), NO],
  ["kid is SQL", header({ kid: "' UNION SELECT 'x" }), NO],
  ["kid is a prototype", header({ kid: "__proto__" }), NO],
  ["kid of 4 KiB", header({ kid: "k".repeat(4096) }), NO],
  ["no kid", header({ kid: undefined }), NO],
  [
    "jwk in the header",
    forged({
      header: { jwk: { kty: "OKP", crv: "Ed25519", x: "AA" }, kid: "x" },
      key: "another",
    }),
    NO,
  ],
  [
    "jku in the header",
    forged({
      header: { jku: "http://127.0.0.1:9/keys", kid: "x" },
      key: "another",
    }),
    NO,
  ],
  [
    "x5u in the header",
    forged({
      header: { x5u: "http://127.0.0.1:9/cert", kid: "x" },
      key: "another",
    }),
    NO,
  ],
  ["crit that nobody knows", header({ crit: ["x"], x: 1 }), NO],
  ["crit b64", header({ crit: ["b64"], b64: false }), NO],
  ["typ JWT", header({ typ: "JWT" }), NO],
  ["no typ", header({ typ: undefined }), NO],
  ["expired", claims({ exp: NOW_S - 60 }), NO],
  ["no exp", claims({ exp: undefined }), NO],
  ["exp is a text", claims({ exp: "never" }), NO],
  ["exp is a list", claims({ exp: [NOW_S + DAY_S] }), NO],
  ["nbf tomorrow", claims({ nbf: NOW_S + DAY_S }), NO],
  ["iat tomorrow", claims({ iat: NOW_S + DAY_S }), NO],
  ["iat 30 days ago", claims({ iat: NOW_S - 30 * DAY_S }), NO],
  ["no iat", claims({ iat: undefined }), NO],
  ["no jti", claims({ jti: undefined }), NO],
  [
    "jti that was never issued",
    claims({ jti: "0".repeat(24) }),
    "401 session_ended",
  ],
  ["jti is a prototype", claims({ jti: "__proto__" }), "401 session_ended"],
  ["another nalgate's aud", claims({ aud: "nalgate-0000" }), NO],
  ["no aud", claims({ aud: undefined }), NO],
  ["another iss", claims({ iss: "https://evil.example" }), NO],
  ["no sub", claims({ sub: undefined }), NO],
  ["sub of nobody", claims({ sub: "0".repeat(24) }), "401 session_ended"],
  ["scope is no list", claims({ scope: "**" }), NO],
  [
    "scope with a right that is none",
    claims({ scope: [{ right: "root", cameras: "**" }] }),
    NO,
  ],
  ["a token of 5 000 characters", () => ask("a".repeat(5000)), NO],
  ["an empty token", () => ask(""), NO],
  ["two parts", () => ask("a.b"), NO],
  ["five parts", () => ask("a.b.c.d.e"), NO],
  ["a good one, cut", ({ token }) => ask(token.slice(0, -8)), NO],
  ["a good one, doubled", ({ token }) => ask(`${token}.${token}`), NO],
  [
    "a good one and another",
    ({ token }) => ask(`${token}, Bearer ${token}`),
    NO,
  ],
  [
    "a good one as Basic",
    ({ token }) => get("/api/cameras", `Authorization: Basic ${token}`),
    NO,
  ],
  [
    "a good one without a scheme",
    ({ token }) => get("/api/cameras", `Authorization: ${token}`),
    NO,
  ],
  [
    "a good one twice",
    ({ token }) =>
      get(
        "/api/cameras",
        `Authorization: Bearer ${token}`,
        `Authorization: Bearer ${token}`,
      ),
    NO,
  ],
  [
    "a good one as the cookie",
    ({ token }) => get("/api/cameras", `Cookie: nalgate-insecure=${token}`),
    "401 session_ended",
  ],
  [
    "a good one in the URL",
    ({ token }) => get(`/api/cameras?token=${token}`),
    "400 token_in_url",
  ],
  [
    "a good one as access_token",
    ({ token }) => get(`/api/cameras?access_token=${token}`),
    "400 token_in_url",
  ],
  [
    "a good one, for another camera",
    ({ token }) => get("/cameras/back/", `Authorization: Bearer ${token}`),
    "403 forbidden",
  ],
  [
    "a bad one with a good cookie",
    ({ cookie }) =>
      get("/api/cameras", "Authorization: Bearer x", `Cookie: ${cookie}`),
    NO,
  ],
];
