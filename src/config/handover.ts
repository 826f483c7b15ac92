/**
 * What the supervisor hands to the processes it starts: one line of JSON on
 * their standard input, so that no secret stands in arguments or environment.
 * A process that reads the end of its standard input has lost its supervisor
 * and ends.
 *
 * @module
 */

import type { LogLevel } from "../log.ts";
import type { CameraConfig, Config, EngineConfig } from "./config.ts";

/** Starts the engine. */
export interface EngineHandover {
  /** Whoever speaks to the engine must know it. */
  readonly apiSecret: string;
  /** Loopback port for the Janus API; 0 lets the system choose. */
  readonly port: number;
  readonly logLevel: LogLevel;
  readonly cameras: readonly CameraConfig[];
  readonly engine: EngineConfig;
}

/** What a running engine is told by a further line. */
export type EngineOrder = Pick<EngineHandover, "cameras" | "logLevel">;

/** The engine's answer, one line of JSON on standard output, once it serves. */
export interface EngineReady {
  /** `ws://127.0.0.1:<port>/` */
  readonly url: string;
}

/** Starts the gateway. */
export interface GatewayHandover {
  /** The engine's Janus API; none when no camera needs the engine. */
  readonly engine:
    | { readonly url: string; readonly apiSecret: string }
    | undefined;
  readonly config: Config;
  /** Whether to make a one-time login link for an existing-or-new demo user. */
  readonly demo: boolean;
  /**
   * Whether another gateway of ours has the address now: this one listens
   * beside it, until that one hears of it and lets go.
   */
  readonly takesOver?: boolean;
}

/** What a running gateway is told by a further line. */
export type GatewayOrder =
  | {
    readonly kind: "configure";
    readonly engine: GatewayHandover["engine"];
    readonly config: Config;
  }
  /** Another serves newcomers: let go of the address, keep your viewers. */
  | { readonly kind: "retire" }
  /** The configuration was read again; only for who counts it. */
  | { readonly kind: "reloaded"; readonly result: ReloadResult };

/** What became of a changed configuration. */
export type ReloadResult = "ok" | "refused";

/** The gateway's answer, one line of JSON on standard output. */
export interface GatewayReady {
  /** Where to point a browser. */
  readonly url: string;
  /** The port that it listens on, whatever was asked for. */
  readonly port: number;
  /** One-time link, while no user exists or in the demo: a secret. */
  readonly link?: string;
}
