/**
 * Walks the schema's keys: for the environment's names, for suggestions and
 * for the reference table.
 *
 * @module
 */

import { z } from "zod";
import { SCHEMA } from "./schema.ts";

/** A place in the configuration. */
export type KeyPath = readonly (string | number)[];

/** A key with a value of its own. */
export interface Key {
  readonly path: KeyPath;
  /** Whether it takes a list of scalars. */
  readonly list: boolean;
  readonly expected: string;
  readonly doc: string;
  /** Empty: none, and nothing in its place. */
  readonly byDefault: string;
}

/** Names what a map holds, or how many entries a list has. */
type Entries = (path: KeyPath, list: boolean) => readonly (string | number)[];

/** Every key, maps and lists filled in by `entries`. */
export function keys(entries: Entries): Key[] {
  return walk(SCHEMA, [], entries, "");
}

/** Every key as README.md names it: `cameras.<name>.sink`. */
export function documentedKeys(): Key[] {
  return keys((_path, list) => list ? ["<n>"] : ["<name>"]);
}

/** What may stand below `path`, for suggestions. */
export function knownBelow(path: KeyPath): string[] {
  const same = (at: KeyPath) =>
    path.every((part, i) =>
      at[i] === part || /^<n(ame)?>$/.test(String(at[i]))
    );
  const below = documentedKeys()
    .filter((key) => key.path.length > path.length && same(key.path))
    .map((key) => String(key.path[path.length]));
  return [...new Set(below)];
}

function walk(
  schema: unknown,
  path: KeyPath,
  entries: Entries,
  byDefault: string,
): Key[] {
  const into = (name: string | number, child: unknown) =>
    walk(child, [...path, name], entries, "");
  if (schema instanceof z.ZodPrefault) {
    const given = schema.def.defaultValue;
    return walk(
      schema.unwrap(),
      path,
      entries,
      typeof given === "string" ? given : byDefault,
    );
  }
  if (schema instanceof z.ZodOptional) {
    return walk(schema.unwrap(), path, entries, byDefault);
  }
  if (schema instanceof z.ZodObject) {
    return Object.entries(schema.shape).flatMap(([name, child]) =>
      into(name, child)
    );
  }
  if (schema instanceof z.ZodRecord) {
    return entries(path, false).flatMap((name) => into(name, schema.valueType));
  }
  if (schema instanceof z.ZodUnion) {
    return schema.options.flatMap((option) => walk(option, path, entries, ""));
  }
  if (schema instanceof z.ZodArray) {
    return schema.element instanceof z.ZodObject
      ? entries(path, true).flatMap((index) => into(index, schema.element))
      : [leaf(schema.element, path, "none", true)];
  }
  return [leaf(schema, path, byDefault, false)];
}

function leaf(
  schema: unknown,
  path: KeyPath,
  byDefault: string,
  list: boolean,
): Key {
  const type = schema as z.ZodType;
  const meta = type.meta() ?? {};
  const failure = type.safeParse(undefined).error?.issues[0]?.message ?? "";
  return {
    path,
    list,
    expected: failure.replace(/^expected /, ""),
    doc: String(meta.doc ?? ""),
    byDefault: String(meta.byDefault ?? byDefault),
  };
}
