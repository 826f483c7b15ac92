import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  layoutByName,
  NATIVE_ABI,
} from "../../../../src/engine/memsink/layouts.ts";
import { monotonicSeconds } from "../../../../src/engine/memsink/libc.ts";
import { MemsinkReader } from "../../../../src/engine/memsink/reader.ts";
import { MemsinkWriter } from "../../../../src/engine/memsink/writer.ts";
import {
  createRaw,
  frameBytes,
  openRaw,
  PICTURE,
  readRaw,
  sinkName,
  toHex,
} from "../../../support/sink.ts";
import { DATA, ENCODE_END, ID, type Vector, VECTORS } from "./vectors.ts";

const into = new Uint8Array(2 * 1024 * 1024);

function rawSink(name: string, vector: Vector) {
  const raw = createRaw(name, vector.objectSize);
  for (const [at, hex] of vector.fixed) raw.write(at, hex);
  raw.write(...ID);
  raw.write(vector.encodeEnd, ENCODE_END);
  raw.write(vector.dataAt, DATA);
  return raw;
}

Deno.test("poll() reads each version's bytes", async (t) => {
  for (const vector of VECTORS) {
    await t.step(vector.layout, () => {
      const name = sinkName();
      using _raw = rawSink(name, vector);
      using reader = new MemsinkReader(name);
      const size = DATA.replaceAll(" ", "").length / 2;
      assertEquals(reader.poll(into, 0), {
        kind: "frame",
        size,
        keyFrame: true,
        grabSeconds: 1234.5,
        gop: vector.hasGop ? 30 : undefined,
        width: 1280,
        height: 720,
        online: true,
        // Taken 1234 s after this machine's start: long ago, or not yet.
        stale: Math.abs(monotonicSeconds() - 1234.5) > 1,
      });
      assertEquals(toHex(into.subarray(0, size)), DATA.replaceAll(" ", ""));
      assertEquals(reader.poll(into, 1).kind, "none");
    });
  }
});

Deno.test("poll() says that a reader is here, each second", async (t) => {
  for (const vector of VECTORS) {
    await t.step(vector.layout, () => {
      const name = sinkName();
      using raw = rawSink(name, vector);
      using reader = new MemsinkReader(name);
      const { longDouble } = NATIVE_ABI;
      const blank = "00".repeat(longDouble.size);
      const stamp = () => raw.read(vector.lastClient, longDouble.size);
      reader.poll(into, 0);
      const view = new DataView(
        readRaw(raw.memory, { at: vector.lastClient, size: 16 }).buffer,
      );
      const age = monotonicSeconds() - longDouble.read(view, 0);
      assert(age >= 0 && age < 60, `${age}`);
      raw.write(vector.lastClient, blank);
      reader.poll(into, 500);
      assertEquals(stamp(), blank);
      reader.poll(into, 1000);
      assert(stamp() !== blank);
    });
  }
});

Deno.test("poll() writes nothing but the reader's own fields", async (t) => {
  for (const vector of VECTORS) {
    await t.step(vector.layout, () => {
      const name = sinkName();
      using raw = rawSink(name, vector);
      using reader = new MemsinkReader(name);
      const { lastClient, keyRequest } = vector;
      const others = () => {
        const bytes = readRaw(raw.memory, { at: 0, size: 256 });
        bytes.fill(0, lastClient, lastClient + 16);
        if (keyRequest !== undefined) bytes[keyRequest] = 0;
        return toHex(bytes);
      };
      const before = others();
      reader.poll(into, 0);
      reader.requestKeyFrame();
      reader.poll(into, 1);
      assertEquals(others(), before);
    });
  }
});

