/**
 * Cameras in tests: a clip by x264, written into a real memory sink at its
 * pace, with key frames where they are asked for.
 *
 * @module
 */

import { assert } from "@std/assert";
import { layoutByName } from "../../src/engine/memsink/layouts.ts";
import { monotonicSeconds } from "../../src/engine/memsink/libc.ts";
import { MemsinkWriter } from "../../src/engine/memsink/writer.ts";

/** What a clip is to be like. */
export interface ClipOptions {
  readonly size?: string;
  readonly frames?: number;
  /** Frames from one key frame to the next. */
  readonly gop?: number;
  readonly profile?: string;
}

/** One access unit of a clip, Annex B. */
export interface ClipUnit {
  readonly bytes: Uint8Array;
  readonly keyFrame: boolean;
}

/** A clip by access unit, with parameter sets before each key frame. */
export async function makeClip(
  { size = "320x240", frames = 60, gop = 10, profile = "baseline" }:
    ClipOptions = {},
): Promise<readonly ClipUnit[]> {
  const { stdout, success } = await new Deno.Command("ffmpeg", {
    args: [
      ...`-v error -f lavfi -i testsrc2=size=${size}:rate=30`.split(" "),
      ...`-frames:v ${frames} -pix_fmt yuv420p -c:v libx264`.split(" "),
      ...`-preset veryfast -bf 0 -profile:v ${profile} -g ${gop}`.split(" "),
      ..."-x264-params aud=1:scenecut=0 -f h264 -".split(" "),
    ],
    stdin: "null",
  }).output();
  assert(success);
  const starts = [...stdout.keys()].filter((at) =>
    stdout[at] === 0 && stdout[at + 1] === 0 && stdout[at + 2] === 0 &&
    stdout[at + 3] === 1 && stdout[at + 4] === 9
  );
  assert(starts.length === frames, `${starts.length} access units`);
  return starts.map((at, index) => ({
    bytes: stdout.slice(at, starts[index + 1]),
    keyFrame: index % gop === 0,
  }));
}

/** How a camera behaves. */
export interface CameraOptions {
  /** The sink's layout by name; none: the newest. */
  readonly layout?: string;
  readonly fps?: number;
  /** Whether it goes on with the next key frame when asked. */
  readonly obeys?: boolean;
  /** What the sink says of itself: 0 asks for no playout delay. */
  readonly gop?: number;
  /** Unit of the clip to begin with. */
  readonly from?: number;
}

/** A camera that plays a clip over and over. */
export class TestCamera implements AsyncDisposable {
  /** When a request was seen, each one once. */
  readonly requestedAtMs: number[] = [];
  /** Index into the clip of each unit written, in order. */
  readonly written: number[] = [];
  /** When the newest one was written: seconds of CLOCK_MONOTONIC. */
  readonly grabSeconds: number[] = [];
  readonly sink: string;
  online = true;
  /** Nothing is written meanwhile. */
  paused = false;
  clip: readonly ClipUnit[];
  readonly #writer: MemsinkWriter;
  readonly #options: Required<Omit<CameraOptions, "layout" | "from">>;
  readonly #ended = new AbortController();
  readonly #loop: Promise<void>;
  #next: number;

  constructor(
    sink: string,
    clip: readonly ClipUnit[],
    { layout = "10", fps = 30, obeys = true, gop = 0, from = 0 }:
      CameraOptions = {},
  ) {
    this.sink = sink;
    this.clip = clip;
    this.#options = { fps, obeys, gop };
    this.#next = from;
    this.#writer = new MemsinkWriter(sink, { layout: layoutByName(layout)! });
    this.#loop = this.#run();
  }

  /** Goes on with this unit. */
  jump(index: number): void {
    this.#next = index;
  }

  async #run(): Promise<void> {
    const { signal } = this.#ended;
    const periodMs = 1000 / this.#options.fps;
    for (let dueMs = performance.now(); !signal.aborted; dueMs += periodMs) {
      const waitMs = Math.max(0, dueMs - performance.now());
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      if (!this.paused) await this.#write();
    }
  }

  async #write(): Promise<void> {
    const { gop, obeys } = this.#options;
    if (this.#writer.keyFrameRequested) {
      const isNew = this.requestedAtMs.length === 0 || obeys;
      if (isNew) this.requestedAtMs.push(performance.now());
      if (obeys) {
        while (!this.clip[this.#next % this.clip.length]!.keyFrame) {
          this.#next++;
        }
      }
    }
    const index = this.#next++ % this.clip.length;
    const grabSeconds = monotonicSeconds();
    const result = await this.#writer.write({
      ...this.clip[index]!,
      width: 320,
      height: 240,
      gop,
      grabSeconds,
      online: this.online,
    });
    assert(result === "written", result);
    this.written.push(index);
    this.grabSeconds.push(grabSeconds);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await this.#loop;
    this.#writer[Symbol.dispose]();
  }
}
