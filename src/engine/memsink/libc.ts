/**
 * The system calls behind memory sinks, through libc.
 *
 * Not `mmap`: touching a mapping that its writer has truncated is a SIGBUS,
 * which ends the process, while `pread` returns short. And `pread` copies a
 * frame straight to where it is wanted, so nothing is copied twice.
 *
 * @module
 */

import { SinkError } from "./sink_error.ts";

/**
 * Results are declared `i32` although `pread` and `pwrite` return `ssize_t`:
 * none of ours is near 2³¹, and a 64-bit result would be a new BigInt each
 * millisecond. On a little-endian ABI the low half is the number.
 */
const SYMBOLS = {
  shm_open: { parameters: ["buffer", "i32", "u32"], result: "i32" },
  shm_unlink: { parameters: ["buffer"], result: "i32" },
  fchmod: { parameters: ["i32", "u32"], result: "i32" },
  ftruncate: { parameters: ["i32", "i64"], result: "i32" },
  statx: {
    parameters: ["i32", "buffer", "i32", "u32", "buffer"],
    result: "i32",
  },
  flock: { parameters: ["i32", "i32"], result: "i32" },
  pread: { parameters: ["i32", "buffer", "usize", "i64"], result: "i32" },
  pwrite: { parameters: ["i32", "buffer", "usize", "i64"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  usleep: { parameters: ["u32"], result: "i32" },
  getrlimit: { parameters: ["i32", "buffer"], result: "i32" },
  clock_gettime: { parameters: ["i32", "buffer"], result: "i32" },
  __errno_location: { parameters: [], result: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;

type Libc = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

const loaded = load();

/** libc, or an error in one sentence where there are no memory sinks. */
export function libc(): Libc {
  if (loaded instanceof SinkError) throw loaded;
  return loaded;
}

/** glibc under its fixed name, musl under the one that its loader has. */
function load(): Libc | SinkError {
  if (Deno.build.os !== "linux") {
    return new SinkError(
      `Memory sinks need Linux's shared memory: this is ${Deno.build.os}.`,
    );
  }
  let reason: unknown;
  for (const name of ["libc.so.6", `libc.musl-${Deno.build.arch}.so.1`]) {
    try {
      return Deno.dlopen(name, SYMBOLS).symbols;
    } catch (error) {
      reason ??= error;
    }
  }
  return new SinkError(
    "Cannot load libc: memory sinks need --allow-ffi, and " +
      "glibc 2.34 or musl 1.2.5 at least",
    { cause: reason },
  );
}

/** `errno` of the call before; read it at once. */
export function errno(): number {
  const at = libc().__errno_location();
  return at === null ? 0 : new Deno.UnsafePointerView(at).getInt32();
}

// Numbers of <errno.h>, the same on every Linux ABI that Deno runs on.
export const EPERM = 1;
export const ENOENT = 2;
export const EACCES = 13;
export const EEXIST = 17;
export const ENOSPC = 28;

const CLOCK_MONOTONIC = 1;
const time = new DataView(new ArrayBuffer(16));

/** Seconds of CLOCK_MONOTONIC, the clock of a memory sink's times. */
export function monotonicSeconds(): number {
  libc().clock_gettime(CLOCK_MONOTONIC, time);
  // struct timespec of 64-bit Linux; seconds stay below 2³² for 136 years.
  return time.getUint32(0, true) + time.getUint32(8, true) / 1e9;
}

/** Sleeps without the lateness of timers; nothing else runs meanwhile. */
export function doze(micros: number): void {
  libc().usleep(micros);
}
