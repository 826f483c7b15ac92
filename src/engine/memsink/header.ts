/**
 * A copy of a sink's header, and what its fields say.
 *
 * @module
 */

import {
  FORMAT_OFFSET,
  HEADER_SIZE_MAX,
  HEIGHT_OFFSET,
  ID_AT,
  type Layout,
  MAGIC_HALF,
  NATIVE_ABI,
  PEEK_SIZE,
  USED_AT,
  VERSION_AT,
} from "./layouts.ts";
import type { SharedMemory } from "./shared_memory.ts";

const START = 0n;
/** Magic, version and id: all that a look without the lock is about. */
const PEEK_BYTES = BigInt(PEEK_SIZE);
const HEADER_BYTES = BigInt(HEADER_SIZE_MAX);

/** One reusable copy of a header. Its numbers are another process's word. */
export class SinkHeader {
  readonly #bytes = new Uint8Array(HEADER_SIZE_MAX);
  readonly #view = new DataView(this.#bytes.buffer);

  /** Copies magic, version and id; false if the object is shorter or blank. */
  peek(memory: SharedMemory): boolean {
    return memory.read(this.#bytes, PEEK_BYTES, START) === PEEK_SIZE &&
      this.#hasMagic();
  }

  /** Copies all; false unless it is a header of this layout. */
  load(memory: SharedMemory, layout: Layout): boolean {
    const end = layout.encodeEnd + NATIVE_ABI.longDouble.size;
    return memory.read(this.#bytes, HEADER_BYTES, START) >= end &&
      this.#hasMagic() && this.version === layout.version;
  }

  get version(): number {
    return this.#view.getUint32(VERSION_AT, true);
  }

  // In halves, because a BigInt would be a new object at each look.
  get idLow(): number {
    return this.#view.getUint32(ID_AT, true);
  }

  get idHigh(): number {
    return this.#view.getUint32(ID_AT + 4, true);
  }

  /** Size of the frame; inexact beyond 2⁵³, where it is too large anyway. */
  get used(): number {
    const low = this.#view.getUint32(USED_AT, true);
    if (NATIVE_ABI.sizeBytes === 4) return low;
    return this.#view.getUint32(USED_AT + 4, true) * 2 ** 32 + low;
  }

  width(layout: Layout): number {
    return this.#view.getUint32(layout.geometry, true);
  }

  height(layout: Layout): number {
    return this.#view.getUint32(layout.geometry + HEIGHT_OFFSET, true);
  }

  format(layout: Layout): number {
    return this.#view.getUint32(layout.geometry + FORMAT_OFFSET, true);
  }

  online(layout: Layout): boolean {
    return this.#view.getUint8(layout.flags) !== 0;
  }

  keyFrame(layout: Layout): boolean {
    return this.#view.getUint8(layout.flags + 1) !== 0;
  }

  gop({ gop }: Layout): number | undefined {
    return gop === undefined ? undefined : this.#view.getUint32(gop, true);
  }

  grabSeconds(layout: Layout): number {
    return NATIVE_ABI.longDouble.read(this.#view, layout.grabBegin);
  }

  encodeEndSeconds(layout: Layout): number {
    return NATIVE_ABI.longDouble.read(this.#view, layout.encodeEnd);
  }

  #hasMagic(): boolean {
    return this.#view.getUint32(0, true) === MAGIC_HALF &&
      this.#view.getUint32(4, true) === MAGIC_HALF;
  }
}

/** V4L2's fourcc as people write it: `MJPG`. */
export function fourcc(format: number): string {
  const bytes = [0, 8, 16, 24].map((shift) => format >>> shift & 0xff);
  const text = String.fromCharCode(...bytes);
  return /^[\x20-\x7e]{4}$/.test(text)
    ? text.trim()
    : `0x${format.toString(16)}`;
}
