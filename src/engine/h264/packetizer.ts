/**
 * The typed façade over the WASM packetizer (wasm/README.md has its ABI).
 *
 * @module
 */

import { ACCESS_UNIT_SIZE_MAX } from "../../limits.ts";
import {
  compileModule,
  FACT,
  FACTS_SIZE,
  FLAG,
  LASTING_FACTS_AT,
  type ModuleExports,
  SLOT_HEADER_SIZE,
} from "./module.ts";
import { profileLevelIdText } from "./profile_level_id.ts";

/** Why an access unit was refused (assembly/status.ts). */
const REFUSALS = {
  [-1]: "too_large",
  [-2]: "no_start_code",
  [-3]: "too_many_nal_units",
} as const satisfies Record<number, string>;

/** A refused access unit: nothing of it is sent. `trap`: a bug in the module. */
export type Refusal = (typeof REFUSALS)[keyof typeof REFUSALS] | "trap";

/** Payload type of packets before a host writes a viewer's own. */
const PAYLOAD_TYPE = 96;

/** How to cut. */
export interface PacketizerOptions {
  /** Whole packet, RTP header and extension included, bytes. */
  readonly packetSizeMax: number;
  /** Room kept in a frame's first packet for its header extension, bytes. */
  readonly extensionSizeMax?: number;
}

/**
 * One camera's packetizer: put an access unit into `frame`, `begin`, then
 * take packets with `next` until there is none (RFC 6184, mode 1).
 *
 * Each packet lies in linear memory and lasts until the next call; its
 * payload type, sequence number, timestamp and SSRC are the host's to
 * overwrite.
 */
export class Packetizer {
  readonly #module: WebAssembly.Module;
  readonly #options: PacketizerOptions;
  #exports!: ModuleExports;
  #packet!: DataView;
  #facts!: DataView;
  #extension!: Uint8Array;
  #frame!: Uint8Array;

  /** An instance of its own: nothing is shared between cameras. */
  static async create(options: PacketizerOptions): Promise<Packetizer> {
    return new Packetizer(await compileModule(), options);
  }

  private constructor(
    module: WebAssembly.Module,
    options: PacketizerOptions,
  ) {
    this.#module = module;
    this.#options = options;
    this.#instantiate();
  }

  /**
   * Where the access unit goes. Ask each time: after a trap it is another.
   */
  get frame(): Uint8Array {
    return this.#frame;
  }

  /** A viewer can start here: an IDR picture with its parameter sets. */
  get isKeyFrame(): boolean {
    return this.#hasFlag(FLAG.keyFrame);
  }

  /** The access unit differs in its SPS or PPS from what came before. */
  get parameterSetsChanged(): boolean {
    return this.#hasFlag(FLAG.parameterSetsChanged);
  }

  /** Browsers do not reorder pictures: they would stutter. */
  get hasBSlices(): boolean {
    return this.#hasFlag(FLAG.bSlices);
  }

  /** Bit n: a NAL unit of type n was in the access unit. */
  get nalTypes(): number {
    return this.#facts.getUint32(FACT.nalTypes, true);
  }

  /** Of the newest SPS: six hexadecimal digits; undefined before the first. */
  get profileLevelId(): string | undefined {
    const value = this.#facts.getUint32(FACT.profileLevelId, true);
    return value === 0 ? undefined : profileLevelIdText(value);
  }

  /** Of the newest SPS, cropped, in pixels; 0 before the first. */
  get width(): number {
    return this.#facts.getUint32(FACT.width, true);
  }

  /** Of the newest SPS, cropped, in pixels; 0 before the first. */
  get height(): number {
    return this.#facts.getUint32(FACT.height, true);
  }

  /** Frames per second as the newest SPS has it; undefined: it is silent. */
  get framesPerSecond(): number | undefined {
    const scale = this.#facts.getUint32(FACT.timeScale, true);
    const ticks = this.#facts.getUint32(FACT.unitsInTick, true);
    return scale === 0 || ticks === 0 ? undefined : scale / (2 * ticks);
  }

  /**
   * Takes the first `size` bytes of `frame`. Answers the number of packets,
   * or why the access unit is refused as a whole.
   */
  begin(size: number, rtpTimestamp: number): number | Refusal {
    try {
      const answer = this.#exports.begin(size, rtpTimestamp);
      if (answer >= 0) return answer;
      return REFUSALS[answer as keyof typeof REFUSALS];
    } catch (error) {
      return this.#recover(error);
    }
  }

