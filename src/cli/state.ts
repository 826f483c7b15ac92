/**
 * What `nalgate user`, `token` and `share` have in common: the state folder,
 * and globs from the command line. The gateway sees their changes within two
 * seconds.
 *
 * @module
 */

import type { Config } from "../config/config.ts";
import { type Grant, isCameraGlob } from "../config/grant.ts";
import { loadConfig } from "../config/load.ts";
import { nearest } from "../config/nearest.ts";
import { notSaved } from "../gateway/auth/state_file.ts";
import { type Context, EXIT, UsageError } from "./command.ts";
import type { Flags } from "./flags.ts";

/** The configuration, with its state folder made if there is none. */
export async function openConfig(
  flags: Flags,
  { env }: Context,
): Promise<Config> {
  const { config } = await loadConfig({ file: flags.string("config"), env });
  await Deno.mkdir(config.stateDir, { recursive: true, mode: 0o700 })
    .catch((error) => {
      throw notSaved(config.stateDir, error);
    });
  return config;
}

/** The state folder of the configuration; made if there is none. */
export async function stateFolder(
  flags: Flags,
  context: Context,
): Promise<string> {
  return (await openConfig(flags, context)).stateDir;
}

/** The roles that `--role NAME …` names: each one that there is. */
export function rolesOf(flags: Flags, { access }: Config): readonly string[] {
  const known = access.roles.map(({ name }) => String(name));
  for (const role of flags.list("role")) {
    if (known.includes(role)) continue;
    const near = nearest(role, known);
    throw new UsageError(
      `--role "${role}" is no key of roles in the configuration` +
        (near === undefined ? "" : `; did you mean ${near}?`),
    );
  }
  return flags.list("role");
}

/** The grants that `--camera GLOB …` and `--admin` spell: one at least. */
export function grantsOf(flags: Flags): readonly Grant[] {
  const grants = optionalGrantsOf(flags);
  if (grants.length === 0) {
    throw new UsageError("--camera GLOB is missing; '**' means all cameras");
  }
  return grants;
}

/** The same, where something else may stand in their place. */
export function optionalGrantsOf(flags: Flags): readonly Grant[] {
  const globs = flags.list("camera");
  const wrong = globs.find((glob) => !isCameraGlob(glob));
  if (wrong !== undefined) {
    throw new UsageError(
      `--camera "${wrong}" is no camera name; * and ** may stand in one`,
    );
  }
  const right = flags.boolean("admin") ? "admin" : "view";
  return globs.map((cameras) => ({ right, cameras }));
}

/** Grants and roles as a person reads them. */
export function describeGrants(
  grants: readonly Grant[],
  roles: readonly string[] = [],
): string {
  return [
    ...grants.map(({ right, cameras }) => `${right}:${cameras}`),
    ...roles.map((role) => `role:${role}`),
  ].join(" ");
}

/** A moment as a person reads it. */
export function dateOf(time: number): string {
  return new Date(time).toISOString();
}

/** Makes the function that says why a command fails, for its exit code. */
export function failureOf(
  command: string,
): (reason: string, context: Context) => number {
  return (reason, { stderr }) => {
    stderr(`nalgate ${command}: ${reason}\n`);
    return EXIT.failed;
  };
}

/** Runs the subcommand that the first argument names. */
export function runSubcommand<Result>(
  args: readonly string[],
  subcommands: Readonly<Record<string, (rest: readonly string[]) => Result>>,
): Result {
  const [name = "", ...rest] = args;
  const run = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined;
  if (run === undefined) {
    const names = Object.keys(subcommands).join(", ");
    throw new UsageError(
      name === ""
        ? `one of ${names} is missing`
        : `"${name}" is none of ${names}`,
    );
  }
  return run(rest);
}
