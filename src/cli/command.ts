/**
 * What a command of the command line is.
 *
 * @module
 */

import type { Logger, LogLevel } from "../log.ts";

/** What a command gets from the outside: all of it, so that tests can give it. */
export interface Context {
  readonly log: Logger;
  /** A logger of another level, for what the configuration says. */
  readonly logger: (module: string, level: LogLevel) => Logger;
  /** Writes text as it is: the command's result. */
  readonly stdout: (text: string) => void;
  /** Writes text as it is: what a person should read beside the result. */
  readonly stderr: (text: string) => void;
  /** An environment variable; one that may not be read counts as not set. */
  readonly env: (name: string) => string | undefined;
}

/** One command: `nalgate <name> …`. */
export interface Command {
  /** One line for the list of commands. */
  readonly summary: string;
  /** The whole `--help` text, with one example. */
  readonly help: string;
  /**
   * Runs and returns the exit code. A {@linkcode UsageError} or a
   * `ConfigError` may be thrown: `main.ts` prints it.
   */
  readonly run: (
    args: readonly string[],
    context: Context,
  ) => Promise<number>;
}

/** Exit codes; 78 is EX_CONFIG of sysexits(3). */
export const EXIT = { ok: 0, failed: 1, usage: 2, config: 78 } as const;

/** The command line itself is wrong: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
