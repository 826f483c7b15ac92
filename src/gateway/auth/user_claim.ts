/**
 * What another nalgate is told of who watches: a short claim, signed with a
 * key that only the two of them can make.
 *
 * @module
 */

import { hkdfSync } from "node:crypto";
import { SignJWT } from "jose";
import { USER_CLAIM_AGE_MAX_S } from "../../limits.ts";
import { newId } from "./secret.ts";

const TYPE = "nalgate-user+jwt";

/** What a claim says, and to whom. */
export interface UserClaim {
  /** The machine token that goes along with it. */
  readonly token: string;
  /** Which nalgate speaks. */
  readonly instance: string;
  /** The device's URL as configured. */
  readonly audience: string;
  readonly user: string;
  readonly now: () => number;
}

/** Signs a claim that is good for a minute, and for this device only. */
export async function signUserClaim(
  { token, instance, audience, user, now }: UserClaim,
): Promise<string> {
  const issuedAtS = Math.floor(now() / 1000);
  return await new SignJWT()
    .setProtectedHeader({ alg: "HS256", typ: TYPE })
    .setIssuer(instance)
    .setAudience(audience)
    .setSubject(user)
    .setJti(newId())
    .setIssuedAt(issuedAtS)
    .setExpirationTime(issuedAtS + USER_CLAIM_AGE_MAX_S)
    .sign(
      new Uint8Array(hkdfSync("sha256", token, "", "nalgate user claim", 32)),
    );
}
