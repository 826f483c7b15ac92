/**
 * For whom a hub speaks: a nalgate that shows this one's cameras to users of
 * its own sends a claim next to its machine token, in `Nalgate-User`.
 *
 * The claim is signed with a key made of that token, so it is worth nothing
 * without it. Whoever has the token could sign any claim: the audience keeps
 * nobody out who would lie. It catches requests that went astray (a proxy or
 * an address that leads to another device, a device whose state was copied).
 * So it must name a host that this gateway has, or the very one that the hub
 * asked for, which is its `Host`; a proxy that rewrites `Host` needs
 * `public_url` anyway. The scheme does not count: a proxy may end TLS.
 *
 * @module
 */

import { hkdfSync } from "node:crypto";
import { errors, jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import { GatewayError } from "../../errors.ts";
import {
  CLOCKS_TOLERANCE_S,
  TOKEN_LENGTH_MAX,
  USER_CLAIM_AGE_MAX_S,
} from "../../limits.ts";
import { newId } from "./secret.ts";
import { isShownName, shownName } from "./shown_name.ts";
import { refusal } from "./refusal.ts";

/** The header that carries a claim. */
export const USER_CLAIM_HEADER = "nalgate-user";

const TYPE = "nalgate-user+jwt";
const ALGORITHM = "HS256";

const CLAIMS = z.object({
  iss: z.string().min(1).max(128),
  aud: z.url({ protocol: /^https?$/ }),
  sub: z.string().refine(isShownName),
  iat: z.number(),
  exp: z.number(),
  jti: z.string().min(1).max(64),
});

/** What a hub signs. */
export interface UserClaimOptions {
  /** The machine token that goes with the request. */
  readonly token: string;
  /** The hub's own: `Auth.instance`. */
  readonly instance: string;
  /** The URL of the device as the hub has it configured. */
  readonly audience: string;
  /** The user's name as shown. */
  readonly user: string;
  readonly now: () => number;
}

/** A claim for one request. */
export function signUserClaim(
  { token, instance, audience, user, now }: UserClaimOptions,
): Promise<string> {
  const issuedAtS = Math.floor(now() / 1000);
  return new SignJWT()
    .setProtectedHeader({ alg: ALGORITHM, typ: TYPE })
    .setIssuer(instance)
    .setAudience(audience)
    .setSubject(shownName(user))
    .setJti(newId())
    .setIssuedAt(issuedAtS)
    .setExpirationTime(issuedAtS + USER_CLAIM_AGE_MAX_S)
    .sign(keyOf(token));
}

/** What a claim is checked against. */
export interface UserClaimCheck {
  /** The machine token that came with it, verified. */
  readonly token: string;
  /** This nalgate's own. */
  readonly instance: string;
  /** `host` or `host:port` of this gateway, and what the request asked for. */
  readonly hosts: ReadonlySet<string>;
  readonly now: () => number;
}

/**
 * The user that a claim names.
 *
 * @throws {GatewayError} `unauthenticated`, or `loop` for a claim of our own.
 */
export async function verifyUserClaim(
  claim: string,
  { token, instance, hosts, now }: UserClaimCheck,
): Promise<string> {
  if (claim.length > TOKEN_LENGTH_MAX) throw refusal("claim length");
  let payload: unknown;
  try {
    ({ payload } = await jwtVerify(claim, keyOf(token), {
      algorithms: [ALGORITHM],
      typ: TYPE,
      maxTokenAge: USER_CLAIM_AGE_MAX_S,
      clockTolerance: CLOCKS_TOLERANCE_S,
      currentDate: new Date(now()),
    }));
  } catch (error) {
    if (error instanceof errors.JOSEError) throw refusal(error.code);
    throw error;
  }
  const claims = CLAIMS.safeParse(payload);
  if (!claims.success) throw refusal("claim");
  const { iss, aud, sub, iat, exp } = claims.data;
  if (exp - iat > USER_CLAIM_AGE_MAX_S) throw refusal("claim age");
  if (!hosts.has(new URL(aud).host)) throw refusal("claim audience");
  if (iss === instance) throw new GatewayError("loop");
  return sub;
}

function keyOf(token: string): Uint8Array {
  return new Uint8Array(
    hkdfSync("sha256", token, "", "nalgate user claim", 32),
  );
}
