/**
 * A command's outside, kept in memory.
 *
 * @module
 */

import type { Context } from "../../src/cli/command.ts";
import { Logger } from "../../src/log.ts";

/** A context and what was written to it. */
export interface TestContext extends Context {
  readonly out: () => string;
  readonly err: () => string;
  readonly logged: () => readonly string[];
}

/** A context with these environment variables and no others. */
export function testContext(
  env: Readonly<Record<string, string>> = {},
): TestContext {
  const written = { out: "", err: "", logged: [] as string[] };
  const logger = (module: string) =>
    new Logger(module, {
      level: "debug",
      format: "text",
      write: (line) => written.logged.push(line),
    });
  return {
    log: logger("test"),
    logger,
    stdout: (text) => void (written.out += text),
    stderr: (text) => void (written.err += text),
    env: (name) => env[name],
    out: () => written.out,
    err: () => written.err,
    logged: () => written.logged,
  };
}
