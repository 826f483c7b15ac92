/**
 * How fast the packetizer is, beside a plain copy of the same bytes in the
 * same run. Needs ffmpeg, wabt, gcc and what plugin-c's Makefile asks for.
 *
 * @module
 */

import { AccessUnitSplitter } from "../../src/engine/h264/access_unit_splitter.ts";
import { Packetizer } from "../../src/engine/h264/packetizer.ts";
import { NativePacketizer } from "../support/native_packetizer.ts";
import { type Build, WasmPacketizer } from "../support/wasm_packetizer.ts";
import { print, table } from "./table.ts";

const ROUNDS = 6;
const ROUND_MS = 250;
const NATIVE_SECONDS = 3;
const PACKET_SIZE = 1200;
/** Two seconds, 2 MB: small enough for most caches. */
const CACHED_COUNT = 60;

/** 1080p30 at 8 Mbit/s, twenty seconds: more than most caches hold. */
async function makeUnits(): Promise<Uint8Array[]> {
  const path = await Deno.makeTempFile({ suffix: ".h264" });
  try {
    const { success } = await new Deno.Command("ffmpeg", {
      args: [
        ...["-loglevel", "error", "-y", "-f", "lavfi"],
        ...["-i", "testsrc2=size=1920x1080:rate=30,noise=alls=20:allf=t"],
        ...["-t", "20", "-c:v", "libx264", "-preset", "ultrafast"],
        ...["-tune", "zerolatency", "-g", "60", "-b:v", "8M"],
        ...["-maxrate", "8M", "-bufsize", "4M", path],
      ],
    }).output();
    if (!success) throw new Error("Cannot make a clip: ffmpeg failed");
    const file = await Deno.open(path);
    const units = file.readable.pipeThrough(new AccessUnitSplitter());
    return (await Array.fromAsync(units)).map(({ bytes }) => bytes);
  } finally {
    await Deno.remove(path);
  }
}

/** The best of some rounds, in bytes per second. */
class Meter {
  best = 0;

  constructor(
    readonly name: string,
    readonly take: (unit: Uint8Array) => void,
  ) {}

  round(units: readonly Uint8Array[]): void {
    let bytes = 0;
    let elapsedMs = 0;
    const startMs = performance.now();
    do {
      for (const unit of units) {
        this.take(unit);
        bytes += unit.length;
      }
      elapsedMs = performance.now() - startMs;
    } while (elapsedMs < ROUND_MS);
    this.best = Math.max(this.best, bytes / elapsedMs * 1000);
  }
}

/** The bare module: what V8 makes of it, copy in included. */
async function moduleMeter(build: Build): Promise<Meter> {
  const packetizer = await WasmPacketizer.load(build);
  packetizer.configure({ packetSizeMax: PACKET_SIZE });
  const { exports } = packetizer;
  const frame = new Uint8Array(
    exports.memory.buffer,
    packetizer.constant("FRAME"),
  );
  return new Meter(`V8, ${build}`, (unit) => {
    frame.set(unit);
    exports.begin(unit.length, 0);
    while (exports.next() > 0);
  });
}

/** As the engine uses it: each packet becomes a view. */
async function facadeMeter(): Promise<Meter> {
  const packetizer = await Packetizer.create({ packetSizeMax: PACKET_SIZE });
  return new Meter("V8, Packetizer of the engine", (unit) => {
    packetizer.frame.set(unit);
    packetizer.begin(unit.length, 0);
    while (packetizer.next() !== undefined);
  });
}

function copyMeter(): Meter {
  const copy = new Uint8Array(2 * 1024 * 1024);
  return new Meter("V8, memcpy", (unit) => copy.set(unit));
}

/** Measures all builds with the same pictures again and again. */
async function compare(
  native: NativePacketizer,
  units: readonly Uint8Array[],
): Promise<void> {
  const size = units.reduce((sum, unit) => sum + unit.length, 0);
  const copy = copyMeter();
  const meters = [
    copy,
    await moduleMeter("packetizer.simd.wasm"),
    await moduleMeter("packetizer.wasm"),
    await facadeMeter(),
  ];
  // In turns, so that all meet the same machine.
  for (let round = 0; round < ROUNDS; round++) {
    for (const meter of meters) meter.round(units);
  }
  const { packetized, copied } = await native.bench(units, NATIVE_SECONDS);
  const row = (name: string, rate: number, copyRate: number) =>
    [name, [rate / 1e9, rate / copyRate]] as const;
  print(`${units.length} pictures, ${(size / 1e6).toFixed(1)} MB in turn`);
  table(["copy in and packetize", "GB/s", "of memcpy"], [
    ...meters.map(({ name, best }) => row(name, best, copy.best)),
    row("native, memcpy", copied, copied),
    row("native, wasm2c and gcc -O3", packetized, copied),
  ]);
}

/**
 * Prints two tables. A picture that was just written is in the processor's
 * caches, as it is when a sink's reader runs on the writer's heels; with a
 * long clip in turn it is not, and memory is what limits the copy.
 */
export async function benchPacketizer(): Promise<void> {
  const units = await makeUnits();
  await using native = await NativePacketizer.build();
  await compare(native, units.slice(0, CACHED_COUNT));
  await compare(native, units);
}

if (import.meta.main) await benchPacketizer();
