/**
 * Finds and reads the configuration file.
 *
 * @module
 */

import { dirname, resolve } from "@std/path";
import { CONFIG_SIZE_MAX } from "../limits.ts";
import type { Config } from "./config.ts";
import { type ConfigSource, parseConfig } from "./parse.ts";
import { ConfigError } from "./problem.ts";

/** Looked for in this order when nobody names a file. */
export const CONFIG_FILES = ["nalgate.yaml", "/etc/nalgate/nalgate.yaml"];

/** What messages call a file that is not there. */
const NO_FILE = "(no file)";

/** What stands above the file. */
export interface LoadOptions {
  /** `--config`. */
  readonly file: string | undefined;
  readonly env: (name: string) => string | undefined;
  /** `--listen` and the like, by key. */
  readonly flags?: ReadonlyMap<string, { flag: string; value: string }>;
}

/** A configuration and the file it comes from, if any. */
export interface LoadedConfig {
  readonly config: Config;
  readonly file: string | undefined;
}

/**
 * Loads the configuration; without a file, defaults and environment.
 *
 * @throws {ConfigError} With every problem.
 */
export async function loadConfig(options: LoadOptions): Promise<LoadedConfig> {
  const source = await readConfig(options);
  const file = source.file === NO_FILE ? undefined : source.file;
  return { config: parseConfig(source), file };
}

/** Finds and reads the file, without looking at what it says. */
export async function readConfig(
  { file, env, flags = new Map() }: LoadOptions,
): Promise<ConfigSource> {
  const named = file ?? (env("NALGATE_CONFIG") || undefined);
  const found = named === undefined
    ? await firstFound(CONFIG_FILES)
    : { file: named, text: await readText(named) };
  const folder = found === undefined ? "." : dirname(found.file);
  return {
    text: found?.text ?? "",
    file: found?.file ?? NO_FILE,
    resolve: (path) => resolve(folder, path),
    env,
    flags,
  };
}

async function firstFound(files: readonly string[]) {
  for (const file of files) {
    const exists = await Deno.stat(file).then(() => true, (error) => {
      if (error instanceof Deno.errors.NotFound) return false;
      throw unreadable(file, error);
    });
    if (exists) return { file, text: await readText(file) };
  }
  return undefined;
}

async function readText(file: string): Promise<string> {
  try {
    const { size } = await Deno.stat(file);
    if (size > CONFIG_SIZE_MAX) {
      throw new Error(`the file is larger than ${CONFIG_SIZE_MAX} bytes`);
    }
    return await Deno.readTextFile(file);
  } catch (error) {
    throw unreadable(file, error);
  }
}

function unreadable(file: string, error: unknown): ConfigError {
  const text = error instanceof Deno.errors.NotFound
    ? "no such file"
    : `cannot be read: ${(error as Error).message}`;
  return new ConfigError([{ where: file, key: "", text }]);
}
