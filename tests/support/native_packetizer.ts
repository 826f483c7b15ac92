/**
 * The packetizer as plugin-c has it: packetizer.wasm through wasm2c and gcc,
 * with plugin-c's own runtime and flags.
 *
 * @module
 */

import { fromFileUrl, join } from "@std/path";
import { concatenate } from "./depacketizer.ts";
import { makePlugin } from "./janus_plugin.ts";
import type { Configuration, Packetized } from "./wasm_packetizer.ts";

const DRIVER = fromFileUrl(new URL("./native_packetizer.c", import.meta.url));
const SOURCES = fromFileUrl(new URL("../../plugin-c/src", import.meta.url));
const FACTS_SIZE = 36;

/** One access unit for the native packetizer. */
export interface NativeCase {
  readonly unit: Uint8Array;
  readonly rtpTimestamp?: number;
  /** The first packet is answered a second time, with this in it. */
  readonly block?: Uint8Array;
}

/** The compiled program, in a folder that goes when it is disposed of. */
export class NativePacketizer implements AsyncDisposable {
  readonly #folder: string;

  static async build(): Promise<NativePacketizer> {
    const folder = await Deno.makeTempDir({ prefix: "nalgate-native-" });
    const native = new NativePacketizer(folder);
    try {
      await native.#compile();
    } catch (error) {
      await native[Symbol.asyncDispose]();
      throw error;
    }
    return native;
  }

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Runs all cases through one instance. */
  async packetize(
    cases: readonly NativeCase[],
    to: Configuration = {},
  ): Promise<Packetized[]> {
    const numbers = [
      to.packetSizeMax ?? 1200,
      to.extensionSizeMax ?? 0,
      to.payloadType ?? 96,
      to.ssrc ?? 0,
      to.sequenceNumber ?? 0,
    ];
    const output = await this.#run(
      ["packetize", ...numbers.map(String)],
      concatenate(cases.flatMap(record)),
    );
    return [...parse(output)];
  }

  /** Bytes per second, copying in included, and those of a copy alone. */
  async bench(
    units: readonly Uint8Array[],
    seconds: number,
  ): Promise<{ packetized: number; copied: number }> {
    const output = await this.#run(
      ["bench", `${seconds}`],
      concatenate(units.flatMap((unit) => record({ unit }))),
    );
    const [packetized = 0, copied = 0] = new TextDecoder().decode(output)
      .split(" ").map(Number);
    return { packetized, copied };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }

  async #compile(): Promise<void> {
    const objects = ["packetizer_wasm.o", "wasm_rt.o"].map((name) =>
      join(this.#folder, "release", name)
    );
    await makePlugin(`BUILD=${this.#folder}`, ...objects);
    const { success, stderr } = await new Deno.Command("gcc", {
      args: [
        ...["-std=gnu17", "-O3", "-Wall", "-Wextra", "-Werror"],
        "-DWASM_RT_MEMCHECK_SIGNAL_HANDLER=0",
        "-DWASM_RT_USE_STACK_DEPTH_COUNT=0",
        ...["-I", SOURCES, "-I", join(this.#folder, "wasm")],
        ...[DRIVER, ...objects, "-o", this.#program],
      ],
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
  }

  get #program(): string {
    return join(this.#folder, "native_packetizer");
  }

  async #run(
    args: readonly string[],
    input: Uint8Array<ArrayBuffer>,
  ): Promise<Uint8Array> {
    const child = new Deno.Command(this.#program, {
      args: [...args],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writing = new Blob([input]).stream().pipeTo(child.stdin);
    const [{ code, stdout, stderr }] = await Promise.all([
      child.output(),
      writing.catch(() => {}), // It says itself why it ended early.
    ]);
    if (code === 0) return stdout;
    const why = code === 3 ? "it trapped" : new TextDecoder().decode(stderr);
    throw new Error(`Cannot packetize natively: ${why}`);
  }
}

function record(
  { unit, rtpTimestamp = 0, block = new Uint8Array(0) }: NativeCase,
): Uint8Array[] {
  const head = new DataView(new ArrayBuffer(12));
  head.setUint32(0, unit.length, true);
  head.setUint32(4, rtpTimestamp, true);
  head.setUint32(8, block.length, true);
  return [new Uint8Array(head.buffer), unit, block];
}

function* parse(output: Uint8Array): Generator<Packetized> {
  const view = new DataView(output.buffer, output.byteOffset, output.length);
  for (let at = 0; at < output.length;) {
    const answer = view.getInt32(at, true);
    const count = view.getUint32(at + 4, true);
    at += 8;
    const packets: Uint8Array[] = [];
    for (let index = 0; index < count; index++) {
      const size = view.getUint32(at, true);
      packets.push(output.subarray(at + 4, at + 4 + size));
      at += 4 + size;
    }
    yield { answer, packets, facts: output.subarray(at, at + FACTS_SIZE) };
    at += FACTS_SIZE;
  }
}
