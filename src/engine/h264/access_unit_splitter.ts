/**
 * Splits an Annex B byte stream into access units (ITU-T H.264 section
 * 7.4.1.2.3), whatever the chunks it comes in.
 *
 * A byte stream does not say where an access unit ends: that is known when
 * the next one begins, be it with a delimiter. A picture that comes live
 * therefore waits for its successor's first bytes, one frame time.
 *
 * Pictures are told apart by their first slice, so this is for streams
 * without arbitrary slice order and redundant slices, which only the
 * extended and the plain baseline profile have. A field is an access unit.
 *
 * @module
 */

import { ACCESS_UNIT_SIZE_MAX } from "../../limits.ts";

/** One picture's NAL units, Annex B, start codes included. */
export interface AccessUnit {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** It has an IDR slice. */
  readonly keyFrame: boolean;
}

const NAL_SLICE = 1;
const NAL_PARTITION_A = 2;
const NAL_IDR = 5;
const NAL_SEI = 6;
const NAL_DELIMITER = 9;
const NAL_SUBSET_SPS = 15;
const NAL_RESERVED_18 = 18;

/**
 * Types that begin a new access unit when they follow a slice. Prefix units
 * (14) stand between the slices of one picture too, so they do not tell.
 */
function opensAccessUnit(type: number): boolean {
  return (type >= NAL_SEI && type <= NAL_DELIMITER) ||
    (type >= NAL_SUBSET_SPS && type <= NAL_RESERVED_18);
}

const PIECE_SIZE = 64 * 1024;

/** Three bytes of start code, the header, and the first byte of a slice. */
const LOOK_AHEAD = 5;

/** Slices, but for the partitions B and C, which continue A. */
function isSlice(type: number): boolean {
  return type === NAL_SLICE || type === NAL_PARTITION_A || type === NAL_IDR;
}

/**
 * The transform. Errors with a `RangeError` if an access unit grows beyond
 * `ACCESS_UNIT_SIZE_MAX`. Bytes before the first start code are dropped.
 */
export class AccessUnitSplitter
  extends TransformStream<Uint8Array, AccessUnit> {
  constructor() {
    const cutter = new Cutter();
    super({
      transform(chunk, controller) {
        // What is buffered stays in proportion to an access unit.
        for (let at = 0; at < chunk.length; at += PIECE_SIZE) {
          cutter.add(
            chunk.subarray(at, at + PIECE_SIZE),
            (unit) => controller.enqueue(unit),
          );
        }
      },
      flush(controller) {
        cutter.finish((unit) => controller.enqueue(unit));
      },
    });
  }
}

type Emit = (unit: AccessUnit) => void;

class Cutter {
  #buffer = new Uint8Array(256 * 1024);
  #size = 0;
  /** Where to look for the next start code. */
  #scanned = 0;
  #hasBegun = false;
  /** Of the access unit that is being gathered. */
  #hasSlice = false;
  #hasIdr = false;

  add(chunk: Uint8Array, emit: Emit): void {
    this.#append(chunk);
    while (this.#scanned + LOOK_AHEAD <= this.#size) {
      const at = this.#findStartCode();
      if (at === undefined) break;
      this.#nalUnit(at, emit);
    }
    // The next access unit's first bytes may be among them already.
    this.#checkSize(this.#size - LOOK_AHEAD);
  }

  finish(emit: Emit): void {
    this.#cut(this.#size, emit);
  }

  #checkSize(size: number): void {
    if (size <= ACCESS_UNIT_SIZE_MAX) return;
    throw new RangeError(
      `Cannot split the stream: an access unit is larger than ` +
        `${ACCESS_UNIT_SIZE_MAX} bytes`,
    );
  }

  #append(chunk: Uint8Array): void {
    const size = this.#size + chunk.length;
    if (size > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(size, this.#buffer.length * 2));
      larger.set(this.#buffer.subarray(0, this.#size));
      this.#buffer = larger;
    }
    this.#buffer.set(chunk, this.#size);
    this.#size = size;
  }

  /** The next start code whose NAL unit's first two bytes are there. */
  #findStartCode(): number | undefined {
    const buffer = this.#buffer.subarray(0, this.#size);
    const last = this.#size - LOOK_AHEAD;
    let at = this.#scanned;
    while (at <= last) {
      // Start codes end in a one: the rarest byte to look for.
      const one = buffer.indexOf(1, at + 2);
      if (one === -1 || one - 2 > last) break;
      at = one - 2;
      if (buffer[at] === 0 && buffer[at + 1] === 0) return at;
      at++;
    }
    this.#scanned = Math.max(this.#scanned, last + 1);
    return undefined;
  }

  #nalUnit(at: number, emit: Emit): void {
    const type = (this.#buffer[at + 3] ?? 0) & 0x1f;
    // first_mb_in_slice is 0, an exp-Golomb code of one set bit, in the first
    // slice of a picture and, without arbitrary slice order, in no other.
    const isFirstSlice = isSlice(type) &&
      ((this.#buffer[at + 4] ?? 0) & 0x80) !== 0;
    // A fourth zero byte belongs to the start code (B.1.2).
    let start = at > 0 && this.#buffer[at - 1] === 0 ? at - 1 : at;
    const isNew = !this.#hasBegun ||
      (this.#hasSlice && (isFirstSlice || opensAccessUnit(type)));
    if (isNew) {
      this.#cut(start, emit);
      start = 0;
    }
    this.#hasBegun = true;
    this.#hasSlice ||= isSlice(type);
    this.#hasIdr ||= type === NAL_IDR;
    this.#scanned = isNew ? (this.#buffer[2] === 1 ? 3 : 4) : at + 3;
  }

  /** Emits what was gathered and moves the rest to the front. */
  #cut(end: number, emit: Emit): void {
    if (this.#hasSlice) {
      this.#checkSize(end);
      emit({
        bytes: this.#buffer.slice(0, end),
        keyFrame: this.#hasIdr,
      });
    }
    this.#buffer.copyWithin(0, end, this.#size);
    this.#size -= end;
    this.#hasSlice = false;
    this.#hasIdr = false;
  }
}
