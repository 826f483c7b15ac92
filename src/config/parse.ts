/**
 * From text and environment to {@linkcode Config}, or to everything that is
 * wrong with them at once.
 *
 * @module
 */

import type { z } from "zod";
import { assemble } from "./assemble.ts";
import type { Config } from "./config.ts";
import { conflicts } from "./conflicts.ts";
import { type ConfigDocument, parseYaml, type Tree } from "./document.ts";
import { type KeyPath, knownBelow } from "./keys.ts";
import { nearest } from "./nearest.ts";
import { isMap, override, pathText, quoted, valueAt } from "./overrides.ts";
import { ConfigError, type Problem } from "./problem.ts";
import { SCHEMA } from "./schema.ts";

/** Where a configuration comes from. */
export interface ConfigSource {
  /** YAML; empty when there is no file. */
  readonly text: string;
  /** What to call the file in messages. */
  readonly file: string;
  /** Relative paths in the configuration start here. */
  readonly resolve: (path: string) => string;
  readonly env: (name: string) => string | undefined;
  /** Flags that stand above a key, by key. */
  readonly flags?: ReadonlyMap<string, { flag: string; value: string }>;
}

/**
 * Parses a configuration.
 *
 * @throws {ConfigError} With every problem.
 */
export function parseConfig(source: ConfigSource): Config {
  const { env, flags = new Map() } = source;
  const document = parseYaml(source.text, source.file);
  const { tree, origins } = override(document.tree, { env, flags });
  const parsed = SCHEMA.safeParse(tree);
  const locator = { document, tree, origins };
  const problems = [
    ...document.problems,
    ...(parsed.error?.issues ?? []).flatMap((issue) =>
      problemsOf(issue, locator)
    ),
    ...conflicts(tree).map(({ path, text }) => problemAt(path, text, locator)),
  ];
  if (parsed.data === undefined || problems.length > 0) {
    throw new ConfigError(inOrder(problems));
  }
  return assemble(parsed.data, {
    ...source,
    cameraNames: document.keysIn(["cameras"]),
    deviceNames: document.keysIn(["devices"]),
  });
}

/** The configuration of nobody's file: all defaults. */
export function defaultConfig(): Config {
  return parseConfig({
    text: "",
    file: "(defaults)",
    resolve: (path) => path,
    env: () => undefined,
  });
}

interface Locator {
  readonly document: ConfigDocument;
  readonly tree: Tree;
  readonly origins: ReadonlyMap<string, string>;
}

function problemsOf(issue: z.core.$ZodIssue, locator: Locator): Problem[] {
  const path = issue.path as KeyPath;
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => unknownKey([...path, key], locator));
  }
  if (issue.code === "invalid_union") {
    // A word or keys: what stands there says which of them was meant.
    const [word = [], keys = []] = issue.errors;
    const meant = isMap(valueAt(locator.tree, path)) ? keys : word;
    return meant.flatMap((inner) =>
      problemsOf({ ...inner, path: [...issue.path, ...inner.path] }, locator)
    );
  }
  if (issue.code === "invalid_key") {
    const text = issue.issues[0]?.message ?? issue.message;
    const where = locator.document.locate(path, "key");
    return [{ where, key: pathText(path), text: `is no name, ${text}` }];
  }
  const text = issue.code === "invalid_type" && issue.expected !== "string"
    ? `expected ${issue.expected === "array" ? "a list" : "keys with values"}`
    : issue.message;
  return [problemAt(path, text, locator)];
}

function unknownKey(path: KeyPath, { document }: Locator): Problem {
  const near = nearest(String(path.at(-1)), knownBelow(path.slice(0, -1)));
  const known = knownBelow(path.slice(0, -1)).join(", ");
  return {
    where: document.locate(path, "key"),
    key: pathText(path),
    text: near === undefined
      ? `unknown key, expected one of ${known}`
      : `unknown key, did you mean ${near}?`,
  };
}

function problemAt(path: KeyPath, text: string, locator: Locator): Problem {
  const found = describe(valueAt(locator.tree, path));
  const listed = locator.origins.get(pathText(path.slice(0, -1)));
  return {
    where: locator.origins.get(pathText(path)) ?? listed ??
      locator.document.locate(path, "value"),
    key: pathText(path),
    text: `${found}, ${text}`,
  };
}

/** What stands there, short enough for one line. */
function describe(value: Tree | undefined): string {
  if (value === undefined) return "is missing";
  if (value === "") return "is empty";
  if (typeof value !== "string") {
    return Array.isArray(value) ? "is a list" : "has keys";
  }
  return `is ${quoted(withoutCredentials(value))}`;
}

/** A URL may have brought a password along: that is what is wrong with it. */
function withoutCredentials(value: string): string {
  if (!value.includes("://")) return value;
  return value.replace(/\/\/.*@/s, "//***@").replace(/\?.*/s, "?***");
}

/** By line, then by column, as far as they are in the file. */
function inOrder(problems: readonly Problem[]): Problem[] {
  const place = ({ where }: Problem) => {
    const [, line, column] = /:(\d+):(\d+)$/.exec(where) ?? [];
    return Number(line ?? 0) * 10_000 + Number(column ?? 0);
  };
  const unique = new Map(
    problems.map((problem) => [`${problem.where} ${problem.key}`, problem]),
  );
  return [...unique.values()].sort((a, b) => place(a) - place(b));
}
