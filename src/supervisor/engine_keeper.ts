/**
 * The built-in engine's process, while any camera needs it.
 *
 * @module
 */

import { delay } from "@std/async/delay";
import type { CameraConfig, Config } from "../config/config.ts";
import type {
  EngineOrder,
  EngineReady,
  GatewayHandover,
} from "../config/handover.ts";
import { ENGINE_ORDER_DELAY_MS, ENGINE_STOP_TIMEOUT_MS } from "../limits.ts";
import type { Logger } from "../log.ts";
import { randomSecret } from "./janus_configs.ts";
import { engineProgram } from "./programs.ts";
import {
  camerasMeanwhile,
  engineCameras,
  type ReloadPlan,
} from "./reload_plan.ts";
import type { Service, ServiceOptions } from "./service.ts";

/** What it takes to run it. */
export interface EngineKeeperOptions {
  readonly service: (options: Omit<ServiceOptions, "log">) => Service;
  /** The configuration as it is now. */
  readonly config: () => Config;
  readonly env: (name: string) => string | undefined;
  /** Called when it serves where it did not; `moved`: it was elsewhere. */
  readonly onServes: (how: { readonly moved: boolean }) => void;
  readonly log: Logger;
}

/** Starts it, tells it of changes, lets go of it. */
export class EngineKeeper {
  readonly #options: EngineKeeperOptions;
  readonly #apiSecret = randomSecret();
  #service: Service | undefined;
  #url: string | undefined;

  constructor(options: EngineKeeperOptions) {
    this.#options = options;
  }

  get service(): Service | undefined {
    return this.#service;
  }

  /** How the gateway reaches it, once it serves. */
  get access(): GatewayHandover["engine"] {
    const url = this.#url;
    return url === undefined ? undefined : { url, apiSecret: this.#apiSecret };
  }

  /** Starts it, unless it runs. */
  start(): void {
    const { service, config, env } = this.#options;
    // Kept over restarts, so that the gateway need only dial again.
    let port = 0;
    this.#service ??= service({
      program: () =>
        engineProgram(config(), { port, apiSecret: this.#apiSecret, env }),
      onReady: (answer) => {
        const { url } = answer as EngineReady;
        port = Number(new URL(url).port);
        this.#serves(url);
      },
      onRefused: () => port = 0,
      stopTimeoutMs: ENGINE_STOP_TIMEOUT_MS,
    });
  }

  /** Has it follow a change of the configuration, as far as it need not go. */
  change(change: ReloadPlan["engine"], before: Config): void {
    const { config, log } = this.#options;
    if (change === "restart") {
      const reason = "its settings have changed";
      log.warn("engine restarts, its viewers with it", { reason });
      this.#service?.restart();
    } else if (change === "update") {
      this.#tell(camerasMeanwhile(before, config()));
      delay(ENGINE_ORDER_DELAY_MS).then(() =>
        this.#tell(engineCameras(config()))
      );
    }
  }

  /** Lets go of it; who stops it is the caller. */
  release(): Service | undefined {
    const service = this.#service;
    this.#service = this.#url = undefined;
    return service;
  }

  #tell(cameras: readonly CameraConfig[]): void {
    const { logLevel } = this.#options.config();
    this.#service?.send({ cameras, logLevel } satisfies EngineOrder);
  }

  #serves(url: string): void {
    const before = this.#url;
    this.#url = url;
    // Somebody took the old port while the engine was down.
    const moved = before !== undefined;
    if (before !== url) this.#options.onServes({ moved });
  }
}
