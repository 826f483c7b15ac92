/**
 * Roles: names for sets of grants, which the configuration defines and may
 * define anew while viewers live.
 *
 * @module
 */

import type {
  IdentityProviderConfig,
  RoleConfig,
} from "../../config/config.ts";
import type { Grant } from "../../config/grant.ts";
import type { Principal } from "./principal.ts";
import type { User } from "./users.ts";

/** Finds what roles grant. */
export class Roles {
  #grants: ReadonlyMap<string, readonly Grant[]> = new Map();

  constructor(roles: readonly RoleConfig[]) {
    this.replace(roles);
  }

  /** Takes a new configuration; what it grants counts from now on. */
  replace(roles: readonly RoleConfig[]): void {
    this.#grants = new Map(roles.map(({ name, grants }) => [name, grants]));
  }

  /** What the roles grant together; one that is not defined grants nothing. */
  grantsOf(names: readonly string[]): readonly Grant[] {
    return names.flatMap((name) => this.#grants.get(name) ?? []);
  }

  /** A user of the state folder, with all that they may do now. */
  identify(
    { id, name, grants, roles = [] }: User,
  ): Pick<Principal, "userId" | "user" | "grants"> {
    return {
      userId: id,
      user: name,
      grants: [...grants, ...this.grantsOf(roles)],
    };
  }
}

/** The roles that an identity provider's claims bring. */
export function rolesOfClaims(
  claims: Readonly<Record<string, unknown>>,
  { roles }: Pick<IdentityProviderConfig, "roles">,
): readonly string[] {
  return roles.filter(({ claim, value }) => {
    const found = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
    return Array.isArray(found) ? found.includes(value) : found === value;
  }).map(({ role }) => role);
}
