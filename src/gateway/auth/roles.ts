/**
 * Roles: names for sets of grants, which the configuration defines and may
 * define anew while viewers live.
 *
 * @module
 */

import type { RoleConfig } from "../../config/config.ts";
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
