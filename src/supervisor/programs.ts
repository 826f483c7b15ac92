/**
 * The commands that the supervisor starts: this very program, each with just
 * its permissions.
 *
 * @module
 */

import { join } from "@std/path";
import type { Config } from "../config/config.ts";
import type { EngineHandover, GatewayHandover } from "../config/handover.ts";
import type { Program } from "./child.ts";
import {
  enginePermissions,
  gatewayPermissions,
  permissionFlags,
  type Permissions,
  ROOT,
} from "./permissions.ts";
import { engineCameras } from "./reload_plan.ts";

type Env = (name: string) => string | undefined;

/** What a child keeps of our environment, where it is set. */
export const CHILD_ENV = [
  // Deno looks for its cache there.
  "HOME",
  "XDG_CACHE_HOME",
  "DENO_DIR",
  // An authority of one's own, for devices that speak TLS.
  "DENO_CERT",
  // The log's form.
  "JOURNAL_STREAM",
  "NO_COLOR",
];

/** Which command of ours to start, and how. */
export interface ProgramOptions {
  /** `gateway`, `engine` and the like. */
  readonly name: string;
  readonly permissions: Permissions;
  readonly handover: unknown;
  readonly env: Env;
}

/** The engine, as a configuration wants it. */
export function engineProgram(
  config: Config,
  { env, ...rest }: Pick<EngineHandover, "apiSecret" | "port"> & { env: Env },
): Program {
  const { engine, logLevel } = config;
  const cameras = engineCameras(config);
  return ownProgram({
    name: "engine",
    permissions: enginePermissions(config, rest.port),
    handover: { ...rest, logLevel, cameras, engine } satisfies EngineHandover,
    env,
  });
}

/** The gateway. */
export function gatewayProgram(handover: GatewayHandover, env: Env): Program {
  const { config, engine } = handover;
  const permissions = gatewayPermissions(config, engine?.url);
  return ownProgram({ name: "gateway", permissions, handover, env });
}

/** This program's own command in a process of its own. */
export function ownProgram(
  { name, permissions, handover, env }: ProgramOptions,
): Program {
  return {
    name,
    command: Deno.execPath(),
    args: [
      "run",
      "-q",
      "--cached-only",
      `--config=${join(ROOT, "deno.json")}`,
      ...permissionFlags(permissions),
      join(ROOT, "src", "main.ts"),
      name,
    ],
    env: Object.fromEntries(
      CHILD_ENV.map((variable) => [variable, env(variable)])
        .filter((pair): pair is [string, string] => pair[1] !== undefined),
    ),
    handover,
  };
}
