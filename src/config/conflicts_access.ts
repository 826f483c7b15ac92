/**
 * Keys of access that do not go together.
 *
 * @module
 */

import type { Conflict } from "./conflicts.ts";
import type { Tree } from "./document.ts";
import type { KeyPath } from "./keys.ts";
import { isMap, valueAt } from "./overrides.ts";

/** Conflicts among roles, identity providers and proxies. */
export function accessConflicts(tree: Tree): Conflict[] {
  return [
    ...unknownRoles(tree, ["proxy_auth", "roles"]),
    ...ofProxy(tree),
    ...namesOf(tree, ["identity_providers"]).flatMap((name) =>
      ofProvider(tree, ["identity_providers", name])
    ),
  ];
}

/** An address alone is nobody's proof: whoever shares the host has it too. */
function ofProxy(tree: Tree): Conflict[] {
  const peers = valueAt(tree, ["proxy_auth", "peers"]);
  const path = ["proxy_auth", "secret_file"];
  const isOpen = Array.isArray(peers) && peers.length > 0 &&
    valueAt(tree, path) === undefined;
  const text = "expected a file: peers must send a secret, too";
  return isOpen ? [{ path, text }] : [];
}

function ofProvider(tree: Tree, path: KeyPath): Conflict[] {
  const has = (key: string) => valueAt(tree, [...path, key]) !== undefined;
  const isIdle = isMap(valueAt(tree, path)) && !has("audience") &&
    !has("client_id");
  return [
    ...unknownRoles(tree, [...path, "roles"]),
    ...isIdle ? [{ path, text: "expected audience, client_id or both" }] : [],
  ];
}

function unknownRoles(tree: Tree, path: KeyPath): Conflict[] {
  const rows = valueAt(tree, path);
  if (!Array.isArray(rows)) return [];
  const known = namesOf(tree, ["roles"]);
  return [...rows.keys()].flatMap((index) => {
    const role = valueAt(tree, [...path, index, "role"]);
    return typeof role !== "string" || known.includes(role) ? [] : [{
      path: [...path, index, "role"],
      text: "expected a key of roles",
    }];
  });
}

/** The names in a map. */
export function namesOf(tree: Tree, path: KeyPath): string[] {
  const entries = valueAt(tree, path);
  return isMap(entries) ? Object.keys(entries) : [];
}
