/**
 * What `nalgate user` and `nalgate token` have in common: the state folder,
 * and globs from the command line. The gateway sees their changes within two
 * seconds.
 *
 * @module
 */

import { loadConfig } from "../config/load.ts";
import { type Grant, isCameraGlob } from "../config/grant.ts";
import { notSaved } from "../gateway/auth/state_file.ts";
import { type Context, UsageError } from "./command.ts";
import type { Flags } from "./flags.ts";

/** The state folder of the configuration; made if there is none. */
export async function stateFolder(
  flags: Flags,
  { env }: Context,
): Promise<string> {
  const { config } = await loadConfig({ file: flags.string("config"), env });
  const { stateDir } = config;
  await Deno.mkdir(stateDir, { recursive: true, mode: 0o700 })
    .catch((error) => {
      throw notSaved(stateDir, error);
    });
  return stateDir;
}

/** The grants that `--camera GLOB …` and `--admin` spell. */
export function grantsOf(flags: Flags): readonly Grant[] {
  const globs = flags.list("camera");
  if (globs.length === 0) {
    throw new UsageError("--camera GLOB is missing; '**' means all cameras");
  }
  const wrong = globs.find((glob) => !isCameraGlob(glob));
  if (wrong !== undefined) {
    throw new UsageError(
      `--camera "${wrong}" is no camera name; * and ** may stand in one`,
    );
  }
  const right = flags.boolean("admin") ? "admin" : "view";
  return globs.map((cameras) => ({ right, cameras }));
}

/** Grants as a person reads them. */
export function describeGrants(grants: readonly Grant[]): string {
  return grants.map(({ right, cameras }) => `${right}:${cameras}`).join(" ");
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