Deno.test("requestKeyFrame() reaches the writer, if the version can", async (t) => {
  for (const { layout, keyRequest } of VECTORS) {
    await t.step(layout, () => {
      const name = sinkName();
      const canAsk = keyRequest !== undefined;
      using writer = new MemsinkWriter(name, { layout: layoutByName(layout)! });
      using reader = new MemsinkReader(name);
      // Kept until the version is known.
      assertEquals(reader.requestKeyFrame(), true);
      assertEquals(reader.canRequestKeyFrame, false);
      reader.poll(into, 0);
      assertEquals(writer.keyFrameRequested, false);
      writer.tryWrite({ ...PICTURE, bytes: frameBytes(), keyFrame: false });
      reader.poll(into, 1);
      assertEquals(writer.keyFrameRequested, canAsk);
      assertEquals(reader.canRequestKeyFrame, canAsk);
      writer.tryWrite({ ...PICTURE, bytes: frameBytes() });
      reader.poll(into, 2);
      assertEquals(writer.keyFrameRequested, false);
      // Asked without a new frame.
      assertEquals(reader.requestKeyFrame(), canAsk);
      reader.poll(into, 3);
      assertEquals(writer.keyFrameRequested, canAsk);
    });
  }
});

Deno.test("what the writer writes is what the reader reads", async (t) => {
  for (const { name: layoutName } of NATIVE_ABI.layouts) {
    await t.step(layoutName, () => {
      const name = sinkName();
      const layout = layoutByName(layoutName)!;
      using writer = new MemsinkWriter(name, { layout });
      using reader = new MemsinkReader(name);
      for (let index = 0; index < 16; index++) {
        const bytes = frameBytes(6 + index ** 2 * 5000, index);
        const grabSeconds = monotonicSeconds();
        writer.tryWrite({
          bytes,
          keyFrame: index % 7 === 0,
          width: 1920,
          height: 1080,
          gop: index,
          grabSeconds,
        });
        const frame = reader.poll(into, index * 33);
        assert(frame.kind === "frame");
        assertEquals(frame.grabSeconds, grabSeconds);
        assertEquals(frame.keyFrame, index % 7 === 0);
        assertEquals(frame.gop, layout.gop === undefined ? undefined : index);
        assertEquals(frame.stale, false);
        assertEquals(frame.size, bytes.length);
        // Not assertEquals: it takes seconds for a megabyte.
        assert(
          bytes.every((byte, at) => into[at] === byte),
          `frame ${index} differs`,
        );
      }
      assertEquals([reader.state, reader.droppedCount], ["live", 0]);
    });
  }
});

Deno.test("a frame that was lying there is stale, a live one is not", async (t) => {
  const TABLE = [
    { name: "ten seconds old", age: 10, stale: true },
    { name: "just written", age: 0.1, stale: false },
    { name: "from another machine's clock", age: -3600, stale: true },
  ];
  for (const { name: label, age, stale } of TABLE) {
    await t.step(label, () => {
      const name = sinkName();
      using writer = new MemsinkWriter(name);
      using reader = new MemsinkReader(name);
      const write = () =>
        writer.tryWrite({
          ...PICTURE,
          bytes: frameBytes(),
          grabSeconds: monotonicSeconds() - age,
        });
      write();
      const found = reader.poll(into, 0);
      assert(found.kind === "frame");
      assertEquals(found.stale, stale);
      assertEquals(reader.state, stale ? "sink_waiting" : "live");
      // What comes while we look on is live, whatever its clock says.
      write();
      const next = reader.poll(into, 33);
      assert(next.kind === "frame");
      assertEquals([next.stale, reader.state], [false, "live"]);
      // We did not look for a while: it may have been lying there again.
      write();
      const late = reader.poll(into, 5000);
      assert(late.kind === "frame");
      assertEquals(late.stale, stale);
    });
  }
});

Deno.test("a writer that leaves the time out is given one", () => {
  const name = sinkName();
  using writer = new MemsinkWriter(name);
  using reader = new MemsinkReader(name);
  for (const [index, grabSeconds] of [0, NaN, Infinity, -5, 1e12].entries()) {
    writer.tryWrite({ ...PICTURE, bytes: frameBytes(), grabSeconds });
    const frame = reader.poll(into, 0);
    assert(frame.kind === "frame", String(grabSeconds));
    assert(Math.abs(frame.grabSeconds - monotonicSeconds()) < 60);
    // Nobody can tell how long the first had been lying there.
    assertEquals(frame.stale, index === 0);
  }
});

