/**
 * What a process uses, from /proc (proc(5)).
 *
 * @module
 */

/** A process at one moment. */
export interface Usage {
  readonly cpuSeconds: number;
  readonly threads: number;
  readonly memoryMiB: number;
}

/** Reads what a process, all its threads, has used so far. */
export async function usageOf(pid: number): Promise<Usage> {
  // Deno itself opens /proc only with all permissions.
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", `cat /proc/${pid}/task/*/schedstat /proc/${pid}/status`],
  }).output();
  const text = new TextDecoder().decode(stdout);
  // A line per thread: nanoseconds on a CPU, waiting for one, time slices.
  const lines = [...text.matchAll(/^(\d+) \d+ \d+$/gm)];
  const kib = /^VmRSS:\s+(\d+) kB/m.exec(text)?.[1];
  return {
    cpuSeconds: lines.reduce((sum, line) => sum + Number(line[1]), 0) / 1e9,
    threads: lines.length,
    memoryMiB: Number(kib) / 1024,
  };
}
