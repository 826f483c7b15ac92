/**
 * A shared memory object for a writer to fill.
 *
 * @module
 */

import { SinkHeader } from "./header.ts";
import type { Layout } from "./layouts.ts";
import { EACCES, EEXIST, ENOENT, ENOSPC, EPERM } from "./libc.ts";
import { type ObjectName, SharedMemory } from "./shared_memory.ts";
import { SinkError } from "./sink_error.ts";

const REASONS: Readonly<Record<number, string>> = {
  [EPERM]: "it belongs to another user",
  [ENOENT]: "this machine has no /dev/shm",
  [EACCES]: "permission denied",
  [EEXIST]: "another writer has just created it",
  [ENOSPC]: "/dev/shm is full",
};

/**
 * Creates an object for this layout, or opens the one that is there. One of
 * another layout is replaced instead of resized: shrinking an object kills
 * whoever has mapped it.
 *
 * @throws {SinkError} With one clear sentence.
 */
export function obtainObject(
  name: ObjectName,
  { layout, mode }: { layout: Layout; mode: number },
): SharedMemory {
  const found = name.open();
  if (found instanceof SharedMemory) {
    if (fits(found, layout)) {
      // Fails for another user's object, whose mode let us in already.
      found.setMode(mode);
      return found;
    }
    found[Symbol.dispose]();
    const unlinked = name.unlink();
    if (unlinked < 0) fail("replace", { name, negativeErrno: unlinked });
  } else if (found !== -ENOENT) {
    fail("open", { name, negativeErrno: found });
  }
  return create(name, { size: layout.objectSize, mode });
}

function create(
  name: ObjectName,
  { size, mode }: { size: number; mode: number },
): SharedMemory {
  const memory = name.create(mode);
  if (!(memory instanceof SharedMemory)) {
    fail("create", { name, negativeErrno: memory });
  }
  const resized = memory.resize(size);
  if (resized < 0) {
    memory[Symbol.dispose]();
    name.unlink();
    fail("size", { name, negativeErrno: resized });
  }
  return memory;
}

/** Whether an object has this layout, or the size for it and no content. */
function fits(memory: SharedMemory, layout: Layout): boolean {
  const facts = memory.stat();
  if (typeof facts === "number" || facts.size !== layout.objectSize) {
    return false;
  }
  const header = new SinkHeader();
  return !header.peek(memory) || header.version === layout.version;
}

function fail(
  verb: string,
  { name, negativeErrno }: { name: ObjectName; negativeErrno: number },
): never {
  const reason = REASONS[-negativeErrno] ?? `errno ${-negativeErrno}`;
  throw new SinkError(`Cannot ${verb} memory sink ${name.text}: ${reason}`);
}
