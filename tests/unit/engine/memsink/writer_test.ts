import {
  assert,
  assertEquals,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import {
  layoutByName,
  NATIVE_ABI,
} from "../../../../src/engine/memsink/layouts.ts";
import { monotonicSeconds } from "../../../../src/engine/memsink/libc.ts";
import { ObjectName } from "../../../../src/engine/memsink/shared_memory.ts";
import { MemsinkWriter } from "../../../../src/engine/memsink/writer.ts";
import {
  createRaw,
  frameBytes,
  fromHex,
  openRaw,
  readRaw,
  sinkName,
  toHex,
} from "../../../support/sink.ts";
import { DATA, VECTORS } from "./vectors.ts";

const FRAME = {
  bytes: fromHex(DATA),
  keyFrame: true,
  width: 1280,
  height: 720,
  gop: 30,
  grabSeconds: 1234.5,
};

function writerOf(name: string, version: string): MemsinkWriter {
  return new MemsinkWriter(name, { layout: layoutByName(version)! });
}

Deno.test("tryWrite() writes each version's bytes", async (t) => {
  for (const vector of VECTORS) {
    await t.step(vector.layout, () => {
      const name = sinkName();
      using writer = writerOf(name, vector.layout);
      assertEquals(writer.tryWrite(FRAME), "written");
      using memory = openRaw(name);
      const read = (at: number, size: number) =>
        toHex(readRaw(memory, { at, size }));
      for (const [at, hex] of vector.fixed) {
        const expected = hex.replaceAll(" ", "");
        assertEquals(read(at, expected.length / 2), expected, `at ${at}`);
      }
      assertEquals(read(vector.dataAt, 12), DATA.replaceAll(" ", ""));
      const facts = memory.stat();
      assert(typeof facts !== "number");
      assertEquals(facts.size, vector.objectSize);
      assertEquals(facts.mode, 0o660);
      const { longDouble } = NATIVE_ABI;
      const end = readRaw(memory, { at: vector.encodeEnd, size: 16 });
      const encodedAt = longDouble.read(new DataView(end.buffer), 0);
      assert(Math.abs(monotonicSeconds() - encodedAt) < 60, `${encodedAt}`);
    });
  }
});

Deno.test("each frame has an id of its own", () => {
  const name = sinkName();
  using writer = new MemsinkWriter(name);
  using memory = openRaw(name);
  const ids = new Set<string>();
  for (let index = 0; index < 1000; index++) {
    writer.tryWrite({ ...FRAME });
    ids.add(toHex(readRaw(memory, { at: 16, size: 8 })));
  }
  assertEquals(ids.size, 1000);
});

Deno.test("a key frame answers the request, another frame does not", async (t) => {
  for (const { layout, keyRequest } of VECTORS) {
    await t.step(layout, () => {
      const name = sinkName();
      using writer = writerOf(name, layout);
      writer.tryWrite(FRAME);
      using memory = openRaw(name);
      assertEquals(writer.keyFrameRequested, false);
      if (keyRequest === undefined) return;
      memory.write(Uint8Array.of(1), 1, keyRequest);
      assertEquals(writer.keyFrameRequested, true);
      writer.tryWrite({ ...FRAME, keyFrame: false });
      assertEquals(writer.keyFrameRequested, true);
      writer.tryWrite(FRAME);
      assertEquals(writer.keyFrameRequested, false);
      assertEquals(toHex(readRaw(memory, { at: keyRequest, size: 1 })), "00");
    });
  }
});

Deno.test("hasClients follows the readers' time for ten seconds", async (t) => {
  for (const { layout, lastClient } of VECTORS) {
    await t.step(layout, () => {
      const name = sinkName();
      using writer = writerOf(name, layout);
      using memory = openRaw(name);
      const { longDouble } = NATIVE_ABI;
      const stamp = (seconds: number) => {
        const view = new DataView(new ArrayBuffer(16));
        longDouble.write(view, 0, seconds);
        memory.write(new Uint8Array(view.buffer), longDouble.size, lastClient);
      };
      stamp(monotonicSeconds() - 11);
      assertEquals(writer.hasClients, false);
      stamp(monotonicSeconds());
      assertEquals(writer.hasClients, true);
      // A write leaves the readers' fields alone.
      writer.tryWrite(FRAME);
      assertEquals(writer.hasClients, true);
    });
  }
});

Deno.test("wants is what version 10 readers wish for", () => {
  const name = sinkName();
  using writer = writerOf(name, "10");
  using memory = openRaw(name);
  memory.write(fromHex("80070000 38040000 48323634 3c000000"), 16, 48);
  assertEquals(writer.wants, {
    width: 1920,
    height: 1080,
    format: 0x34363248,
    fps: 60,
  });
  using older = writerOf(sinkName(), "8");
  assertEquals(older.wants, undefined);
});

Deno.test("a frame larger than the data area is refused whole", () => {
  const name = sinkName();
  using writer = new MemsinkWriter(name);
  assertEquals(writer.tryWrite(FRAME), "written");
  using memory = openRaw(name);
  const before = toHex(readRaw(memory, { at: 0, size: 200 }));
  const bytes = frameBytes(2 * 1024 * 1024 + 1);
  assertEquals(writer.tryWrite({ ...FRAME, bytes }), "too_large");
  assertEquals(toHex(readRaw(memory, { at: 0, size: 200 })), before);
  const fits = bytes.subarray(0, 2 * 1024 * 1024);
  assertEquals(writer.tryWrite({ ...FRAME, bytes: fits }), "written");
});

Deno.test("write() waits for the lock, and skips the frame in the end", async () => {
  const name = sinkName();
  using writer = new MemsinkWriter(name);
  using memory = openRaw(name);
  assert(memory.tryLock());
  assertEquals(writer.tryWrite(FRAME), "locked");
  assertEquals(await writer.write(FRAME), "locked");
  assertEquals(toHex(readRaw(memory, { at: 16, size: 8 })), "00".repeat(8));
  const written = writer.write(FRAME);
  memory.unlock();
  assertEquals(await written, "written");
  assertNotEquals(toHex(readRaw(memory, { at: 16, size: 8 })), "00".repeat(8));
});

Deno.test("mode is set whatever the umask is", () => {
  const name = sinkName();
  const umask = Deno.umask(0o077);
  try {
    using _writer = new MemsinkWriter(name, { mode: 0o664 });
    const facts = new ObjectName(name).stat();
    assert(typeof facts !== "number");
    assertEquals(facts.mode, 0o664);
  } finally {
    Deno.umask(umask);
  }
});

Deno.test("a left-over object is taken over if it has the same layout", async (t) => {
  const inodeOf = (name: string) => {
    const facts = new ObjectName(name).stat();
    assert(typeof facts !== "number");
    return facts.inode;
  };
  for (
    const { label, found, version, kept } of [
      { label: "same version", found: "08", version: "8", kept: true },
      { label: "no content", found: undefined, version: "8", kept: true },
      {
        label: "same size, other version",
        found: "06",
        version: "8",
        kept: false,
      },
      { label: "other size", found: "08", version: "10", kept: false },
    ]
  ) {
    await t.step(label, () => {
      const name = sinkName();
      const old = createRaw(name, 2097296);
      if (found !== undefined) old.write(0, `bebafecabebafeca${found}000000`);
      const inode = inodeOf(name);
      {
        using writer = writerOf(name, version);
        assertEquals(inodeOf(name) === inode, kept);
        assertEquals(writer.tryWrite(FRAME), "written");
      }
      assertEquals(new ObjectName(name).stat(), -2);
      old.memory[Symbol.dispose]();
    });
  }
});

Deno.test("dispose leaves another writer's object alone", () => {
  const name = sinkName();
  const first = new MemsinkWriter(name);
  new ObjectName(name).unlink();
  using second = new MemsinkWriter(name);
  first[Symbol.dispose]();
  assert(typeof new ObjectName(name).stat() !== "number");
  assertEquals(second.tryWrite(FRAME), "written");
});

Deno.test("a name that cannot be one is refused", async (t) => {
  for (const name of ["", "/", ".", "/..", "a/b", "a\0b", "x".repeat(256)]) {
    await t.step(JSON.stringify(name).slice(0, 20), () => {
      assertThrows(
        () => new MemsinkWriter(name),
        TypeError,
        "Cannot use shared memory name",
      );
    });
  }
});
