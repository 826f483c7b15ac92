/**
 * A process that is kept running.
 *
 * @module
 */

import { delay } from "@std/async/delay";
import type { Logger } from "../log.ts";
import { ADDRESS_IN_USE, Backoff, type Life } from "./backoff.ts";
import { Child, type Program } from "./child.ts";

/** What a service runs and who hears of it. */
export interface ServiceOptions {
  /** Called for each start, so that each can be told something new. */
  readonly program: () => Program | Promise<Program>;
  /** Called with each ready line. */
  readonly onReady: (answer: unknown) => void;
  /** Called when a start ended without one. */
  readonly onRefused?: (code: number) => void;
  readonly stopTimeoutMs: number;
  readonly log: Logger;
}

const NOT_STARTED: Life = { code: 1, wasReady: false, lastedMs: 0 };

/** Starts a process, starts it again when it dies, until it is stopped. */
export class Service {
  readonly #options: ServiceOptions;
  readonly #stopping = new AbortController();
  #child: Child | undefined;
  #restart = false;
  #isLast = false;
  #stopped: Promise<void> | undefined;
  /** What a child that is just being started has to be told, too. */
  #unsent: unknown[] = [];
  /** The exit code that made us give up, or 0 after `stop`. */
  readonly ended: Promise<number>;

  constructor(options: ServiceOptions) {
    this.#options = options;
    this.ended = this.#run();
  }

  /** Ends the process for good. */
  stop(): Promise<void> {
    // A second SIGTERM would cut off the leave that the first one began.
    return this.#stopped ??= this.#stop();
  }

  async #stop(): Promise<void> {
    this.#stopping.abort();
    await this.#child?.stop(this.#options.stopTimeoutMs);
    await this.ended;
  }

  /** Ends the process now, without its leave. */
  kill(): void {
    this.#stopping.abort();
    this.#child?.signal("SIGKILL");
  }

  /** Starts the process anew, with what `program` says by then. */
  async restart(): Promise<void> {
    this.#restart = true;
    await this.#child?.stop(this.#options.stopTimeoutMs);
  }

  /** Writes a line to the process; one that is not there is not told. */
  send(message: unknown): void {
    if (this.#child === undefined) this.#unsent.push(message);
    else this.#child.send(message);
  }

  /** Starts no further process when this one ends. */
  leaveAlone(): void {
    this.#isLast = true;
  }

  async #run(): Promise<number> {
    const { signal } = this.#stopping;
    const backoff = new Backoff();
    while (!signal.aborted && !this.#isLast) {
      const life = await this.#live();
      if (signal.aborted || this.#isLast) break;
      const next = this.#restart ? 0 : backoff.next(life);
      if (next === "give up") return life.code;
      await delay(next, { signal }).catch(() => {});
    }
    return 0;
  }

  async #live(): Promise<Life> {
    const { program, onReady, onRefused, log } = this.#options;
    const startedMs = performance.now();
    let what: Program;
    let child: Child;
    try {
      // What is said from here on may not be in the program any more.
      this.#unsent = [];
      do {
        this.#restart = false;
        what = await program();
      } while (this.#restart);
      if (this.#stopping.signal.aborted) return NOT_STARTED;
      child = this.#child = new Child(what);
      for (const message of this.#unsent.splice(0)) child.send(message);
    } catch (error) {
      // A full disk, a program that is no longer there: this may pass.
      log.error("cannot start a process", { reason: String(error) });
      return NOT_STARTED;
    }
    log.debug("started", { process: what.name, pid: child.pid });
    const answer = await child.ready;
    const wasReady = answer !== undefined;
    if (wasReady) onReady(answer);
    const { code, signal } = await child.exited;
    this.#child = undefined;
    if (!wasReady) onRefused?.(code);
    const lastedMs = performance.now() - startedMs;
    if (!this.#stopping.signal.aborted && !this.#restart) {
      const fields = { process: what.name, exitCode: code, signal, wasReady };
      // It has said itself that its address is taken, where that matters.
      const level = code === ADDRESS_IN_USE ? "info" : "warn";
      log.log(level, "process ended", fields);
    }
    return { code, wasReady, lastedMs };
  }
}
