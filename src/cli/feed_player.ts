/**
 * Plays access units into a memory sink, at a recording's pace or live.
 *
 * @module
 */

import { setTimeout as delay } from "node:timers/promises";
import type { AccessUnit } from "../engine/h264/access_unit_splitter.ts";
import { Packetizer } from "../engine/h264/packetizer.ts";
import type { Layout } from "../engine/memsink/layouts.ts";
import { monotonicSeconds } from "../engine/memsink/libc.ts";
import { MemsinkWriter } from "../engine/memsink/writer.ts";
import {
  FEED_FPS_MAX,
  FEED_GAP_MS,
  FEED_LATENESS_MS_MAX,
  PACKET_SIZE_DEFAULT,
} from "../limits.ts";
import { accessUnits, Recording } from "./feed_source.ts";

/** For a stream that does not say. */
const FPS_DEFAULT = 30;

/** What to play where. */
export interface FeedOptions {
  /** A file's path, or `-` for standard input. */
  readonly path: string;
  readonly sink: string;
  /** The sink's version; none: µStreamer's newest. */
  readonly layout?: Layout;
  /** The sink's permission bits. */
  readonly mode?: number;
  /** Frames per second, or as the stream says; none: each as it comes. */
  readonly fps: number | "recorded" | undefined;
  readonly loop: boolean;
  /** Ends the feed in good order. */
  readonly signal: AbortSignal;
  /** Told of each frame, before the wait for the next. */
  readonly onFrame?: (totals: FeedTotals) => void;
}

/** What has been done so far. */
export interface FeedTotals {
  readonly frameCount: number;
  /** Bytes of all frames. */
  readonly size: number;
  /** Frames that were too large, or found the sink locked. */
  readonly droppedCount: number;
  /** Jumps to a key frame that a reader asked for. */
  readonly jumpCount: number;
  /** Whether somebody reads the sink. */
  readonly hasClients: boolean;
  /** Pictures are out of order: browsers would stutter. */
  readonly hasBFrames: boolean;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/**
 * Plays until the end of the input or the signal, then removes the sink.
 *
 * @throws {FeedError | SinkError} With one clear sentence.
 */
export async function feed(options: FeedOptions): Promise<FeedTotals> {
  const { sink, layout, mode, fps, signal, onFrame } = options;
  const totals: Mutable<FeedTotals> = {
    frameCount: 0,
    size: 0,
    droppedCount: 0,
    jumpCount: 0,
    hasClients: false,
    hasBFrames: false,
  };
  await using recording = new Recording(accessUnits(options));
  // The input comes first: no sink appears for what cannot be played.
  const first = await recording.peek();
  if (first === undefined) return totals;
  const stream = await Packetizer.create({
    packetSizeMax: PACKET_SIZE_DEFAULT,
  });
  examine(stream, first);
  using writer = new MemsinkWriter(sink, {
    ...layout && { layout },
    ...mode !== undefined && { mode },
  });
  const framesPerSecond = fps === "recorded" ? fpsOf(stream) : fps;
  const pace = framesPerSecond === undefined
    ? undefined
    : new Pace(framesPerSecond, signal);
  const gap = new Gap(
    framesPerSecond === undefined ? FEED_GAP_MS : 500 / framesPerSecond,
    signal,
  );
  while (!signal.aborted) {
    const grabSeconds = await pace?.next() ?? monotonicSeconds();
    // What comes live cannot be run through for its next key frame.
    if (pace !== undefined && writer.keyFrameRequested) {
      if (await recording.skipToKeyFrame()) totals.jumpCount++;
    }
    const unit = await recording.next();
    if (unit === undefined || signal.aborted) break;
    examine(stream, unit);
    const { width, height } = stream;
    await gap.pass();
    const written = await writer.write({ ...unit, width, height, grabSeconds });
    totals.frameCount++;
    totals.size += unit.bytes.length;
    if (written !== "written") totals.droppedCount++;
    totals.hasClients = writer.hasClients;
    totals.hasBFrames ||= stream.hasBSlices;
    onFrame?.(totals);
  }
  return totals;
}

/** Lets the packetizer read what the stream says of itself. */
function examine(stream: Packetizer, { bytes }: AccessUnit): void {
  if (bytes.length > stream.frame.length) return;
  stream.frame.set(bytes);
  stream.begin(bytes.length, 0);
}

/** Streams made by hand carry any number, or none. */
function fpsOf({ framesPerSecond: fps = 0 }: Packetizer): number {
  return fps >= 1 && fps <= FEED_FPS_MAX ? fps : FPS_DEFAULT;
}

/**
 * Keeps frames apart. A sink holds one frame: of two that come at once, as
 * they do after a busy moment, readers would see the second only, and all
 * that follows would build on a picture that they do not have.
 */
class Gap {
  readonly #gapMs: number;
  readonly #signal: AbortSignal;
  #endMs = 0;

  constructor(gapMs: number, signal: AbortSignal) {
    this.#gapMs = gapMs;
    this.#signal = signal;
  }

  /** Waits until there is enough room behind the frame before. */
  async pass(): Promise<void> {
    const waitMs = this.#endMs - performance.now();
    if (waitMs > 0) await wait(waitMs, this.#signal);
    this.#endMs = performance.now() + this.#gapMs;
  }
}

/** Ends early, but well, with the signal. */
function wait(waitMs: number, signal: AbortSignal): Promise<void> {
  return delay(waitMs, undefined, { signal }).catch(() => {});
}

/** Gives the frames of a recording their times, and waits for them. */
class Pace {
  readonly #periodSeconds: number;
  readonly #signal: AbortSignal;
  #dueSeconds = 0;

  constructor(fps: number, signal: AbortSignal) {
    this.#periodSeconds = 1 / fps;
    this.#signal = signal;
  }

  /** Waits until the next frame is due; its time is free of jitter. */
  async next(): Promise<number> {
    const lateMs = (monotonicSeconds() - this.#dueSeconds) * 1000;
    // After a pause, such as Ctrl-Z, time goes on: nothing is played faster.
    if (lateMs > FEED_LATENESS_MS_MAX) this.#dueSeconds += lateMs / 1000;
    const due = this.#dueSeconds;
    this.#dueSeconds += this.#periodSeconds;
    const waitMs = Math.max(0, (due - monotonicSeconds()) * 1000);
    await wait(waitMs, this.#signal);
    return due;
  }
}
