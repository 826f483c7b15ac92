/**
 * Gateway, engine and Januses as processes of their own, kept running until
 * told to stop: `nalgate serve` and `nalgate demo`.
 *
 * @module
 */

import { delay } from "@std/async/delay";
import type { Address, Config, Name } from "../config/config.ts";
import type {
  GatewayHandover,
  GatewayReady,
  ReloadResult,
} from "../config/handover.ts";
import { DISMISSAL_DELAY_MS, ENGINE_STOP_TIMEOUT_MS } from "../limits.ts";
import type { Logger } from "../log.ts";
import { ADDRESS_IN_USE } from "./backoff.ts";
import type { Program } from "./child.ts";
import { EngineKeeper } from "./engine_keeper.ts";
import { Gateways } from "./gateways.ts";
import { Januses, type JanusSetup } from "./januses.ts";
import { gatewayProgram } from "./programs.ts";
import {
  engineCameras,
  plan as planReload,
  type ReloadPlan,
} from "./reload_plan.ts";
import { Service, type ServiceOptions } from "./service.ts";

/** What to run. */
export interface Plan extends JanusSetup {
  /** Whether the gateway makes a user and a one-time login link for it. */
  readonly login: boolean;
  /** Whether to try the next port when the configured one is in use. */
  readonly anyPort: boolean;
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
  readonly #ended = Promise.withResolvers<number>();
  readonly #gateways: Gateways;
  readonly #engine: EngineKeeper;
  readonly #januses: Januses;
  /** What the plan adds, and who is about to leave. */
  readonly #others = new Set<Service>();
  #config: Config;
  /** Where the gateway listens, once it does. */
  #served: Served | undefined;
  /** No gateway could be had that may do what the configuration needs. */
  #gatewayIsStale = false;
  /** Whether viewers may stay with a gateway that waits to be replaced. */
  #keepsViewers = true;
  #stopping = false;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#config = plan.config;
    this.#gateways = this.#createGateways();
    this.#engine = new EngineKeeper({
      service: (options) => this.#service(options),
      config: () => this.#config,
      env: plan.env,
      onServes: (how) => this.#engineServes(how),
      log: plan.log,
    });
    this.#januses = new Januses({
      service: (options) => this.#service(options),
      onMoved: () => this.#stopping || this.#gateways.restart(),
      log: plan.log,
    });
    for (const { name } of plan.config.januses) {
      this.#januses.start(name, plan);
    }
    for (const program of plan.others) {
      this.#others.add(this.#service({
        program: () => program,
        onReady: () => {},
        stopTimeoutMs: ENGINE_STOP_TIMEOUT_MS,
      }));
    }
    this.#startWhoComesFirst();
  }

  /** Goes over to another configuration; who is not affected goes on. */
  reload(setup: JanusSetup): void {
    if (this.#stopping) return;
    const { config } = setup;
    const before = this.#config;
    const todo = planReload(before, config);
    this.#config = config;
    this.#changeJanuses(todo.januses, setup);
    if (todo.engine === "stop") this.#dismiss(this.#engine.release());
    else this.#engine.change(todo.engine, before);
    this.#startWhoComesFirst();
    if (todo.gateway !== "keep") {
      this.#gateways.send({ kind: "configure", ...this.#gatewayView });
    }
    if (todo.gateway === "move") this.#keepsViewers = false;
    const isNeeded = todo.gateway === "replace" || todo.gateway === "move" ||
      this.#gatewayIsStale;
    // With a new engine it waits for that one's address.
    if (isNeeded && todo.engine !== "start") this.#replaceGateway();
  }

  /** Gateways count it: the supervisor answers to nobody. */
  tellReloaded(result: ReloadResult): void {
    this.#gateways.send({ kind: "reloaded", result });
  }

  #replaceGateway(): void {
    this.#gateways.replace({ keepsViewers: this.#keepsViewers });
  }

  /** The exit code of a process that cannot be run; never after `stop`. */
  get ended(): Promise<number> {
    return this.#ended.promise;
  }

  /** Ends everything within ten seconds: who serves viewers goes first. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#gateways.stop();
    await Promise.all(this.#rest.map((service) => service.stop()));
  }

  /** Ends everything now. */
  kill(): void {
    this.#stopping = true;
    this.#gateways.kill();
    for (const service of this.#rest) service.kill();
  }

  /** Everybody but the gateways. */
  get #rest(): readonly Service[] {
    return [this.#engine.service, ...this.#januses.services, ...this.#others]
      .filter((service) => service !== undefined);
  }

  /** The gateway must know the engine's port, so the engine comes first. */
  #startWhoComesFirst(): void {
    if (engineCameras(this.#config).length === 0) this.#gateways.start();
    else this.#engine.start();
  }

  #changeJanuses(
    changes: ReloadPlan["januses"],
    setup: JanusSetup,
  ): void {
    for (const [key, change] of Object.entries(changes)) {
      const name = key as Name;
      if (change === "start") this.#januses.start(name, setup);
      else if (change === "restart") this.#januses.restart(name, setup);
      else this.#dismiss(this.#januses.release(name));
    }
  }

  /** Ends it, once the gateway has told its viewers. */
  #dismiss(service: Service | undefined): void {
    if (service === undefined) return;
    service.leaveAlone();
    this.#others.add(service);
    service.ended.finally(() => this.#others.delete(service));
    delay(DISMISSAL_DELAY_MS).then(() => service.stop());
  }

  #service(options: Omit<ServiceOptions, "log">): Service {
    const service = new Service({ ...options, log: this.#plan.log });
    service.ended.then(
      (code) => code !== 0 && this.#ended.resolve(code),
      this.#ended.reject,
    );
    return service;
  }

  #engineServes({ moved }: { moved: boolean }): void {
    if (this.#stopping) return;
    if (!this.#gateways.isStarted) this.#gateways.start();
    else if (moved) this.#gateways.restart();
    else this.#replaceGateway();
  }

  #createGateways(): Gateways {
    return new Gateways({
      service: (options) => this.#service(options),
      program: (how) => this.#gatewayProgram(how),
      onReady: (answer) => {
        const { listen, metricsListen } = this.#config;
        this.#served = { listen, metricsListen, port: answer.port };
        this.#gatewayIsStale = false;
        this.#keepsViewers = true;
        this.#plan.onReady(answer);
      },
      onRefused: (code) => this.#gatewayRefused(code),
      onStays: () => this.#gatewayStays(),
      log: this.#plan.log,
    });
  }

  /** If it has to be started again, then where it is now. */
  #gatewayStays(): void {
    this.#gatewayIsStale = true;
    const { listen, metricsListen } = this.#served ?? this.#config;
    this.#config = { ...this.#config, listen, metricsListen };
  }

  #gatewayRefused(code: number): void {
    if (code !== ADDRESS_IN_USE || !this.#plan.anyPort) return;
    // A URL that somebody has open already must stay as it is.
    if (this.#served !== undefined) return;
    const { hostname, port } = this.#config.listen;
    this.#config = { ...this.#config, listen: { hostname, port: port + 1 } };
  }

  /** What gateways know: a Janus of ours is to them as any other. */
  get #gatewayView(): Pick<GatewayHandover, "engine" | "config"> {
    const engine = this.#engine.access;
    const upstreams = [
      ...this.#config.upstreams,
      ...this.#januses.upstreams,
    ];
    return { engine, config: { ...this.#config, upstreams } };
  }

  #gatewayProgram({ takesOver }: { takesOver: boolean }): Program {
    const { engine, config } = this.#gatewayView;
    const { hostname, port } = config.listen;
    const served = this.#served;
    const isSamePort = served?.listen.port === port;
    // Port 0 was any; browsers know it as what it became.
    const listen = takesOver && isSamePort
      ? { hostname, port: served.port }
      : config.listen;
    return gatewayProgram({
      engine,
      config: { ...config, listen },
      demo: this.#plan.login,
      takesOver: takesOver && isSamePort,
    }, this.#plan.env);
  }
}

/** What a gateway that serves has been told, and where that led to. */
interface Served {
  readonly listen: Address;
  readonly metricsListen: Address | undefined;
  readonly port: number;
}
