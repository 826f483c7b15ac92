/**
 * Reads H.264 frames out of a µStreamer memory sink. It never waits and
 * never throws for what a writer does: each poll is one look.
 *
 * @module
 */

import {
  SINK_BAD_FRAMES_MAX,
  SINK_CHECK_INTERVAL_MS,
  SINK_FRAME_AGE_MS_MAX,
  SINK_LOCK_WAIT_MS_MAX,
  SINK_SILENCE_MS_MAX,
  SINK_STAMP_INTERVAL_MS,
  SINK_TIME_SECONDS_MAX,
} from "../../limits.ts";
import { fourcc, SinkHeader } from "./header.ts";
import {
  findLayout,
  FORMAT_H264,
  isKnownVersion,
  type Layout,
  NATIVE_ABI,
} from "./layouts.ts";
import { monotonicSeconds } from "./libc.ts";
import { blankFrame, type Poll, type SinkState } from "./poll.ts";
import type { SharedMemory } from "./shared_memory.ts";
import { SinkObject } from "./sink_object.ts";

const NONE: Poll = { kind: "none" };
const TRUE = Uint8Array.of(1);

/** One camera's sink. Poll it each millisecond, from one thread. */
export class MemsinkReader implements Disposable {
  readonly #object: SinkObject;
  /** What was seen without the lock, and what under it. */
  readonly #glance = new SinkHeader();
  readonly #header = new SinkHeader();
  readonly #stamp = new DataView(new ArrayBuffer(16));
  readonly #stampBytes = new Uint8Array(this.#stamp.buffer);
  readonly #frame = blankFrame();

  #layout: Layout | undefined;
  /** The id of the frame looked at last, in halves; NaN before the first. */
  #idLow = NaN;
  #idHigh = NaN;
  /** Size and times of that frame, to know half a write by. */
  #used = NaN;
  #grabSeconds = NaN;
  #encodeEndSeconds = NaN;

  #nextCheckMs = -Infinity;
  #nextStampMs = -Infinity;
  #lastPollMs = -Infinity;
  #lastNewsMs = 0;
  #lockedOutSinceMs: number | undefined;
  /** Whether the next frame may have been lying there for long. */
  #mayBeStale = true;
  #keyFrameWanted = false;
  #badFrames = 0;

  #state: SinkState = "sink_absent";
  #detail = "";
  #droppedCount = 0;
  #sinkCount = 0;

  constructor(name: string) {
    this.#object = new SinkObject(name);
  }

  /** Changes rarely: worth a line in the log each time. */
  get state(): SinkState {
    return this.#state;
  }

  /** Data for people about the state, or empty. */
  get detail(): string {
    return this.#detail;
  }

  /** Frames refused because they were damaged or too large. */
  get droppedCount(): number {
    return this.#droppedCount;
  }

  /** Sinks found or lost: frames before a change and after do not belong. */
  get sinkCount(): number {
    return this.#sinkCount;
  }

  /** False for version 2, which has no way to ask, and while unknown. */
  get canRequestKeyFrame(): boolean {
    return this.#layout?.keyRequest !== undefined;
  }

  /**
   * Asks the writer for a key frame at the next chance. While no sink is
   * open the wish is kept. Returns false if this sink cannot be asked.
   */
  requestKeyFrame(): boolean {
    this.#keyFrameWanted = this.#layout === undefined ||
      this.canRequestKeyFrame;
    return this.#keyFrameWanted;
  }

  /** One look, without waiting. Copies a new frame to the start of `into`. */
  poll(into: Uint8Array, nowMs: number): Poll {
    if (nowMs - this.#lastPollMs > SINK_FRAME_AGE_MS_MAX) this.#resume(nowMs);
    this.#lastPollMs = nowMs;
    if (nowMs >= this.#nextCheckMs) this.#follow(nowMs);
    const memory = this.#object.memory;
    if (memory === undefined || !this.#identify(memory)) return NONE;

    const news = this.#glance.idLow !== this.#idLow ||
      this.#glance.idHigh !== this.#idHigh;
    const isSilent = !news && nowMs - this.#lastNewsMs > SINK_SILENCE_MS_MAX;
    // That it is another format says more than that it is silent.
    if (isSilent && this.#state !== "wrong_format") {
      this.#become("sink_stalled", "no new frames");
    }
    if (!news && !this.#keyFrameWanted && nowMs < this.#nextStampMs) {
      return NONE;
    }
    if (!memory.tryLock()) {
      this.#lockedOut(nowMs);
      return NONE;
    }
    this.#lockedOutSinceMs = undefined;
    try {
      return this.#visit(memory, { into, nowMs });
    } finally {
      memory.unlock();
    }
  }

  [Symbol.dispose](): void {
    this.#object[Symbol.dispose]();
  }

  /** After a pause nothing is known about what went on meanwhile. */
  #resume(nowMs: number): void {
    this.#mayBeStale = true;
    this.#lastNewsMs = nowMs;
    this.#lockedOutSinceMs = undefined;
  }

  #follow(nowMs: number): void {
    this.#nextCheckMs = nowMs + SINK_CHECK_INTERVAL_MS;
    const followed = this.#object.follow();
    if (followed === "same") return;
    this.#layout = undefined;
    if (followed === "resized") return;
    this.#sinkCount++;
    this.#idLow = this.#idHigh = NaN;
    this.#used = this.#grabSeconds = this.#encodeEndSeconds = NaN;
    this.#badFrames = 0;
    this.#nextStampMs = -Infinity;
    this.#resume(nowMs);
    if (followed === "opened") this.#become("sink_waiting");
    else this.#become(followed.state, followed.detail);
  }

  /** Looks at magic, version and id without the lock. */
  #identify(memory: SharedMemory): boolean {
    if (!this.#glance.peek(memory)) {
      this.#layout = undefined;
      this.#become("sink_waiting");
      return false;
    }
    const { version } = this.#glance;
    if (this.#layout?.version === version) return true;
    const objectSize = this.#object.size;
    this.#layout = findLayout({ version, objectSize });
    if (this.#layout === undefined) {
      this.#become(
        "unsupported_memsink_version",
        isKnownVersion(version)
          ? `version ${version} in an object of ${objectSize} bytes`
          : `version ${version}; known are 2 to 8 and 10`,
      );
      return false;
    }
    this.#keyFrameWanted &&= this.canRequestKeyFrame;
    return true;
  }

