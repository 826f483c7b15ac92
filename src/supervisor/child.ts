/**
 * One process of ours, from its start to its end.
 *
 * @module
 */

import { CHILD_READY_TIMEOUT_MS } from "../limits.ts";
import { eachLine, firstLine } from "./lines.ts";

/** What to start. */
export interface Program {
  /** For the log. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Goes to standard input as one line of JSON. */
  readonly handover?: unknown;
  /**
   * A program of others: takes each line that it writes, and tells of one
   * that it serves. Ours write one line of JSON when they do.
   */
  readonly onLine?: (line: string) => boolean;
}

/** How a process ended. */
export interface Exit {
  readonly code: number;
  readonly signal: string | undefined;
}

/**
 * A running process. Its standard input stays open as long as we live: its
 * end tells the child that the supervisor is gone, even after `kill -9`.
 */
export class Child {
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly exited: Promise<Exit>;
  /** The parsed ready line; `undefined` if it ended or took too long. */
  readonly ready: Promise<unknown>;

  constructor(program: Program) {
    this.#process = new Deno.Command(program.command, {
      args: [...program.args],
      env: { ...program.env },
      clearEnv: true,
      stdin: "piped",
      stdout: "piped",
      // A child's log lines are ours: same terminal, journal or file.
      stderr: program.onLine === undefined ? "inherit" : "piped",
      // A terminal sends Ctrl-C to all at once; ours leave it to us.
      detached: program.onLine !== undefined,
    }).spawn();
    this.#input = this.#process.stdin.getWriter();
    if (program.handover !== undefined) this.send(program.handover);
    this.exited = this.#process.status.then(async ({ code, signal }) => {
      await this.#input.close().catch(() => {});
      return { code, signal: signal ?? undefined };
    });
    this.ready = this.#inTime(
      program.onLine === undefined
        ? firstLine(this.#process.stdout).then((line) => JSON.parse(line))
        : this.#served(program.onLine),
    );
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Writes one line of JSON to its standard input. */
  send(message: unknown): void {
    const line = JSON.stringify(message) + "\n";
    // A child that dies breaks the pipe; its exit says why.
    this.#input.write(new TextEncoder().encode(line)).catch(() => {});
  }

  /** Reads all that it writes; resolves when a line says that it serves. */
  async #served(onLine: (line: string) => boolean): Promise<true> {
    const { promise, resolve, reject } = Promise.withResolvers<true>();
    const take = (line: string) => void (onLine(line) && resolve(true));
    const { stdout, stderr } = this.#process;
    Promise.all([eachLine(stdout, take), eachLine(stderr, take)])
      .then(() => reject(new TypeError("Its output has ended")), reject);
    return await promise;
  }

  async #inTime(answer: Promise<unknown>): Promise<unknown> {
    const kill = () => this.signal("SIGKILL");
    const timer = setTimeout(kill, CHILD_READY_TIMEOUT_MS);
    try {
      return await answer;
    } catch {
      // One that has ended already keeps its exit code.
      kill();
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  /** SIGTERM, then SIGKILL for one that does not listen. */
  async stop(timeoutMs: number): Promise<Exit> {
    this.signal("SIGTERM");
    const timer = setTimeout(() => this.signal("SIGKILL"), timeoutMs);
    const exit = await this.exited;
    clearTimeout(timer);
    return exit;
  }

  /** Sends a signal; to a process that has ended, nothing. */
  signal(name: Deno.Signal): void {
    try {
      this.#process.kill(name);
    } catch (error) {
      const ended = error instanceof TypeError ||
        error instanceof Deno.errors.NotFound;
      if (!ended) throw error;
    }
  }
}
