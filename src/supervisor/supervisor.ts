/**
 * Gateway, engine and Januses as processes of their own, kept running until
 * told to stop: `nalgate serve` and `nalgate demo`.
 *
 * @module
 */

import type { Config } from "../config/config.ts";
import type {
  EngineHandover,
  EngineReady,
  GatewayHandover,
  GatewayReady,
} from "../config/handover.ts";
import { ENGINE_STOP_TIMEOUT_MS, GATEWAY_STOP_TIMEOUT_MS } from "../limits.ts";
import type { Logger } from "../log.ts";
import { ADDRESS_IN_USE } from "./backoff.ts";
import type { Program } from "./child.ts";
import { randomSecret } from "./janus_configs.ts";
import type { JanusInstall } from "./janus_install.ts";
import { enginePermissions, gatewayPermissions } from "./permissions.ts";
import { ownProgram } from "./programs.ts";
import { Service, type ServiceOptions } from "./service.ts";
import { SpawnedJanus } from "./spawned_janus.ts";

/** What to run. */
export interface Plan {
  readonly config: Config;
  /** Whether the gateway makes a user and a one-time login link for it. */
  readonly login: boolean;
  /** Whether to try the next port when the configured one is in use. */
  readonly anyPort: boolean;
  /** Where Janus is, for the configuration's Januses. */
  readonly install?: JanusInstall | undefined;
  /** More processes to keep running: the demo's cameras. */
  readonly others: readonly Program[];
  /** Called when the gateway serves, and again after each of its restarts. */
  readonly onReady: (answer: GatewayReady) => void;
  readonly env: (name: string) => string | undefined;
  readonly log: Logger;
}

/** Runs a plan. */
export class Supervisor {
  readonly #plan: Plan;
  readonly #apiSecret = randomSecret();
  readonly #ended = Promise.withResolvers<number>();
  readonly #januses: SpawnedJanus[];
  /** Januses, and what the plan adds. */
  readonly #others: Service[];
  #config: Config;
  #engine: Service | undefined;
  #engineUrl: string | undefined;
  #gateway: Service | undefined;
  #gatewayWasReady = false;
  #stopping = false;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#config = plan.config;
    this.#januses = spawnedJanuses(plan);
    this.#others = [
      ...this.#januses.map((janus) => this.#startJanus(janus)),
      ...plan.others.map((program) =>
        this.#service({
          program: () => program,
          onReady: () => {},
          stopTimeoutMs: ENGINE_STOP_TIMEOUT_MS,
        })
      ),
    ];
    // The gateway must know the engine's port, so the engine comes first.
    if (this.#engineCameras.length > 0) this.#engine = this.#startEngine();
    else this.#gateway = this.#startGateway();
  }

  /** The exit code of a process that cannot be run; never after `stop`. */
  get ended(): Promise<number> {
    return this.#ended.promise;
  }

  /** Ends everything within ten seconds: who serves viewers goes first. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#gateway?.stop();
    const rest = [this.#engine, ...this.#others];
    await Promise.all(rest.map((service) => service?.stop()));
  }

  /** Ends everything now. */
  kill(): void {
    this.#stopping = true;
    for (const service of [this.#gateway, this.#engine, ...this.#others]) {
      service?.kill();
    }
  }

  get #engineCameras() {
    return this.#config.cameras.filter(({ upstream }) => upstream === "engine");
  }

  #service(options: Omit<ServiceOptions, "log">): Service {
    const service = new Service({ ...options, log: this.#plan.log });
    service.ended.then(
      (code) => code !== 0 && this.#ended.resolve(code),
      this.#ended.reject,
    );
    return service;
  }

  #startEngine(): Service {
    // Kept over restarts, so that the gateway need only dial again.
    let port = 0;
    return this.#service({
      program: () => this.#engineProgram(port),
      onReady: (answer) => {
        const { url } = answer as EngineReady;
        port = Number(new URL(url).port);
        this.#engineServes(url);
      },
      onRefused: () => port = 0,
      stopTimeoutMs: ENGINE_STOP_TIMEOUT_MS,
    });
  }

  #engineServes(url: string): void {
    const moved = this.#engineUrl !== undefined && this.#engineUrl !== url;
    this.#engineUrl = url;
    if (this.#stopping) return;
    this.#gateway ??= this.#startGateway();
    // Somebody took the old port while the engine was down.
    if (moved) this.#gateway.restart();
  }

  /** The gateway need not wait for it: its port is known beforehand. */
  #startJanus(janus: SpawnedJanus): Service {
    return this.#service({
      program: () => janus.program(),
      onReady: () => {},
      onRefused: () => {
        if (janus.moves() && !this.#stopping) this.#gateway?.restart();
      },
      stopTimeoutMs: ENGINE_STOP_TIMEOUT_MS,
    });
  }

  #startGateway(): Service {
    return this.#service({
      program: () => this.#gatewayProgram(),
      onReady: (answer) => {
        this.#gatewayWasReady = true;
        this.#plan.onReady(answer as GatewayReady);
      },
      onRefused: (code) => this.#gatewayRefused(code),
      stopTimeoutMs: GATEWAY_STOP_TIMEOUT_MS,
    });
  }

  #gatewayRefused(code: number): void {
    if (code !== ADDRESS_IN_USE || !this.#plan.anyPort) return;
    // A URL that somebody has open already must stay as it is.
    if (this.#gatewayWasReady) return;
    const { hostname, port } = this.#config.listen;
    this.#config = { ...this.#config, listen: { hostname, port: port + 1 } };
  }

  #engineProgram(port: number): Program {
    const { engine, logLevel } = this.#config;
    return ownProgram({
      name: "engine",
      permissions: enginePermissions(this.#config, port),
      handover: {
        apiSecret: this.#apiSecret,
        port,
        logLevel,
        cameras: this.#engineCameras,
        engine,
      } satisfies EngineHandover,
      env: this.#plan.env,
    });
  }

  #gatewayProgram(): Program {
    const url = this.#engineUrl;
    const spawned = this.#januses.map(({ upstream }) => upstream);
    const upstreams = [...this.#config.upstreams, ...spawned];
    const config = { ...this.#config, upstreams };
    return ownProgram({
      name: "gateway",
      permissions: gatewayPermissions(config, url),
      handover: {
        engine: url === undefined
          ? undefined
          : { url, apiSecret: this.#apiSecret },
        config,
        demo: this.#plan.login,
      } satisfies GatewayHandover,
      env: this.#plan.env,
    });
  }
}

function spawnedJanuses({ config, install, log }: Plan): SpawnedJanus[] {
  if (install === undefined) return [];
  return config.januses.map((janus) =>
    new SpawnedJanus({ janus, config, install, log })
  );
}
