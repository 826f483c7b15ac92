/**
 * Memory sinks in tests: real shared memory, real other processes.
 *
 * @module
 */

import { assert } from "@std/assert";
import { fromFileUrl } from "@std/path";
import type { SinkFrame } from "../../src/engine/memsink/poll.ts";
import type { MemsinkReader } from "../../src/engine/memsink/reader.ts";
import {
  ObjectName,
  SharedMemory,
} from "../../src/engine/memsink/shared_memory.ts";
import { TestProcess } from "./process.ts";

let count = 0;

/** A name that no other test and no other run uses. */
export function sinkName(): string {
  return `nalgate-test-${Deno.pid}-${++count}::h264`;
}

/** A frame that a reader takes: a start code, a NAL unit header, a filling. */
export function frameBytes(size = 100, filling = 0x55): Uint8Array {
  const bytes = new Uint8Array(size).fill(filling);
  bytes.set([0, 0, 0, 1, 0x65]);
  return bytes;
}

/** A frame's fields beside its bytes. */
export const PICTURE = { keyFrame: true, width: 640, height: 360 } as const;

/** The object of a sink, to read and write past all rules; not removed. */
export function openRaw(name: string): SharedMemory {
  const memory = new ObjectName(name).open();
  assert(memory instanceof SharedMemory, `cannot open ${name}`);
  return memory;
}

/** A new object of a size, to fill by hand; removed in the end. */
export function createRaw(name: string, size: number) {
  const object = new ObjectName(name);
  const memory = object.create(0o600);
  assert(memory instanceof SharedMemory, `cannot create ${name}`);
  memory.resize(size);
  return {
    memory,
    write: (at: number, hex: string) => {
      const bytes = fromHex(hex);
      assert(memory.write(bytes, bytes.length, at));
    },
    read: (at: number, size: number) => toHex(readRaw(memory, { at, size })),
    [Symbol.dispose]() {
      memory[Symbol.dispose]();
      object.unlink();
    },
  };
}

/** Bytes of an object. */
export function readRaw(
  memory: SharedMemory,
  { at, size }: { at: number; size: number },
): Uint8Array {
  const bytes = new Uint8Array(size);
  const found = memory.read(bytes, BigInt(size), BigInt(at));
  return bytes.subarray(0, found);
}

/** `00 ff` and `00ff` alike. */
export function fromHex(hex: string): Uint8Array {
  const digits = hex.replaceAll(" ", "");
  return Uint8Array.from(
    { length: digits.length / 2 },
    (_, index) => parseInt(digits.slice(index * 2, index * 2 + 2), 16),
  );
}

export function toHex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Polls as the engine does, in real time, until a frame comes. */
export async function nextFrame(
  reader: MemsinkReader,
  into: Uint8Array,
): Promise<SinkFrame> {
  const endMs = performance.now() + 20_000;
  while (performance.now() < endMs) {
    const poll = reader.poll(into, performance.now());
    if (poll.kind === "frame") return poll;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  throw new Error(`no frame: ${reader.state} ${reader.detail}`);
}

const CHILD = fromFileUrl(new URL("./sink_child.ts", import.meta.url));

/** Starts `sink_child.ts`, another process that has to do with a sink. */
export function sinkChild(task: string, name: string): TestProcess {
  return new TestProcess({
    args: ["run", "-q", "--no-prompt", "--allow-ffi", CHILD, task, name],
  });
}
