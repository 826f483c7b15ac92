/**
 * Writes H.264 frames into a µStreamer memory sink, as any of its versions.
 *
 * @module
 */

import { setTimeout as delay } from "node:timers/promises";
import {
  SINK_CLIENT_TTL_MS,
  SINK_LOCK_POLL_MS,
  SINK_LOCK_WAIT_MS_MAX,
} from "../../limits.ts";
import {
  FORMAT_H264,
  FORMAT_OFFSET,
  HEADER_SIZE_MAX,
  HEIGHT_OFFSET,
  ID_AT,
  type Layout,
  LAYOUT_DEFAULT_NAME,
  layoutByName,
  MAGIC_HALF,
  NATIVE_ABI,
  STRIDE_OFFSET,
  USED_AT,
  VERSION_AT,
} from "./layouts.ts";
import { monotonicSeconds } from "./libc.ts";
import { obtainObject } from "./obtain_object.ts";
import { ObjectName, type SharedMemory } from "./shared_memory.ts";
import { SinkError } from "./sink_error.ts";

/** A frame to write: one access unit, Annex B. */
export interface OutgoingFrame {
  readonly bytes: Uint8Array;
  readonly keyFrame: boolean;
  readonly width: number;
  readonly height: number;
  /** When the picture was taken: seconds of CLOCK_MONOTONIC; none: now. */
  readonly grabSeconds?: number;
  /** 0 asks for no playout delay. */
  readonly gop?: number;
  /** False: the source gives no picture, this frame is a stand-in. */
  readonly online?: boolean;
  /** V4L2's fourcc; none: `H264`. */
  readonly format?: number;
}

/** What became of a frame; nothing was written unless it is `written`. */
export type WriteResult = "written" | "locked" | "too_large";

/** What a version 10 reader wishes for; a zero is no wish. */
export interface Wants {
  readonly width: number;
  readonly height: number;
  readonly format: number;
  readonly fps: number;
}

/** The one writer of a sink. */
export class MemsinkWriter implements Disposable {
  readonly layout: Layout;
  readonly #name: ObjectName;
  readonly #memory: SharedMemory;
  readonly #header = new DataView(new ArrayBuffer(HEADER_SIZE_MAX));
  readonly #headerBytes = new Uint8Array(this.#header.buffer);
  /** Where fields of readers are read to. */
  readonly #field = new DataView(new ArrayBuffer(16));
  readonly #fieldBytes = new Uint8Array(this.#field.buffer);
  #idMicros = 0;

  /**
   * Creates the sink, or takes over one of the same layout that was left
   * there, so that readers who have it open stay connected.
   *
   * @throws {SinkError} With one clear sentence.
   */
  constructor(
    name: string,
    { layout = layoutByName(LAYOUT_DEFAULT_NAME)!, mode = 0o660 }: {
      layout?: Layout;
      mode?: number;
    } = {},
  ) {
    this.#name = new ObjectName(name);
    this.layout = layout;
    this.#memory = obtainObject(this.#name, { layout, mode });
  }

  /**
   * Writes a frame, waiting up to a second for the lock.
   *
   * @throws {SinkError} If shared memory is full.
   */
  async write(frame: OutgoingFrame): Promise<WriteResult> {
    const endSeconds = monotonicSeconds() + SINK_LOCK_WAIT_MS_MAX / 1000;
    for (;;) {
      const result = this.tryWrite(frame);
      if (result !== "locked" || monotonicSeconds() > endSeconds) return result;
      await delay(SINK_LOCK_POLL_MS);
    }
  }

