/**
 * What a process uses, from /proc (proc(5)).
 *
 * @module
 */

/** Clock ticks per second on Linux, whatever the kernel's own rate. */
const TICKS_HZ = 100;

/** A process at one moment. */
export interface Usage {
  /** Of all threads, those that have ended too; exact to 20 ms. */
  readonly cpuSeconds: number;
  readonly threads: number;
  readonly memoryMiB: number;
}

/** Reads what a process has used so far. */
export async function usageOf(pid: number): Promise<Usage> {
  // Deno itself opens /proc only with all permissions.
  const { stdout } = await new Deno.Command("cat", {
    args: [`/proc/${pid}/stat`, `/proc/${pid}/status`],
  }).output();
  const text = new TextDecoder().decode(stdout);
  // The name in parentheses may hold spaces; fields count from after it.
  const fields = text.slice(text.indexOf(") ") + 2).split(" ");
  const [user, system, threads] = [fields[11], fields[12], fields[17]];
  const kib = /^VmRSS:\s+(\d+) kB/m.exec(text)?.[1];
  return {
    cpuSeconds: (Number(user) + Number(system)) / TICKS_HZ,
    threads: Number(threads),
    memoryMiB: Number(kib) / 1024,
  };
}
