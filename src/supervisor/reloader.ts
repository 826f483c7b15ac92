/**
 * Reads the configuration again and has it applied, or says why not.
 *
 * @module
 */

import type { Config } from "../config/config.ts";
import type { ReloadResult } from "../config/handover.ts";
import { difference } from "../config/difference.ts";
import { ConfigError, type Problem } from "../config/problem.ts";
import type { Logger } from "../log.ts";
import type { JanusSetup } from "./januses.ts";

/** What made us look. */
export type ReloadCause = "SIGHUP" | "file";

/** What reloading needs. */
export interface ReloaderOptions {
  /** Parses everything as at the start; rejects with a `ConfigError`. */
  readonly load: () => Promise<JanusSetup>;
  readonly apply: (setup: JanusSetup) => void;
  /** Called after each change of the configuration. */
  readonly onResult: (result: ReloadResult) => void;
  /** What runs now. */
  readonly config: Config;
  readonly log: Logger;
}

/** Reloads, one at a time. */
export class Reloader {
  readonly #options: ReloaderOptions;
  #config: Config;
  #running: Promise<void> | undefined;
  #next: ReloadCause | undefined;

  constructor(options: ReloaderOptions) {
    this.#options = options;
    this.#config = options.config;
  }

  /** Asks for it; many at once become one more. */
  request(cause: ReloadCause): void {
    // A signal is the stronger wish: it is always answered.
    if (this.#next !== "SIGHUP") this.#next = cause;
    this.#running ??= this.#run().finally(() => this.#running = undefined);
  }

  async #run(): Promise<void> {
    for (;;) {
      const cause = this.#next;
      this.#next = undefined;
      if (cause === undefined) return;
      await this.#reload(cause);
    }
  }

  async #reload(cause: ReloadCause): Promise<void> {
    let setup: JanusSetup;
    try {
      setup = await this.#options.load();
    } catch (error) {
      return this.#refused(cause, problemsOf(error));
    }
    const { added, removed, changed } = difference(this.#config, setup.config);
    this.#options.log.setLevel(setup.config.logLevel);
    this.#config = setup.config;
    const isNews = added.length + removed.length + changed.length > 0;
    // A remark was written, or the file was touched.
    if (!isNews && cause === "file") return;
    this.#options.apply(setup);
    this.#options.onResult("ok");
    this.#audit.info("configuration reloaded", {
      cause,
      result: "ok",
      added: names(added),
      removed: names(removed),
      changed: names(isNews ? changed : ["nothing"]),
    });
  }

  /** Each problem on a line of its own, with its place. */
  #refused(cause: ReloadCause, problems: readonly Problem[]): void {
    for (const { where, key, text } of problems) {
      this.#options.log.error("configuration refused, the old one stays", {
        where: where === "" ? undefined : where,
        key: key === "" ? undefined : key,
        reason: text,
      });
    }
    const fields = { cause, result: "refused", problems: problems.length };
    this.#audit.warn("configuration reloaded", fields);
    this.#options.onResult("refused");
  }

  get #audit(): Logger {
    return this.#options.log.module("audit");
  }
}

/** A full table of files, a broken state folder: that may pass. */
function problemsOf(error: unknown): readonly Problem[] {
  if (error instanceof ConfigError) return error.problems;
  return [{ where: "", key: "", text: String(error) }];
}

function names(list: readonly string[]): string | undefined {
  return list.length === 0 ? undefined : list.join(" ");
}