  /** Writes a frame unless a reader holds the lock just now. */
  tryWrite(frame: OutgoingFrame): WriteResult {
    if (frame.bytes.length > this.layout.dataSize) return "too_large";
    if (!this.#memory.tryLock()) return "locked";
    try {
      this.#put(frame);
    } finally {
      this.#memory.unlock();
    }
    return "written";
  }

  /** Whether a reader asks for a key frame and none has gone out since. */
  get keyFrameRequested(): boolean {
    const { keyRequest } = this.layout;
    return keyRequest !== undefined && this.#load(keyRequest, 1) &&
      this.#field.getUint8(0) !== 0;
  }

  /** Whether a reader was here within the last ten seconds. */
  get hasClients(): boolean {
    const { longDouble } = NATIVE_ABI;
    if (!this.#load(this.layout.lastClient, longDouble.size)) return false;
    const seenSeconds = longDouble.read(this.#field, 0);
    return monotonicSeconds() - seenSeconds < SINK_CLIENT_TTL_MS / 1000;
  }

  /** What readers wish for; undefined before version 10. */
  get wants(): Wants | undefined {
    const { wants } = this.layout;
    if (wants === undefined || !this.#load(wants, 16)) return undefined;
    const field = (index: number) => this.#field.getUint32(index * 4, true);
    return {
      width: field(0),
      height: field(1),
      format: field(2),
      fps: field(3),
    };
  }

  /** Closes the sink, and removes it unless another one has its name. */
  [Symbol.dispose](): void {
    const own = this.#memory.stat();
    const named = this.#name.stat();
    if (
      typeof own !== "number" && typeof named !== "number" &&
      own.inode === named.inode
    ) this.#name.unlink();
    this.#memory[Symbol.dispose]();
  }

  /** Under the lock, in µStreamer's order: magic and version come last. */
  #put(frame: OutgoingFrame): void {
    const { dataAt, geometry, encodeEnd, keyRequest } = this.layout;
    this.#fill(frame);
    this.#save(ID_AT, 8);
    if (!this.#memory.write(frame.bytes, frame.bytes.length, dataAt)) {
      throw new SinkError(
        `Cannot write to memory sink ${this.#name.text}: /dev/shm is full`,
      );
    }
    this.#save(USED_AT, NATIVE_ABI.sizeBytes);
    this.#save(geometry, encodeEnd + NATIVE_ABI.longDouble.size - geometry);
    if (frame.keyFrame && keyRequest !== undefined) this.#save(keyRequest, 1);
    this.#save(0, VERSION_AT + 4);
  }

  #fill(frame: OutgoingFrame): void {
    const { layout: { geometry, flags, gop, version } } = this;
    const header = this.#header;
    header.setUint32(0, MAGIC_HALF, true);
    header.setUint32(4, MAGIC_HALF, true);
    header.setUint32(VERSION_AT, version, true);
    header.setBigUint64(ID_AT, BigInt(this.#nextId()), true);
    header.setUint32(USED_AT, frame.bytes.length, true);
    header.setUint32(geometry, frame.width, true);
    header.setUint32(geometry + HEIGHT_OFFSET, frame.height, true);
    const format = frame.format ?? FORMAT_H264;
    header.setUint32(geometry + FORMAT_OFFSET, format, true);
    // Lines of compressed pictures have no length.
    header.setUint32(geometry + STRIDE_OFFSET, 0, true);
    header.setUint8(flags, frame.online === false ? 0 : 1);
    header.setUint8(flags + 1, frame.keyFrame ? 1 : 0);
    if (gop !== undefined) header.setUint32(gop, frame.gop ?? 0, true);
    this.#fillTimes(frame.grabSeconds ?? monotonicSeconds());
  }

  #fillTimes(grabSeconds: number): void {
    const { grabBegin, grabEnd, encodeBegin, encodeEnd } = this.layout;
    const { longDouble } = NATIVE_ABI;
    longDouble.write(this.#header, grabBegin, grabSeconds);
    if (grabEnd !== undefined) {
      longDouble.write(this.#header, grabEnd, grabSeconds);
    }
    longDouble.write(this.#header, encodeBegin, grabSeconds);
    longDouble.write(this.#header, encodeEnd, monotonicSeconds());
  }

  /** Microseconds, as µStreamer's, but never the same twice. */
  #nextId(): number {
    const nowMicros = Math.floor(monotonicSeconds() * 1e6);
    this.#idMicros = Math.max(nowMicros, this.#idMicros + 1);
    return this.#idMicros;
  }

  #save(at: number, size: number): void {
    this.#memory.write(this.#headerBytes.subarray(at), size, at);
  }

  #load(at: number, size: number): boolean {
    return this.#memory.read(this.#fieldBytes, BigInt(size), BigInt(at)) ===
      size;
  }
}
