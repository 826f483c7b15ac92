/**
 * The Januses that we run.
 *
 * @module
 */

import type { Config, Name, UpstreamConfig } from "../config/config.ts";
import { ENGINE_STOP_TIMEOUT_MS } from "../limits.ts";
import type { Logger } from "../log.ts";
import type { JanusInstall } from "./janus_install.ts";
import type { Service, ServiceOptions } from "./service.ts";
import { SpawnedJanus } from "./spawned_janus.ts";

/** What Januses of ours are made from. */
export interface JanusSetup {
  readonly config: Config;
  /** Where Janus is, for the configuration's Januses. */
  readonly install?: JanusInstall | undefined;
}

/** What it takes to run them. */
export interface JanusesOptions {
  readonly service: (options: Omit<ServiceOptions, "log">) => Service;
  /** Called when one has to go to another port. */
  readonly onMoved: () => void;
  readonly log: Logger;
}

interface Running {
  readonly janus: SpawnedJanus;
  readonly service: Service;
}

/** All of them, by name. */
export class Januses {
  readonly #options: JanusesOptions;
  readonly #running = new Map<Name, Running>();

  constructor(options: JanusesOptions) {
    this.#options = options;
  }

  get services(): readonly Service[] {
    return [...this.#running.values()].map(({ service }) => service);
  }

  /** How the gateway reaches them: as any other Janus. */
  get upstreams(): readonly UpstreamConfig[] {
    return [...this.#running.values()].map(({ janus }) => janus.upstream);
  }

  /** The gateway need not wait for it: its port is known beforehand. */
  start(name: Name, setup: JanusSetup): void {
    const { service, onMoved, log } = this.#options;
    const janus = new SpawnedJanus({ ...optionsOf(name, setup), log });
    this.#running.set(name, {
      janus,
      service: service({
        program: () => janus.program(),
        onReady: () => {},
        onRefused: () => void (janus.moves() && onMoved()),
        stopTimeoutMs: ENGINE_STOP_TIMEOUT_MS,
      }),
    });
  }

  /** Starts one anew with another setup. */
  restart(name: Name, setup: JanusSetup): void {
    const running = this.#running.get(name);
    const fields = { janus: name, reason: "its settings have changed" };
    this.#options.log.warn("Janus restarts, its viewers with it", fields);
    running?.janus.configure(optionsOf(name, setup));
    running?.service.restart();
  }

  /** Lets go of one; who stops it is the caller. */
  release(name: Name): Service | undefined {
    const service = this.#running.get(name)?.service;
    this.#running.delete(name);
    return service;
  }
}

function optionsOf(name: Name, { config, install }: JanusSetup) {
  const janus = config.januses.find((janus) => janus.name === name);
  if (janus === undefined || install === undefined) {
    throw new TypeError(`Cannot run Janus ${name}: not configured or found`);
  }
  return { janus, config, install };
}
