/**
 * What an identity provider's claims say of a user; the configuration tells
 * which of them.
 *
 * @module
 */

import type { IdentityProviderConfig } from "../../config/config.ts";
import { shownName } from "./shown_name.ts";

/** Verified claims. */
type Claims = Readonly<Record<string, unknown>>;

/** The roles that they bring. */
export function rolesOfClaims(
  claims: Claims,
  { roles }: Pick<IdentityProviderConfig, "roles">,
): readonly string[] {
  return roles.filter(({ claim, value }) => {
    const found = claimOf(claims, claim);
    return Array.isArray(found) ? found.includes(value) : found === value;
  }).map(({ role }) => role);
}

/** The user's name: for people, never to tell users apart. */
export function userOfClaims(
  claims: Claims & { readonly sub: string },
  { userClaim }: Pick<IdentityProviderConfig, "userClaim">,
): string {
  const found = claimOf(claims, userClaim);
  const isNamed = typeof found === "string" && found !== "";
  return shownName(isNamed ? found : claims.sub);
}

function claimOf(claims: Claims, name: string): unknown {
  return Object.hasOwn(claims, name) ? claims[name] : undefined;
}