Deno.test("a writer that writes no times at all is read", () => {
  const name = sinkName();
  const vector = VECTORS[0]!;
  using raw = rawSink(name, vector);
  using reader = new MemsinkReader(name);
  for (const at of [64, 80, 96]) raw.write(at, "00".repeat(16));
  for (let index = 0; index < 5; index++) {
    raw.write(16, `0${index}`);
    assertEquals(reader.poll(into, index).kind, "frame");
  }
});

Deno.test("ids are compared for equality only", () => {
  const name = sinkName();
  using raw = rawSink(name, VECTORS[0]!);
  using reader = new MemsinkReader(name);
  const TABLE = [
    ["8967452301000000", "frame"],
    ["8967452301000000", "none"],
    ["0100000000000000", "frame"],
    ["0100000001000000", "frame"],
    ["0100000001000000", "none"],
    ["0000000000000000", "frame"],
    ["ffffffffffffffff", "frame"],
  ] as const;
  TABLE.forEach(([id, kind], index) => {
    raw.write(16, id);
    // A real writer changes the times with each frame.
    const end = new DataView(new ArrayBuffer(16));
    NATIVE_ABI.longDouble.write(end, 0, 2000 + index);
    raw.write(VECTORS[0]!.encodeEnd, toHex(new Uint8Array(end.buffer)));
    assertEquals(reader.poll(into, index).kind, kind, `${index}`);
  });
});

Deno.test("a source without a picture is no_signal, and its frames come", () => {
  const name = sinkName();
  using writer = new MemsinkWriter(name);
  using reader = new MemsinkReader(name);
  const write = (online: boolean) =>
    writer.tryWrite({ ...PICTURE, bytes: frameBytes(), online });
  write(false);
  const frame = reader.poll(into, 0);
  assert(frame.kind === "frame");
  assertEquals([frame.online, reader.state], [false, "no_signal"]);
  write(true);
  reader.poll(into, 1);
  assertEquals(reader.state, "live");
});

Deno.test("three seconds without a frame are a stall, until the next", () => {
  const name = sinkName();
  using writer = new MemsinkWriter(name);
  using reader = new MemsinkReader(name);
  writer.tryWrite({ ...PICTURE, bytes: frameBytes() });
  const states = new Set<string>();
  for (let ms = 0; ms <= 3000; ms += 10) {
    reader.poll(into, ms);
    states.add(reader.state);
  }
  assertEquals([...states], ["live"]);
  reader.poll(into, 3001);
  assertEquals([reader.state, reader.detail], [
    "sink_stalled",
    "no new frames",
  ]);
  writer.tryWrite({ ...PICTURE, bytes: frameBytes() });
  reader.poll(into, 3010);
  assertEquals([reader.state, reader.detail], ["live", ""]);
});

Deno.test("another format stays the reason when it falls silent", () => {
  const name = sinkName();
  using writer = new MemsinkWriter(name);
  using reader = new MemsinkReader(name);
  writer.tryWrite({ ...PICTURE, bytes: frameBytes(), format: 0x47504a4d });
  for (const ms of [0, 10_000]) {
    reader.poll(into, ms);
    assertEquals([reader.state, reader.detail], [
      "wrong_format",
      "format MJPG",
    ]);
  }
});

Deno.test("a name that cannot be one is refused at once", () => {
  assertThrows(() => new MemsinkReader("a/b"), TypeError);
});

Deno.test("the lock is free after each poll", () => {
  const name = sinkName();
  using writer = new MemsinkWriter(name);
  using reader = new MemsinkReader(name);
  using other = openRaw(name);
  for (const bytes of [frameBytes(), new Uint8Array(), frameBytes(5, 0xff)]) {
    writer.tryWrite({ ...PICTURE, bytes });
    reader.poll(into, 0);
    assert(other.tryLock());
    other.unlock();
  }
});
