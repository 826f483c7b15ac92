/**
 * What each key comes to, and from where.
 *
 * @module
 */

import { parseYaml, type Tree } from "./document.ts";
import { keys } from "./keys.ts";
import { entriesOf, isMap, override, pathText, valueAt } from "./overrides.ts";
import { type ConfigSource, parseConfig } from "./parse.ts";

/** One key's value. */
export interface Explained {
  readonly key: string;
  readonly value: string;
  readonly from: string;
}

/**
 * Explains a configuration: the keys with a value or a default, in the
 * schema's order. No key holds a secret, only the names of files that do.
 *
 * @throws {ConfigError} With every problem.
 */
export function explainConfig(source: ConfigSource): Explained[] {
  parseConfig(source);
  const { env, flags = new Map(), text, file } = source;
  const document = parseYaml(text, file);
  const { tree, origins } = override(document.tree, { env, flags });
  return keys(entriesOf(tree)).flatMap(({ path, byDefault }) => {
    const key = pathText(path);
    const value = valueAt(tree, path);
    if (value === undefined) {
      return byDefault === "" ? [] : { key, value: byDefault, from: "default" };
    }
    // A map in the place of a word: its keys have lines of their own.
    if (isMap(value)) return [];
    const from = origins.get(key) ?? document.locate(path, "value");
    return { key, value: shown(value), from };
  });
}

function shown(value: Tree): string {
  if (Array.isArray(value)) return `[${value.map(shown).join(", ")}]`;
  return typeof value === "string" ? JSON.stringify(value) : "";
}
