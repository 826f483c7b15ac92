import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { monotonicSeconds } from "../../../src/engine/memsink/libc.ts";
import type { Poll } from "../../../src/engine/memsink/poll.ts";
import { MemsinkReader } from "../../../src/engine/memsink/reader.ts";
import { makePlugin, PLUGIN_FOLDER } from "../../support/janus_plugin.ts";
import { createRaw, sinkName } from "../../support/sink.ts";
import {
  type Bytes,
  type Image,
  IMAGES,
  nextFrame,
  type Step,
  type Verdict,
} from "./sink_images.ts";
import { DATA, ENCODE_END, ID } from "../engine/memsink/vectors.ts";

const POLL_MS = 100;
const TOLD_MAX = 64;

/** plugin-c's reader, in a process of its own, under ASan and UBSan. */
class NativeReader implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #output: ReadableStreamDefaultReader<string>;
  #text = "";

  constructor() {
    const path = join(PLUGIN_FOLDER, "build/asan/read_sink");
    this.#process = new Deno.Command(path, {
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#input = this.#process.stdin.getWriter();
    this.#output = this.#process.stdout
      .pipeThrough(new TextDecoderStream()).getReader();
  }

  async poll(sink: string, ms: number): Promise<Verdict> {
    await this.#input.write(new TextEncoder().encode(`${sink} ${ms}\n`));
    while (!this.#text.includes("\n")) {
      const { value, done } = await this.#output.read();
      if (done) throw new Error("the C reader has ended");
      this.#text += value;
    }
    const [line = ""] = this.#text.split("\n", 1);
    this.#text = this.#text.slice(line.length + 1);
    return JSON.parse(line);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close();
    await this.#output.cancel();
    assertEquals((await this.#process.status).code, 0);
  }
}

const into = new Uint8Array(2 * 1024 * 1024);

function verdictOf(poll: Poll, reader: MemsinkReader): Verdict {
  const { state } = reader;
  if (poll.kind === "none") return { kind: "none", state };
  const { gop, ...frame } = poll;
  return {
    ...frame,
    state,
    ...(gop !== undefined && { gop }),
    // It gives the present for a time that makes no sense.
    grabSeconds: Math.abs(frame.grabSeconds - monotonicSeconds()) < 1
      ? 0
      : frame.grabSeconds,
    data: into.subarray(0, Math.min(frame.size, TOLD_MAX)).toHex(),
  };
}

/** Both readers on one image. */
async function compare(
  { vector, steps }: Image,
  native: NativeReader,
): Promise<void> {
  const name = sinkName();
  using raw = createRaw(name, vector.objectSize);
  using reader = new MemsinkReader(name);
  let nowMs = 0;
  const look = async () => {
    nowMs += POLL_MS;
    // In C first: TypeScript's also writes when it was here.
    const c = await native.poll(name, nowMs);
    const ts = verdictOf(reader.poll(into, nowMs), reader);
    return { c, ts };
  };
  const write = (writes: readonly Bytes[]) => {
    for (const [at, hex] of writes) raw.write(at, hex);
  };
  const take = async (step: Step) => {
    const { resize, writes = [], idleMs = 0 } = step;
    if (resize === vector.objectSize) raw.memory.resize(resize);
    write(writes);
    if (resize !== undefined) raw.memory.resize(resize);
    for (let ms = POLL_MS; ms < idleMs; ms += POLL_MS) await look();
    return await look();
  };
  write([
    ...vector.fixed,
    ID,
    [vector.encodeEnd, ENCODE_END],
    [vector.dataAt, DATA],
  ]);
  const first = await look();
  // Whether it is an old frame depends on how long this machine is up; the
  // next frame is live.
  assertEquals(first.c.kind, first.ts.kind);
  write(nextFrame(vector));
  await look();
  for (const [index, step] of steps.entries()) {
    const { c, ts } = await take(step);
    assertEquals({ c, ts }, { c: step.verdict, ts: step.verdict }, `${index}`);
  }
}

Deno.test("the readers in C and in TypeScript agree", async (t) => {
  await makePlugin("build/asan/read_sink");
  await using native = new NativeReader();
  for (const image of IMAGES) {
    await t.step(image.name, () => compare(image, native));
  }
  assert(IMAGES.length > 40);
});
