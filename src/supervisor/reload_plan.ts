/**
 * Who applies a new configuration, and how: the least that it takes.
 *
 * @module
 */

import type { CameraConfig, Config, JanusConfig } from "../config/config.ts";
import { isSame } from "../config/difference.ts";
import { covers, gatewayPermissions } from "./permissions.ts";

/** What becomes of each process. */
export interface ReloadPlan {
  /**
   * `update` it in place. `replace` it: what it may reach is fixed at its
   * start, so that another takes over and it keeps its viewers. `move`: the
   * same, but its viewers have to go, for it knows other users.
   */
  readonly gateway: "keep" | "update" | "replace" | "move";
  /** `restart` interrupts its viewers, and no others. */
  readonly engine: "keep" | "start" | "update" | "restart" | "stop";
  /** Januses of ours, by name; those that stay as they are do not appear. */
  readonly januses: Readonly<Record<string, "start" | "restart" | "stop">>;
}

/** Decides it. */
export function plan(before: Config, after: Config): ReloadPlan {
  const engine = planEngine(before, after);
  const januses = planJanuses(before, after);
  return {
    gateway: planGateway(before, after, { engine, januses }),
    engine,
    januses,
  };
}

/** Cameras that the built-in engine serves. */
export function engineCameras({ cameras }: Config): readonly CameraConfig[] {
  return cameras.filter(({ upstream }) => upstream === "engine");
}

/**
 * What the engine serves while the gateway goes over: a camera that comes is
 * there before anybody may ask for it, one that goes stays until its viewers
 * have been told.
 */
export function camerasMeanwhile(
  before: Config,
  after: Config,
): readonly CameraConfig[] {
  const old = engineCameras(before);
  const ids = new Set(old.map(({ id }) => id));
  return [...old, ...engineCameras(after).filter(({ id }) => !ids.has(id))];
}

function planGateway(
  before: Config,
  after: Config,
  { engine, januses }: Omit<ReloadPlan, "gateway">,
): ReloadPlan["gateway"] {
  if (before.stateDir !== after.stateDir) return "move";
  const permissions = (config: Config) => gatewayPermissions(config, undefined);
  const isElsewhere = !isSame(before.listen, after.listen) ||
    !isSame(before.metricsListen, after.metricsListen);
  // Their ports are known only when they start.
  const hasNewNeighbour = engine === "start" ||
    Object.values(januses).includes("start");
  if (
    isElsewhere || hasNewNeighbour ||
    !covers(permissions(before), permissions(after))
  ) return "replace";
  return isSame(before, after) ? "keep" : "update";
}

function planEngine(before: Config, after: Config): ReloadPlan["engine"] {
  const [old, now] = [engineCameras(before), engineCameras(after)];
  if (old.length === 0) return now.length === 0 ? "keep" : "start";
  if (now.length === 0) return "stop";
  if (!isSame(before.engine, after.engine)) return "restart";
  return isSame(old.map(mediaOf), now.map(mediaOf)) &&
      before.logLevel === after.logLevel
    ? "keep"
    : "update";
}

function planJanuses(before: Config, after: Config): ReloadPlan["januses"] {
  const [old, now] = [setups(before), setups(after)];
  const plans: Record<string, "start" | "restart" | "stop"> = {};
  for (const [name, setup] of now) {
    if (!old.has(name)) plans[name] = "start";
    else if (!isSame(old.get(name), setup)) plans[name] = "restart";
  }
  for (const name of old.keys()) if (!now.has(name)) plans[name] = "stop";
  return plans;
}

/** What the configuration files of each Janus of ours are made of. */
function setups(config: Config): ReadonlyMap<string, unknown> {
  const { januses, engine: { addresses, iceServers } } = config;
  const setupOf = (janus: JanusConfig) => ({
    janus,
    addresses,
    iceServers,
    cameras: config.cameras
      .filter(({ upstream }) => upstream === janus.name).map(mediaOf),
  });
  return new Map(januses.map((janus) => [janus.name, setupOf(janus)]));
}

/** What a media server knows of a camera. */
function mediaOf({ name, id, sink, packetSizeMax }: CameraConfig) {
  return { name, id, sink, packetSizeMax };
}
