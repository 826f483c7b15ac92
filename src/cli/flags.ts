/**
 * Flags of a command, parsed strictly: what is not declared is an error with
 * a suggestion, never silence.
 *
 * @module
 */

import { parseArgs } from "node:util";
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
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      [...valued, ...boolean].map((name) => [name, {
        type: valued.includes(name) ? "string" : "boolean",
        multiple: true,
      }]),
    ),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const words: string[] = [];
  const values = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind === "positional") words.push(token.value);
    if (token.kind !== "option") continue;
    const { name } = token;
    if (valued.includes(name)) checkValue(token);
    else if (!boolean.includes(name)) refuse(token, [...valued, ...boolean]);
    else if (token.value !== undefined) {
      throw new UsageError(`--${name} takes no value`);
    }
    const before = values.get(name) ?? [];
    if (before.length > 0 && string.includes(name)) {
      throw new UsageError(`--${name} may be given once only`);
    }
    values.set(name, [...before, token.value ?? ""]);
  }
  checkPositional(words, positional);
  return {
    string: (name) => values.get(name)?.[0],
    list: (name) => values.get(name) ?? [],
    boolean: (name) => values.has(name),
    positional: words,
  };
}

/** A flag as Node's parser sees it. */
interface FlagToken {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

function checkValue({ name, value, inlineValue }: FlagToken): void {
  const isNextFlag = !inlineValue && value?.startsWith("--");
  if (value === undefined || value === "" || isNextFlag) {
    throw new UsageError(`--${name} needs a value`);
  }
}

function refuse({ name, rawName }: FlagToken, known: readonly string[]): never {
  const near = nearest(name, known);
  const hint = near === undefined ? "" : `; did you mean --${near}?`;
  throw new UsageError(`unknown flag ${rawName}${hint}`);
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
