/**
 * Flags of a command, parsed strictly: what is not declared is an error with
 * a suggestion, never silence.
 *
 * @module
 */

import { parseArgs } from "@std/cli";
import { nearest } from "../config/nearest.ts";
import { UsageError } from "./command.ts";

/** Which flags a command takes. */
export interface FlagSpec {
  /** Flags with a value: `--sink NAME`. */
  readonly string?: readonly string[];
  /** Flags with a value that may come several times. */
  readonly collect?: readonly string[];
  /** Flags without one: `--loop`. */
  readonly boolean?: readonly string[];
  /** What the positional arguments are called; `…?` may be left out. */
  readonly positional?: readonly string[];
}

/** Parsed flags. A lone `-` counts as a positional argument. */
export interface Flags {
  readonly string: (name: string) => string | undefined;
  readonly list: (name: string) => readonly string[];
  readonly boolean: (name: string) => boolean;
  readonly positional: readonly string[];
}

/**
 * Parses the arguments of a command.
 *
 * @throws {UsageError} With one clear sentence.
 */
export function parseFlags(
  args: readonly string[],
  { string = [], collect = [], boolean = [], positional = [] }: FlagSpec,
): Flags {
  const valued = [...string, ...collect];
  const known = [...valued, ...boolean];
  const parsed = parseArgs(args, {
    string: [...valued, "_"],
    boolean,
    collect,
    unknown: (arg) => arg.startsWith("-") && arg !== "-" ? refuse(arg) : true,
  });
  const words = parsed._.map(String);
  for (const name of valued) checkValue(name, parsed[name], args);
  for (const name of string) {
    if (count(args, name) > 1) {
      throw new UsageError(`--${name} may be given once only`);
    }
  }
  checkPositional(words, positional);
  return {
    string: (name) => parsed[name] as string | undefined,
    list: (name) => (parsed[name] ?? []) as string[],
    boolean: (name) => parsed[name] === true,
    positional: words,
  };

  function refuse(arg: string): never {
    const name = arg.replace(/^-+/, "").replace(/=.*$/s, "");
    const near = nearest(name, known);
    throw new UsageError(
      `unknown flag ${arg.replace(/=.*$/s, "")}` +
        (near === undefined ? "" : `; did you mean --${near}?`),
    );
  }
}

function checkValue(
  name: string,
  value: unknown,
  args: readonly string[],
): void {
  const values = Array.isArray(value) ? value : [value];
  if (value !== undefined && values.includes("")) {
    throw new UsageError(`--${name} needs a value`);
  }
  const at = args.indexOf(`--${name}`);
  if (at !== -1 && args[at + 1] === undefined) {
    throw new UsageError(`--${name} needs a value`);
  }
}

function count(args: readonly string[], name: string): number {
  return args.filter((arg) =>
    arg === `--${name}` || arg.startsWith(`--${name}=`)
  ).length;
}

function checkPositional(
  words: readonly string[],
  names: readonly string[],
): void {
  const extra = words[names.length];
  if (extra !== undefined) throw new UsageError(`unexpected "${extra}"`);
  const missing = names[words.length];
  if (missing !== undefined && !missing.endsWith("?")) {
    throw new UsageError(`missing ${missing}`);
  }
}
