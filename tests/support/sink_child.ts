/**
 * Another process at a memory sink, for tests that kill, stop or outrun it.
 *
 *     deno run --allow-ffi tests/support/sink_child.ts <task> <sink>
 *
 * @module
 */

import { NATIVE_ABI } from "../../src/engine/memsink/layouts.ts";
import { MemsinkWriter } from "../../src/engine/memsink/writer.ts";
import { frameBytes, openRaw, PICTURE } from "./sink.ts";

/** Large enough that a kill falls into the middle of a write. */
const FRAME_SIZE = 1024 * 1024;
const TRUNCATION_COUNT = 10_000;

const TASKS: Readonly<Record<string, (name: string) => Promise<void> | void>> =
  {
    /** Writes without a pause, each frame filled with one byte value. */
    async write(name) {
      const writer = new MemsinkWriter(name);
      for (let filling = 0;; filling = (filling + 1) & 0xff) {
        await writer.write({
          ...PICTURE,
          bytes: frameBytes(FRAME_SIZE, filling),
        });
        if (filling === 2) say("writing");
        // Lets a reader get the lock.
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
    },
    /** Takes the lock and never lets go. */
    hold(name) {
      const memory = openRaw(name);
      while (!memory.tryLock());
      say("holding");
      setInterval(() => {}, 1000);
    },
    /** Changes id and times of a version 10 sink, without the lock. */
    scribble(name) {
      const memory = openRaw(name);
      say("scribbling");
      const bytes = new Uint8Array(16);
      const view = new DataView(bytes.buffer);
      for (let index = 1;; index++) {
        view.setUint32(0, index);
        memory.write(bytes, 8, 16);
        NATIVE_ABI.longDouble.write(view, 0, index);
        memory.write(bytes, NATIVE_ABI.longDouble.size, 144);
      }
    },
    /** Shortens the object to less and less of itself, again and again. */
    truncate(name) {
      const memory = openRaw(name);
      const facts = memory.stat();
      if (typeof facts === "number") throw new Error(`errno ${-facts}`);
      const sizes = [0, 10, 100, 159, 4096, facts.size - 1];
      say("truncating");
      for (let index = 0; index < TRUNCATION_COUNT; index++) {
        memory.resize(sizes[index % sizes.length]!);
        memory.resize(facts.size);
      }
      say("truncated");
    },
  };

function say(word: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${word}\n`));
}

const [task = "", name = ""] = Deno.args;
await TASKS[task]?.(name);
