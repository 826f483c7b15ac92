/**
 * The packetizer's modules through their bare ABI (wasm/README.md).
 *
 * @module
 */

interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly [constant: string]: unknown;
  configure(
    packetSizeMax: number,
    extensionSizeMax: number,
    payloadType: number,
    ssrc: number,
    sequenceNumber: number,
  ): number;
  begin(size: number, rtpTimestamp: number): number;
  next(): number;
  extend(size: number): number;
}

/** `configure`'s arguments. */
export interface Configuration {
  readonly packetSizeMax?: number;
  readonly extensionSizeMax?: number;
  readonly payloadType?: number;
  readonly ssrc?: number;
  readonly sequenceNumber?: number;
}

/** What an access unit became. */
export interface Packetized {
  /** Packets, or a status below 0. */
  readonly answer: number;
  readonly packets: readonly Uint8Array[];
  readonly facts: Uint8Array;
}

/** The file of a build. */
export type Build = "packetizer.wasm" | "packetizer.simd.wasm";

/** FACTS, as 32-bit words. */
export const FACT = {
  nalTypes: 0,
  flags: 1,
  nalUnitsDropped: 2,
  profileLevelId: 3,
  width: 4,
  height: 5,
  reorderFramesMax: 6,
  timeScale: 7,
  unitsInTick: 8,
} as const;

/** Bits of FACTS' flags. */
export const FLAG = {
  keyFrame: 1,
  picture: 2,
  parameterSetsChanged: 4,
  parameterSetsAdded: 8,
  bSlices: 16,
} as const;

const FACTS_SIZE = 36;

/** The bytes of a build. */
export async function readBuild(
  build: Build,
): Promise<Uint8Array<ArrayBuffer>> {
  return await Deno.readFile(
    new URL(`../../wasm/build/${build}`, import.meta.url),
  );
}

/** An instance; every array that it answers is a copy. */
export class WasmPacketizer {
  readonly exports: Exports;

  static async load(build: Build): Promise<WasmPacketizer> {
    return new WasmPacketizer(
      await WebAssembly.compile(await readBuild(build)),
    );
  }

  constructor(module: WebAssembly.Module) {
    const instance = new WebAssembly.Instance(module);
    this.exports = instance.exports as unknown as Exports;
  }

  /** An exported constant. */
  constant(name: string): number {
    return (this.exports[name] as WebAssembly.Global).value;
  }

  configure(to: Configuration = {}): number {
    return this.exports.configure(
      to.packetSizeMax ?? 1200,
      to.extensionSizeMax ?? 0,
      to.payloadType ?? 96,
      to.ssrc ?? 0,
      to.sequenceNumber ?? 0,
    );
  }

  begin(unit: Uint8Array, rtpTimestamp = 0): number {
    const frame = this.constant("FRAME");
    new Uint8Array(this.exports.memory.buffer).set(unit, frame);
    return this.exports.begin(unit.length, rtpTimestamp);
  }

  next(): Uint8Array | undefined {
    const size = this.exports.next();
    return size === 0 ? undefined : this.#packet(size);
  }

  /** The first packet with this block, or a status. */
  extend(block: Uint8Array): Uint8Array | number {
    const at = this.constant("EXTENSION");
    new Uint8Array(this.exports.memory.buffer).set(block, at);
    const answer = this.exports.extend(block.length);
    return answer < 0 ? answer : this.#packet(answer);
  }

  /** Everything that becomes of an access unit. */
  packetize(unit: Uint8Array, rtpTimestamp = 0): Packetized {
    const answer = this.begin(unit, rtpTimestamp);
    const packets: Uint8Array[] = [];
    for (let packet; (packet = this.next()) !== undefined;) {
      packets.push(packet);
    }
    return { answer, packets, facts: this.facts() };
  }

  facts(): Uint8Array {
    const at = this.constant("FACTS");
    return new Uint8Array(this.exports.memory.buffer, at, FACTS_SIZE).slice();
  }

  fact(name: keyof typeof FACT): number {
    return new DataView(this.facts().buffer).getUint32(FACT[name] * 4, true);
  }

  has(flag: keyof typeof FLAG): boolean {
    return (this.fact("flags") & FLAG[flag]) !== 0;
  }

  #packet(size: number): Uint8Array {
    const { buffer } = this.exports.memory;
    const address = new DataView(buffer).getUint32(
      this.constant("PACKET"),
      true,
    );
    return new Uint8Array(buffer, address, size).slice();
  }
}
