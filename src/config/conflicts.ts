/**
 * Keys that do not go together: what a camera may say depends on who serves
 * it.
 *
 * @module
 */

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
    ...names(tree, "cameras").flatMap((name) => ofCamera(tree, name)),
    ...names(tree, "upstreams").flatMap((name) => ofUpstream(tree, name)),
    ...ofAddresses(tree),
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
    names(tree, "upstreams").some((name) => isSpawned(tree, name));
  const text = "expected another than loopback, which Janus never uses";
  return isDark ? [{ path, text }] : [];
}

function isSpawned(tree: Tree, upstream: string): boolean {
  return valueAt(tree, ["upstreams", upstream, "janus"]) === "spawn";
}

function names(tree: Tree, key: string): string[] {
  const entries = valueAt(tree, [key]);
  return isMap(entries) ? Object.keys(entries) : [];
}
