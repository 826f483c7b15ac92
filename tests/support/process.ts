/**
 * Real processes in tests: started, listened to, and surely gone afterwards.
 *
 * @module
 */

import { fromFileUrl } from "@std/path";

/** The command line's own file. */
export const MAIN = fromFileUrl(new URL("../../src/main.ts", import.meta.url));

/** Long enough for a start on a busy machine. */
const WAIT_MS = 60_000;

/** How to start one. */
export interface ProcessOptions {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Defaults to this Deno. */
  readonly command?: string;
}

/** A process whose output is kept. */
export class TestProcess implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #output = { stdout: "", stderr: "" };
  readonly #finished: Promise<unknown>;
  #changed = Promise.withResolvers<void>();

  constructor(
    { args, env = {}, cwd, command = Deno.execPath() }: ProcessOptions,
  ) {
    this.#process = new Deno.Command(command, {
      args: [...args],
      env: { ...env },
      ...(cwd !== undefined && { cwd }),
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#finished = Promise.all([
      this.#collect("stdout"),
      this.#collect("stderr"),
    ]);
  }

  get pid(): number {
    return this.#process.pid;
  }

  get stdout(): string {
    return this.#output.stdout;
  }

  get stderr(): string {
    return this.#output.stderr;
  }

  /** Writes to its standard input, which stays open. */
  async write(input: string | Uint8Array<ArrayBuffer>): Promise<void> {
    const writer = this.#process.stdin.getWriter();
    await writer.write(
      typeof input === "string" ? new TextEncoder().encode(input) : input,
    );
    writer.releaseLock();
  }

  async closeInput(): Promise<void> {
    await this.#process.stdin.close();
  }

  /** Waits until its output matches, and gives the match. */
  async output(
    stream: "stdout" | "stderr",
    pattern: RegExp,
  ): Promise<RegExpExecArray> {
    const late = AbortSignal.timeout(WAIT_MS);
    for (let open = true;;) {
      const match = pattern.exec(this.#output[stream]);
      if (match !== null) return match;
      if (!open || late.aborted) {
        const { stdout, stderr } = this.#output;
        throw new Error(`no ${pattern}: ${JSON.stringify({ stdout, stderr })}`);
      }
      open = await within(
        late,
        Promise.race([
          this.#changed.promise.then(() => true),
          this.#finished.then(() => false),
        ]),
        true,
      );
    }
  }

  kill(signal: Deno.Signal): void {
    this.#process.kill(signal);
  }

  /** Waits for its end. */
  async exit(): Promise<Deno.CommandStatus> {
    const late = AbortSignal.timeout(WAIT_MS);
    const status = await within(late, this.#process.status, undefined);
    if (status === undefined) throw new Error("the process does not end");
    await this.#finished;
    return status;
  }

  async #collect(name: "stdout" | "stderr"): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of this.#process[name]) {
      this.#output[name] += decoder.decode(chunk, { stream: true });
      this.#changed.resolve();
      this.#changed = Promise.withResolvers();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.#process.stdin.close().catch(() => {});
    await this.#process.status;
    await this.#finished;
  }
}

/** A promise's value, or another once it is late. */
async function within<T, L>(
  late: AbortSignal,
  promise: Promise<T>,
  otherwise: L,
): Promise<T | L> {
  const { promise: aborted, resolve } = Promise.withResolvers<L>();
  const onAbort = () => resolve(otherwise);
  late.addEventListener("abort", onAbort);
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    late.removeEventListener("abort", onAbort);
  }
}

/** Whether a process of that id runs (a zombie does not). */
export async function isRunning(pid: number): Promise<boolean> {
  const stat = await proc(`cat /proc/${pid}/stat`);
  return stat !== "" && !/\) [ZX] /.test(stat);
}

/** The processes that a process has started. */
export async function childrenOf(pid: number): Promise<number[]> {
  const text = await proc(`cat /proc/${pid}/task/*/children`);
  return text.split(/\s+/).filter((word) => word !== "").map(Number);
}

/** A process's arguments, one a line. */
export async function argumentsOf(pid: number): Promise<string[]> {
  return (await proc(`cat /proc/${pid}/cmdline`)).split("\0");
}

/** A process's environment at its start, one variable a line. */
export async function environmentOf(pid: number): Promise<string[]> {
  return (await proc(`cat /proc/${pid}/environ`)).split("\0");
}

/** The memory that a process holds, bytes. */
export async function residentSize(pid: number): Promise<number> {
  const status = await proc(`cat /proc/${pid}/status`);
  return 1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
}

/** How many files and sockets a process has open. */
export async function openFileCount(pid: number): Promise<number> {
  return Number(await proc(`ls /proc/${pid}/fd | wc -l`));
}

/** Deno itself opens /proc only with all permissions. */
async function proc(script: string): Promise<string> {
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", script],
    stderr: "null",
  }).output();
  return new TextDecoder().decode(stdout);
}
