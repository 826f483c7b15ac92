/**
 * Keys that do not go together: what a camera may say depends on who serves
 * it.
 *
 * @module
 */

import { accessConflicts, namesOf } from "./conflicts_access.ts";
import type { Tree } from "./document.ts";
import type { KeyPath } from "./keys.ts";
import { isMap, valueAt } from "./overrides.ts";

/** A place, and what was expected there. */
export interface Conflict {
  readonly path: KeyPath;
  readonly text: string;
}

/** Who serves a camera; `foreign` is a Janus that runs already. */
type Server = "engine" | "spawned" | "foreign" | "unknown";

/** All conflicts of a tree; faults of single keys are the schema's. */
export function conflicts(tree: Tree): Conflict[] {
  return [
    ...namesOf(tree, ["cameras"]).flatMap((name) => ofCamera(tree, name)),
    ...namesOf(tree, ["upstreams"]).flatMap((name) => ofUpstream(tree, name)),
    ...namesOf(tree, ["devices"]).flatMap((name) => ofDevice(tree, name)),
    ...ofAddresses(tree),
    ...ofIceServers(tree),
    ...accessConflicts(tree),
  ];
}

function ofCamera(tree: Tree, name: string): Conflict[] {
  const path = ["cameras", name];
  if (!isMap(valueAt(tree, path))) return [];
  const at = (key: string, text: string): Conflict[] =>
    valueAt(tree, [...path, key]) === undefined
      ? []
      : [{ path: [...path, key], text }];
  const hasSink = valueAt(tree, [...path, "sink"]) !== undefined;
  const server = serverOf(tree, path);
  switch (server) {
    case "unknown":
      return at("upstream", "expected a key of upstreams");
    case "spawned":
      if (!hasSink) {
        const text = "expected the sink that this Janus is to read";
        return [{ path: [...path, "sink"], text }];
      }
      break;
    default:
      if ((server === "engine") !== hasSink) {
        return [{ path, text: "expected either sink or upstream" }];
      }
  }
  return hasSink
    ? ["plugin", "id"].flatMap((key) =>
      at(key, "goes with upstream, not with sink")
    )
    : at("packet_size", "goes with sink, not with upstream");
}

function serverOf(tree: Tree, camera: KeyPath): Server {
  const name = valueAt(tree, [...camera, "upstream"]);
  if (name === undefined) return "engine";
  const upstream = typeof name === "string"
    ? valueAt(tree, ["upstreams", name])
    : undefined;
  if (upstream === undefined) return "unknown";
  return valueAt(upstream, ["janus"]) === "spawn" ? "spawned" : "foreign";
}

function ofUpstream(tree: Tree, name: string): Conflict[] {
  const path = ["upstreams", name, "udp_ports"];
  const isStray = valueAt(tree, path) !== undefined && !isSpawned(tree, name);
  return isStray ? [{ path, text: "goes with janus: spawn" }] : [];
}

/** Janus skips the loopback interface, whatever it is told. */
function ofAddresses(tree: Tree): Conflict[] {
  const path = ["engine", "addresses"];
  const addresses = valueAt(tree, path);
  const isDark = Array.isArray(addresses) && addresses.length > 0 &&
    addresses.every((address) => /^(127\.|::1$)/.test(String(address))) &&
    namesOf(tree, ["upstreams"]).some((name) => isSpawned(tree, name));
  const text = "expected another than loopback, which Janus never uses";
  return isDark ? [{ path, text }] : [];
}

function isSpawned(tree: Tree, upstream: string): boolean {
  return valueAt(tree, ["upstreams", upstream, "janus"]) === "spawn";
}

/** A nalgate lists its cameras itself; a Janus does not. */
function ofDevice(tree: Tree, name: string): Conflict[] {
  const path = ["devices", name];
  if (!isMap(valueAt(tree, path))) return [];
  const has = (key: string) => valueAt(tree, [...path, key]) !== undefined;
  if (has("url") === has("janus")) {
    return [{ path, text: "expected either url or janus" }];
  }
  const wanted = has("url") ? "token_file" : "cameras";
  const stray = has("url") ? "cameras" : "token_file";
  return [
    ...has(wanted) ? [] : [{
      path: [...path, wanted],
      text: has("url")
        ? "expected the file with this nalgate's token there"
        : "expected the cameras of that Janus",
    }],
    ...has(stray)
      ? [{
        path: [...path, stray],
        text: `goes with ${has("url") ? "janus" : "url"}`,
      }]
      : [],
  ];
}

function ofIceServers(tree: Tree): Conflict[] {
  const servers = valueAt(tree, ["ice_servers"]);
  if (!Array.isArray(servers)) return [];
  return servers.flatMap((server, index) => {
    const at = (key: string) => valueAt(server, [key]);
    const path = ["ice_servers", index, "secret_file"];
    const isTurn = String(at("url")).startsWith("turn");
    if (at("secret_file") === undefined) {
      const isBare = at("username") === undefined ||
        at("credential_file") === undefined;
      // Browsers refuse all servers because of one like that.
      const text = "expected it, or username and credential_file";
      return isTurn && isBare ? [{ path, text }] : [];
    }
    if (at("username") !== undefined || at("credential_file") !== undefined) {
      return [{ path, text: "goes without username and credential_file" }];
    }
    return isTurn ? [] : [{ path, text: "goes with a turn: URI" }];
  });
}