  /** Under the lock. */
  #visit(
    memory: SharedMemory,
    { into, nowMs }: { into: Uint8Array; nowMs: number },
  ): Poll {
    const layout = this.#layout!;
    const header = this.#header;
    // Not so when another writer or a truncation came since the glance.
    if (!header.load(memory, layout)) return NONE;
    this.#report(memory, nowMs);
    if (header.idLow === this.#idLow && header.idHigh === this.#idHigh) {
      return NONE;
    }
    this.#idLow = header.idLow;
    this.#idHigh = header.idHigh;
    this.#lastNewsMs = nowMs;
    const format = header.format(layout);
    if (format !== FORMAT_H264) {
      this.#become("wrong_format", `format ${fourcc(format)}`);
      return NONE;
    }
    const fault = this.#remember(layout) ?? this.#copy(memory, into);
    return fault === undefined ? this.#deliver(layout) : this.#drop(fault);
  }

  /**
   * Says that a client is here, or µStreamer stops encoding after 10 s, and
   * hands over the wish for a key frame.
   */
  #report(memory: SharedMemory, nowMs: number): void {
    const { lastClient, keyRequest } = this.#layout!;
    const { longDouble } = NATIVE_ABI;
    longDouble.write(this.#stamp, 0, monotonicSeconds());
    memory.write(this.#stampBytes, longDouble.size, lastClient);
    this.#nextStampMs = nowMs + SINK_STAMP_INTERVAL_MS;
    if (this.#keyFrameWanted && keyRequest !== undefined) {
      memory.write(TRUE, 1, keyRequest);
    }
    this.#keyFrameWanted = false;
  }

  /**
   * A writer sets the id first and the times last: a new id with the old
   * times is a frame whose writer was killed while it wrote.
   */
  #remember(layout: Layout): string | undefined {
    const { used } = this.#header;
    const grab = this.#header.grabSeconds(layout);
    const encodeEnd = this.#header.encodeEndSeconds(layout);
    const isOld = used === this.#used && grab === this.#grabSeconds &&
      encodeEnd === this.#encodeEndSeconds;
    this.#used = used;
    this.#grabSeconds = grab;
    this.#encodeEndSeconds = encodeEnd;
    // Writers that leave the times out repeat a zero.
    return isOld && grab > 0 ? "frame written by half" : undefined;
  }

  /** Copies the data and checks it; says what is wrong. */
  #copy(memory: SharedMemory, into: Uint8Array): string | undefined {
    const { dataAt, dataSize } = this.#layout!;
    const used = this.#used;
    if (used === 0) return "empty frame";
    if (used > dataSize || used > into.length) return "frame too large";
    const size = memory.read(into, BigInt(used), BigInt(dataAt));
    if (size !== used) return "sink truncated";
    if (!hasStartCode(into, used)) return "no H.264 start code";
    // A writer that takes no lock may have written meanwhile.
    const intact = this.#header.load(memory, this.#layout!) &&
      this.#header.idLow === this.#idLow &&
      this.#header.idHigh === this.#idHigh && this.#header.used === used;
    return intact ? undefined : "frame overwritten while reading";
  }

  #drop(fault: string): Poll {
    this.#droppedCount++;
    // What follows builds on the lost frame.
    this.#keyFrameWanted = this.canRequestKeyFrame;
    if (++this.#badFrames >= SINK_BAD_FRAMES_MAX) {
      this.#become("invalid_stream", fault);
    }
    return NONE;
  }

  #deliver(layout: Layout): Poll {
    const header = this.#header;
    const frame = this.#frame;
    const grab = this.#grabSeconds;
    const now = monotonicSeconds();
    frame.size = this.#used;
    frame.keyFrame = header.keyFrame(layout);
    frame.gop = header.gop(layout);
    frame.width = header.width(layout);
    frame.height = header.height(layout);
    frame.online = header.online(layout);
    // Writers other than µStreamer may leave the time out.
    const isTimed = grab > 0 && grab < SINK_TIME_SECONDS_MAX;
    frame.grabSeconds = isTimed ? grab : now;
    frame.stale = this.#mayBeStale && (!isTimed ||
      Math.abs(now - grab) * 1000 > SINK_FRAME_AGE_MS_MAX);
    this.#mayBeStale = false;
    this.#badFrames = 0;
    if (!frame.stale) this.#become(frame.online ? "live" : "no_signal");
    return frame;
  }

  #lockedOut(nowMs: number): void {
    this.#lockedOutSinceMs ??= nowMs;
    if (nowMs - this.#lockedOutSinceMs > SINK_LOCK_WAIT_MS_MAX) {
      this.#become("sink_stalled", "another process keeps the lock");
    }
  }

  #become(state: SinkState, detail = ""): void {
    this.#state = state;
    this.#detail = detail;
  }
}

/** Annex B: at least two zero bytes, then a one (ITU-T H.264 section B.1). */
function hasStartCode(bytes: Uint8Array, size: number): boolean {
  let at = 0;
  while (at < 8 && at < size && bytes[at] === 0) at++;
  return at >= 2 && at + 1 < size && bytes[at] === 1;
}
