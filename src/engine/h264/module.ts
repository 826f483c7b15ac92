/**
 * The WASM packetizer's module, and where things lie in its memory: the ABI
 * that wasm/README.md describes.
 *
 * @module
 */

/** What the module exports. */
export interface ModuleExports {
  readonly memory: WebAssembly.Memory;
  readonly FRAME: WebAssembly.Global;
  readonly PACKET: WebAssembly.Global;
  readonly EXTENSION: WebAssembly.Global;
  readonly EXTENSION_SIZE_MAX: WebAssembly.Global;
  readonly FACTS: WebAssembly.Global;
  readonly PARAMETER_SETS: WebAssembly.Global;
  readonly PARAMETER_SETS_MAX: WebAssembly.Global;
  readonly PARAMETER_SET_SIZE_MAX: WebAssembly.Global;
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

/** Bits of the facts' flags (assembly/memory.ts). */
export const FLAG = {
  keyFrame: 1,
  picture: 2,
  parameterSetsChanged: 4,
  bSlices: 16,
} as const;

/** Offsets of the facts' fields, bytes. */
export const FACT = {
  nalTypes: 0,
  flags: 4,
  profileLevelId: 12,
  width: 16,
  height: 20,
  timeScale: 28,
  unitsInTick: 32,
} as const;

/** The size of everything before `profileLevelId`: the access unit's own. */
export const LASTING_FACTS_AT = FACT.profileLevelId;
/** All facts, bytes. */
export const FACTS_SIZE = 36;
/** Before the bytes of a remembered parameter set. */
export const SLOT_HEADER_SIZE = 12;

const MODULE_URL = new URL(
  "../../../wasm/build/packetizer.simd.wasm",
  import.meta.url,
);

let compiled: Promise<WebAssembly.Module> | undefined;

/** Compiles it once; instances are each camera's own. */
export function compileModule(): Promise<WebAssembly.Module> {
  return compiled ??= Deno.readFile(MODULE_URL).then((bytes) =>
    WebAssembly.compile(bytes)
  );
}
