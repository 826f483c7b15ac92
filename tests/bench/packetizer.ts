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
const PACKET_SIZE = 1200;

/**
 * 1080p30 at 8 Mbit/s. Twenty seconds are 20 MB, as much as the caches of a
 * small machine hold or more: a sink's pictures are not in them either.
 */
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

/** Prints one row per build. */
export async function benchPacketizer(): Promise<void> {
  const units = await makeUnits();
  const size = units.reduce((sum, unit) => sum + unit.length, 0);
  const mean = Math.round(size / units.length);
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
  await using native = await NativePacketizer.build();
  const { packetized, copied } = await native.bench(units, 3);
  print(`1080p30 at 8 Mbit/s, ${units.length} pictures of ${mean} bytes`);
  const row = (name: string, rate: number, copied: number) =>
    [name, [rate / 1e9, rate / copied]] as const;
  table(["copy in and packetize", "GB/s", "of memcpy"], [
    ...meters.map(({ name, best }) => row(name, best, copy.best)),
    row("native, memcpy", copied, copied),
    row("native, wasm2c and gcc -O3", packetized, copied),
  ]);
}

if (import.meta.main) await benchPacketizer();
