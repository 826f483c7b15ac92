/**
 * Where the feed's access units come from: an Annex B file, or a live pipe.
 *
 * @module
 */

import {
  type AccessUnit,
  AccessUnitSplitter,
} from "../engine/h264/access_unit_splitter.ts";
import { FEED_LOOKAHEAD_SIZE_MAX } from "../limits.ts";
import { FeedError } from "./feed_error.ts";

/** What is played, and how often. */
export interface SourceOptions {
  /** A file's path, or `-` for standard input. */
  readonly path: string;
  /** Starts a file again at its end. */
  readonly loop: boolean;
  readonly signal: AbortSignal;
}

/**
 * Access units in order, from the first key frame on.
 *
 * @throws {FeedError} If there is nothing that could be played.
 */
export async function* accessUnits(
  options: SourceOptions,
): AsyncGenerator<AccessUnit, void> {
  let started = false;
  do {
    for await (const unit of onePass(options)) {
      // Nobody can decode what comes before.
      started ||= unit.keyFrame;
      if (started) yield unit;
    }
    if (!started && !options.signal.aborted) {
      throw new FeedError(`Cannot play ${options.path}: it has no key frame`);
    }
  } while (options.loop && !options.signal.aborted);
}

async function* onePass(
  { path, signal }: SourceOptions,
): AsyncGenerator<AccessUnit, void> {
  const bytes = path === "-" ? Deno.stdin.readable : await openFile(path);
  const units = bytes
    .pipeThrough(new AnnexBGate(path), { signal })
    .pipeThrough(new AccessUnitSplitter());
  try {
    yield* units;
  } catch (error) {
    if (signal.aborted) return;
    // The splitter's: one picture is too large.
    if (error instanceof RangeError) throw new FeedError(error.message);
    throw error;
  }
}

async function openFile(path: string) {
  try {
    const file = await Deno.open(path);
    if (!(await file.stat()).isDirectory) return file.readable;
    file.close();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new FeedError(`Cannot open ${path}: there is no such file`);
    }
    if (error instanceof Deno.errors.PermissionDenied) {
      throw new FeedError(`Cannot open ${path}: permission denied`);
    }
    throw error;
  }
  throw new FeedError(`Cannot open ${path}: it is a directory`);
}

/** Enough for leading zeros, a start code and a NAL unit's header. */
const PROBE_SIZE = 16;

/** Lets an Annex B stream pass and refuses anything else at its start. */
class AnnexBGate extends TransformStream<Uint8Array, Uint8Array> {
  constructor(path: string) {
    let probe: Uint8Array | undefined = new Uint8Array();
    const decide = (
      bytes: Uint8Array,
      controller: TransformStreamDefaultController<Uint8Array>,
    ) => {
      probe = undefined;
      if (!startsLikeH264(bytes)) throw new FeedError(refusal(path, bytes));
      controller.enqueue(bytes);
    };
    super({
      transform(chunk, controller) {
        if (probe === undefined) return controller.enqueue(chunk);
        probe = joined(probe, chunk);
        if (probe.length >= PROBE_SIZE) decide(probe, controller);
      },
      flush(controller) {
        if (probe !== undefined) decide(probe, controller);
      },
    });
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/**
 * A start code, then a NAL unit type that may come first (ITU-T H.264 table
 * 7-1). H.265 differs: its parameter sets read as types 0 to 4 here, and its
 * delimiter as an SEI that claims to be a reference.
 */
function startsLikeH264(bytes: Uint8Array): boolean {
  const one = bytes.findIndex((byte) => byte !== 0);
  const header = bytes[one + 1];
  if (one < 2 || bytes[one] !== 1 || header === undefined) return false;
  const isReference = (header & 0x60) !== 0;
  const type = header & 0x1f;
  if (header & 0x80) return false;
  if (type === 6 || type === 9) return !isReference;
  return [1, 5, 7, 8].includes(type);
}

function refusal(path: string, bytes: Uint8Array): string {
  const name = path === "-" ? "standard input" : path;
  return bytes.length === 0
    ? `Cannot play ${name}: it is empty`
    : `Cannot play ${name}: it is no H.264 byte stream (Annex B). ` +
      `ffmpeg makes one: ffmpeg -i INPUT -an -c:v libx264 -bf 0 -f h264 OUTPUT`;
}

/** A recording: its access units, and a way to jump to the next key frame. */
export class Recording implements AsyncDisposable {
  readonly #units: AsyncGenerator<AccessUnit, void>;
  /** Read already, not played yet. */
  #ahead: AccessUnit[] = [];
  #aheadSize = 0;

  constructor(units: AsyncGenerator<AccessUnit, void>) {
    this.#units = units;
  }

  /** Closes the input. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#units.return();
  }

  /** What `next` will give. */
  async peek(): Promise<AccessUnit | undefined> {
    return this.#ahead[0] ?? await this.#readAhead();
  }

  async next(): Promise<AccessUnit | undefined> {
    const unit = this.#ahead.shift();
    if (unit === undefined) {
      return (await this.#units.next()).value ?? undefined;
    }
    this.#aheadSize -= unit.bytes.length;
    return unit;
  }

  /** Goes on from the next key frame, unless there is none, or none near. */
  async skipToKeyFrame(): Promise<boolean> {
    for (let index = 0;; index++) {
      const unit = this.#ahead[index] ?? await this.#readAhead();
      if (unit === undefined) return false;
      if (!unit.keyFrame) continue;
      const skipped = this.#ahead.splice(0, index);
      for (const { bytes } of skipped) this.#aheadSize -= bytes.length;
      return true;
    }
  }

  async #readAhead(): Promise<AccessUnit | undefined> {
    if (this.#aheadSize > FEED_LOOKAHEAD_SIZE_MAX) return undefined;
    const unit = (await this.#units.next()).value ?? undefined;
    if (unit === undefined) return undefined;
    this.#ahead.push(unit);
    this.#aheadSize += unit.bytes.length;
    return unit;
  }
}
