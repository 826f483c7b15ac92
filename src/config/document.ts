/**
 * A YAML file as a tree of texts, with the place of every key.
 *
 * All scalars stay texts, as they stand in the file: what one means is for
 * its key to say, not for YAML's rules on numbers and yes and no.
 *
 * @module
 */

import {
  type Document,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  parseDocument,
  visit,
} from "yaml";
import type { KeyPath } from "./keys.ts";
import type { Problem } from "./problem.ts";

/** Texts, lists and maps of them. */
export type Tree = string | Tree[] | { [key: string]: Tree };

/** A parsed file. */
export interface ConfigDocument {
  readonly tree: Tree | undefined;
  /** What YAML itself has to say against it. */
  readonly problems: readonly Problem[];
  /** `file:line:column` of a key, or of the nearest one around it. */
  readonly locate: (path: KeyPath, part: "key" | "value") => string;
  /** The keys of a map, in the file's order. */
  readonly keysIn: (path: KeyPath) => readonly string[];
}

/** Parses YAML; never throws. */
export function parseYaml(text: string, file: string): ConfigDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    schema: "failsafe",
    lineCounter: lines,
    prettyErrors: false,
    logLevel: "error",
  });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const problems = [...document.errors, ...document.warnings].map((error) => ({
    where: at(error.pos[0]),
    key: "",
    text: `not valid YAML: ${error.message}`,
  }));
  visit(document, {
    Scalar: (part, { value, range }) => {
      // As a key of an object it would be lost, not refused.
      if (part !== "key" || value !== "__proto__") return;
      const text = "is no name";
      problems.push({ where: at(range?.[0] ?? 0), key: value, text });
    },
  });
  const locate: ConfigDocument["locate"] = (path, part) => {
    const offset = offsetOf(document, path, part);
    return offset === undefined ? file : at(offset);
  };
  const keysIn = (path: KeyPath) => {
    const node = document.getIn(path);
    return isMap(node) ? node.items.map(({ key }) => String(key)) : [];
  };
  try {
    const tree = document.toJS({
      maxAliasCount: 100,
      // A key without even a colon has no value, not an empty one.
      reviver: (_key, value) => value ?? "",
    });
    return { tree: tree || undefined, problems, locate, keysIn };
  } catch (error) {
    // Aliases that refer to nothing, or that multiply (a "YAML bomb").
    const text = `not valid YAML: ${(error as Error).message}`;
    problems.push({ where: file, key: "", text });
    return { tree: undefined, problems, locate, keysIn };
  }
}

/** Where in the text a key stands; the nearest one around it if it does not. */
function offsetOf(
  document: Document,
  path: KeyPath,
  part: "key" | "value",
): number | undefined {
  for (let size = path.length; size > 0; size--) {
    const parent = document.getIn(path.slice(0, size - 1), true);
    const name = path[size - 1];
    const pair = isMap(parent)
      ? parent.items.find(({ key }) => isScalar(key) && key.value === name)
      : undefined;
    const value = document.getIn(path.slice(0, size), true);
    const nodes = part === "value" && size === path.length
      ? [value, pair?.key]
      : [pair?.key, value];
    const node = nodes.find((candidate) => isNode(candidate));
    if (isNode(node) && node.range) return node.range[0];
  }
  return undefined;
}
