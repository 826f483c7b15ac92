/**
 * A POSIX shared memory object, read and written by position.
 *
 * @module
 */

import { errno, libc } from "./libc.ts";

const O_RDWR = 0o2;
const O_CREAT = 0o100;
const O_EXCL = 0o200;
const LOCK_EX = 2;
const LOCK_NB = 4;
const LOCK_UN = 8;
const AT_FDCWD = -100;
const AT_EMPTY_PATH = 0x1000;
const STATX_BASIC_STATS = 0x7ff;
/** NAME_MAX of Linux, bytes. */
const NAME_SIZE_MAX = 255;

/** What `statx(2)` says about an object. */
export interface ObjectFacts {
  readonly inode: bigint;
  readonly size: number;
  /** Permission bits only. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** Whether a text can name a shared memory object (shm_open(3)). */
export function isObjectName(name: string): boolean {
  const bare = name.replace(/^\//, "");
  return bare !== "" && bare !== "." && bare !== ".." &&
    !/[/\0]/.test(bare) &&
    new TextEncoder().encode(bare).length <= NAME_SIZE_MAX;
}

/** An object's name in the two forms that libc wants, made once. */
export class ObjectName {
  readonly #name: Uint8Array<ArrayBuffer>;
  readonly #path: Uint8Array<ArrayBuffer>;

  constructor(readonly text: string) {
    if (!isObjectName(text)) {
      throw new TypeError(
        `Cannot use shared memory name: current value is "${text}", ` +
          'expected a name such as "demo::ustreamer::h264"',
      );
    }
    const bare = text.replace(/^\//, "");
    this.#name = cString(`/${bare}`);
    // Where Linux keeps them (shm_overview(7)); shm_open itself cannot stat.
    this.#path = cString(`/dev/shm/${bare}`);
  }

  /** Opens the object, or says why not: a negative errno. */
  open(): SharedMemory | number {
    return this.#open(O_RDWR, 0);
  }

  /** Creates the object, or says why not: a negative errno. */
  create(mode: number): SharedMemory | number {
    const memory = this.#open(O_RDWR | O_CREAT | O_EXCL, mode);
    if (memory instanceof SharedMemory) memory.setMode(mode);
    return memory;
  }

  /** The object that has the name now; a negative errno if none can be seen. */
  stat(): ObjectFacts | number {
    return stat(AT_FDCWD, this.#path, 0);
  }

  unlink(): number {
    return libc().shm_unlink(this.#name) === 0 ? 0 : -errno();
  }

  #open(flags: number, mode: number): SharedMemory | number {
    const fd = libc().shm_open(this.#name, flags, mode);
    return fd < 0 ? -errno() : new SharedMemory(fd);
  }
}

const EMPTY = cString("");

/** An open object. Positions and sizes are bytes. */
export class SharedMemory implements Disposable {
  readonly #fd: number;
  readonly #libc = libc();

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** Takes flock(2)'s exclusive lock, or returns false at once. */
  tryLock(): boolean {
    return this.#libc.flock(this.#fd, LOCK_EX | LOCK_NB) === 0;
  }

  unlock(): void {
    this.#libc.flock(this.#fd, LOCK_UN);
  }

  /** Reads into the start of `target`; returns how much there was. */
  read(target: Uint8Array, size: bigint, position: bigint): number {
    return this.#libc.pread(this.#fd, target as Buffer, size, position);
  }

  /** Writes the start of `source`; false if not all of it could be. */
  write(source: Uint8Array, size: number, position: number): boolean {
    return size === this.#libc.pwrite(
      this.#fd,
      source as Buffer,
      BigInt(size),
      BigInt(position),
    );
  }

  stat(): ObjectFacts | number {
    return stat(this.#fd, EMPTY, AT_EMPTY_PATH);
  }

  resize(size: number): number {
    return this.#libc.ftruncate(this.#fd, BigInt(size)) === 0 ? 0 : -errno();
  }

  /** Sets the permission bits whatever the umask was. */
  setMode(mode: number): number {
    return this.#libc.fchmod(this.#fd, mode) === 0 ? 0 : -errno();
  }

  [Symbol.dispose](): void {
    this.#libc.close(this.#fd);
  }
}

/** What `Deno.dlopen` takes for a `"buffer"`. */
type Buffer = Uint8Array<ArrayBuffer>;

const facts = new DataView(new ArrayBuffer(256));

/** statx(2), because its struct, unlike stat's, is the same on every ABI. */
function stat(fd: number, path: Buffer, flags: number): ObjectFacts | number {
  if (libc().statx(fd, path, flags, STATX_BASIC_STATS, facts) !== 0) {
    return -errno();
  }
  return {
    uid: facts.getUint32(20, true),
    gid: facts.getUint32(24, true),
    mode: facts.getUint16(28, true) & 0o7777,
    inode: facts.getBigUint64(32, true),
    size: Number(facts.getBigUint64(40, true)),
  };
}

function cString(text: string): Buffer {
  return new TextEncoder().encode(`${text}\0`);
}
