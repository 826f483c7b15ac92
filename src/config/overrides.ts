/**
 * Values from outside the file: `NALGATE_ENGINE__UDP_PORT=40000` stands above
 * `engine.udp_port`, and a flag above both.
 *
 * @module
 */

import type { Tree } from "./document.ts";
import { type KeyPath, keys } from "./keys.ts";

/** A tree with values put in, and where each of those came from. */
export interface Overridden {
  readonly tree: Tree;
  /** By {@linkcode pathText}. */
  readonly origins: ReadonlyMap<string, string>;
}

/** How a path is written in messages and in README.md. */
export function pathText(path: KeyPath): string {
  const texts = path.map(String);
  return texts.map((text) => /^[\w-]+$/.test(text) ? text : quoted(text))
    .join(".");
}

/** Text from a file as a message shows it: on one line, of bounded length. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}…` : text);
}

/** The environment variable of a key. */
export function variableOf(path: KeyPath): string {
  const parts = path.map((part) =>
    String(part).toUpperCase().replaceAll("-", "_")
  );
  return `NALGATE_${parts.join("__")}`;
}

/** Lays environment and flags over a file's tree, which stays as it is. */
export function override(
  file: Tree | undefined,
  { env, flags }: {
    env: (name: string) => string | undefined;
    flags: ReadonlyMap<string, { flag: string; value: string }>;
  },
): Overridden {
  const tree = structuredClone(file ?? {});
  const origins = new Map<string, string>();
  for (const { path, list } of keys(entriesOf(tree))) {
    const flag = flags.get(pathText(path));
    const variable = variableOf(path);
    const text = flag?.value ?? env(variable);
    if (text === undefined) continue;
    const value = list ? text.split(",").map((item) => item.trim()) : text;
    if (!put(tree, path, value)) continue;
    origins.set(pathText(path), flag?.flag ?? variable);
  }
  return { tree, origins };
}

/** What stands at a path. */
export function valueAt(
  tree: Tree | undefined,
  path: KeyPath,
): Tree | undefined {
  return path.reduce<Tree | undefined>(
    (node, part) =>
      typeof node === "object" && Object.hasOwn(node, part)
        ? (node as Record<string | number, Tree>)[part]
        : undefined,
    tree,
  );
}

/** What maps and lists of a tree hold, for {@linkcode keys}. */
export function entriesOf(tree: Tree) {
  return (path: KeyPath, list: boolean): (string | number)[] => {
    const node = valueAt(tree, path);
    if (list) return Array.isArray(node) ? [...node.keys()] : [];
    return isMap(node) ? Object.keys(node) : [];
  };
}

/** Puts a value in, unless something that is no map stands in the way. */
function put(tree: Tree, path: KeyPath, value: Tree): boolean {
  let node = tree;
  for (const part of path.slice(0, -1)) {
    if (isMap(node) && !Object.hasOwn(node, part)) node[part] = {};
    const next = valueAt(node, [part]);
    if (next === undefined) return false;
    node = next;
  }
  const last = path.at(-1);
  if (last === undefined || !isMap(node)) return false;
  node[last] = value;
  return true;
}

/** Whether something is keys with values. */
export function isMap(node: Tree | undefined): node is { [key: string]: Tree } {
  return typeof node === "object" && !Array.isArray(node);
}