  /** The next packet, or undefined at the end. */
  next(): Uint8Array | undefined {
    try {
      const size = this.#exports.next();
      return size === 0 ? undefined : this.#current(size);
    } catch (error) {
      this.#recover(error);
      return undefined;
    }
  }

  /**
   * The frame's first packet again, with this header extension block
   * (RFC 8285) or, if it is empty, without one. Only before the next `next`.
   */
  extend(block: Uint8Array): Uint8Array {
    this.#extension.set(block);
    const size = this.#exports.extend(block.length);
    if (size < 0) {
      throw new RangeError(`Cannot extend a packet by ${block.length} bytes`);
    }
    return this.#current(size);
  }

  /** Copies of the newest SPS, then its PPSs, without start codes. */
  parameterSets(): Uint8Array[] {
    const { memory, PARAMETER_SETS, PARAMETER_SETS_MAX } = this.#exports;
    const sizeMax = this.#exports.PARAMETER_SET_SIZE_MAX.value;
    const slotSize = SLOT_HEADER_SIZE + sizeMax;
    const view = new DataView(memory.buffer);
    const sets: Uint8Array[] = [];
    for (let slot = 0; slot < PARAMETER_SETS_MAX.value; slot++) {
      const at = PARAMETER_SETS.value + slot * slotSize;
      const size = view.getUint32(at, true);
      // After a trap there may be anything in it.
      if (size === 0 || size > sizeMax) continue;
      const bytes = new Uint8Array(memory.buffer, at + SLOT_HEADER_SIZE, size);
      sets.push(bytes.slice());
    }
    return sets;
  }

  #hasFlag(flag: number): boolean {
    return (this.#facts.getUint32(FACT.flags, true) & flag) !== 0;
  }

  #current(size: number): Uint8Array {
    const address = this.#packet.getUint32(0, true);
    return new Uint8Array(this.#exports.memory.buffer, address, size);
  }

  #instantiate(): void {
    const instance = new WebAssembly.Instance(this.#module);
    const exports = instance.exports as unknown as ModuleExports;
    const { buffer } = exports.memory;
    this.#exports = exports;
    this.#packet = new DataView(buffer, exports.PACKET.value, 8);
    this.#facts = new DataView(buffer, exports.FACTS.value, FACTS_SIZE);
    this.#extension = new Uint8Array(
      buffer,
      exports.EXTENSION.value,
      exports.EXTENSION_SIZE_MAX.value,
    );
    this.#frame = new Uint8Array(
      buffer,
      exports.FRAME.value,
      ACCESS_UNIT_SIZE_MAX,
    );
    const { packetSizeMax, extensionSizeMax = 0 } = this.#options;
    const status = exports.configure(
      packetSizeMax,
      extensionSizeMax,
      PAYLOAD_TYPE,
      0,
      0,
    );
    if (status < 0) {
      throw new RangeError(
        `Cannot cut packets: current size is ${packetSizeMax} with ` +
          `${extensionSizeMax} for the extension, expected 128 to 1500 ` +
          "with a multiple of 4 up to 32",
      );
    }
  }

  /**
   * A trap leaves the instance in an unknown state: a fresh one takes over,
   * with the parameter sets and what is known of them.
   */
  #recover(error: unknown): "trap" {
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
    const sets = this.parameterSets();
    const lasting = this.#lastingFacts().slice();
    this.#instantiate();
    try {
      this.#exports.begin(writeAnnexB(this.#frame, sets), 0);
    } catch {
      // They are what it stumbles over: the stream will bring others.
      this.#instantiate();
      return "trap";
    }
    this.#lastingFacts().set(lasting);
    return "trap";
  }

  /** Facts of the newest SPS, which outlast the access unit. */
  #lastingFacts(): Uint8Array {
    const { buffer, byteOffset } = this.#facts;
    return new Uint8Array(
      buffer,
      byteOffset + LASTING_FACTS_AT,
      FACTS_SIZE - LASTING_FACTS_AT,
    );
  }
}

function writeAnnexB(
  into: Uint8Array,
  nalUnits: readonly Uint8Array[],
): number {
  let at = 0;
  for (const unit of nalUnits) {
    into.set([0, 0, 0, 1], at);
    into.set(unit, at + 4);
    at += 4 + unit.length;
  }
  return at;
}
