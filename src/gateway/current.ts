/**
 * The configuration as it is now: one object, replaced as a whole, so that
 * nobody ever sees half of another one.
 *
 * @module
 */

import type { Config } from "../config/config.ts";

/** Holds it. */
export class Current {
  #config: Config;

  constructor(config: Config) {
    this.#config = config;
  }

  get config(): Config {
    return this.#config;
  }

  replace(config: Config): void {
    this.#config = config;
  }

  /** What follows from it, worked out once for each configuration. */
  derive<T>(derivation: (config: Config) => T): () => T {
    let source: Config | undefined;
    let derived: T;
    return () => {
      if (source !== this.#config) derived = derivation(this.#config);
      source = this.#config;
      return derived;
    };
  }
}
