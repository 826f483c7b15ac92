/**
 * The packetizer's vectors, decoded. In the file `88*114` is 114 bytes of 88,
 * and the blanks are for the eye.
 *
 * @module
 */

import type { Configuration } from "../support/wasm_packetizer.ts";
import vectors from "./packetizer.json" with { type: "json" };

/** One access unit and what becomes of it. */
export interface VectorUnit {
  readonly unit: Uint8Array;
  readonly rtpTimestamp: number;
  /** Header extension: the first packet stands without and with it. */
  readonly block: Uint8Array;
  readonly answer: number;
  readonly packets: readonly Uint8Array[];
}

/** Access units that one instance gets in turn. */
export interface Vector {
  readonly name: string;
  readonly configuration: Configuration;
  readonly units: readonly VectorUnit[];
}

interface Written {
  readonly name: string;
  readonly configuration?: Configuration;
  readonly units: readonly {
    readonly unit: string;
    readonly rtpTimestamp?: number;
    readonly block?: string;
    readonly answer?: number;
    readonly packets: readonly string[];
  }[];
}

/** Bytes of the notation above. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const hex = text.split(" ").map((word) => {
    const [byte = "", count = "1"] = word.split("*");
    return byte.repeat(Number(count));
  }).join("");
  return Uint8Array.fromHex(hex);
}

export const VECTORS: readonly Vector[] = (vectors as readonly Written[]).map((
  { name, configuration = {}, units },
) => ({
  name,
  configuration,
  units: units.map(({ unit, rtpTimestamp = 0, block = "", ...rest }) => ({
    unit: bytesOf(unit),
    rtpTimestamp,
    block: bytesOf(block),
    answer: rest.answer ?? rest.packets.length - (block === "" ? 0 : 1),
    packets: rest.packets.map(bytesOf),
  })),
}));
