import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { MemsinkReader } from "../../../../src/engine/memsink/reader.ts";
import { ObjectName } from "../../../../src/engine/memsink/shared_memory.ts";
import { MemsinkWriter } from "../../../../src/engine/memsink/writer.ts";
import {
  createRaw,
  frameBytes,
  nextFrame,
  openRaw,
  PICTURE,
  sinkChild,
  sinkName,
} from "../../../support/sink.ts";

const into = new Uint8Array(2 * 1024 * 1024);
const FRAME = { ...PICTURE, bytes: frameBytes() };

/** State and detail as they change over polls. */
function faceOf(reader: MemsinkReader): [string, string] {
  return [reader.state, reader.detail];
}

Deno.test("a sink that comes, goes and comes again", () => {
  const name = sinkName();
  using reader = new MemsinkReader(name);
  assertEquals(reader.poll(into, 0).kind, "none");
  assertEquals(faceOf(reader), ["sink_absent", ""]);
  let nowMs = 0;
  for (let round = 0; round < 3; round++) {
    {
      using writer = new MemsinkWriter(name);
      assertEquals(reader.poll(into, nowMs += 300).kind, "none");
      assertEquals(faceOf(reader), ["sink_waiting", ""]);
      writer.tryWrite(FRAME);
      assertEquals(reader.poll(into, nowMs += 10).kind, "frame");
      assertEquals(faceOf(reader), ["live", ""]);
    }
    reader.poll(into, nowMs += 300);
    assertEquals(faceOf(reader), ["sink_absent", ""]);
  }
});

Deno.test("a sink that is replaced is followed within 250 ms", () => {
  const name = sinkName();
  using first = new MemsinkWriter(name);
  using reader = new MemsinkReader(name);
  first.tryWrite(FRAME);
  assertEquals(reader.poll(into, 0).kind, "frame");
  new ObjectName(name).unlink();
  using second = new MemsinkWriter(name);
  // The old object still gets frames; they are of no interest.
  first.tryWrite(FRAME);
  second.tryWrite({ ...FRAME, bytes: frameBytes(999) });
  const frame = reader.poll(into, 250);
  assert(frame.kind === "frame");
  assertEquals(frame.size, 999);
});

Deno.test("a new object's frame is new even under the old id", () => {
  const name = sinkName();
  using reader = new MemsinkReader(name);
  for (let ms = 0; ms < 900; ms += 300) {
    using writer = new MemsinkWriter(name);
    writer.tryWrite(FRAME);
    using memory = openRaw(name);
    memory.write(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), 8, 16);
    // The old object is gone with its writer before the new one comes.
    assertEquals(reader.poll(into, ms).kind, "frame", `${ms}`);
  }
});

Deno.test("a size that cannot be is refused, counted, and reported", async (t) => {
  const TABLE = [
    { name: "nothing", used: "0000000000000000", fault: "empty frame" },
    {
      name: "data area + 1",
      used: "0100200000000000",
      fault: "frame too large",
    },
    { name: "4 GiB + 12", used: "0c00000001000000", fault: "frame too large" },
    { name: "2⁶³", used: "0000000000000080", fault: "frame too large" },
    { name: "2⁶⁴ − 1", used: "ffffffffffffffff", fault: "frame too large" },
  ];
  for (const { name: label, used, fault } of TABLE) {
    await t.step(label, () => {
      const name = sinkName();
      using writer = new MemsinkWriter(name);
      using reader = new MemsinkReader(name);
      using memory = openRaw(name);
      writer.tryWrite(FRAME);
      assertEquals(reader.poll(into, 0).kind, "frame");
      const bytes = Uint8Array.from(
        used.match(/../g)!,
        (hex) => parseInt(hex, 16),
      );
      for (let count = 1; count <= 3; count++) {
        writer.tryWrite(FRAME);
        memory.write(bytes, 8, 24);
        assertEquals(reader.poll(into, count).kind, "none");
        assertEquals(reader.droppedCount, count);
        assertEquals(
          faceOf(reader),
          count < 3 ? ["live", ""] : ["invalid_stream", fault],
        );
      }
      // What follows builds on what was lost.
      reader.poll(into, 5);
      assertEquals(writer.keyFrameRequested, true);
      writer.tryWrite(FRAME);
      assertEquals(reader.poll(into, 6).kind, "frame");
      assertEquals(faceOf(reader), ["live", ""]);
    });
  }
});

Deno.test("a frame larger than the reader's buffer is refused", () => {
  const name = sinkName();
  using writer = new MemsinkWriter(name);
  using reader = new MemsinkReader(name);
  const small = new Uint8Array(100);
  writer.tryWrite({ ...FRAME, bytes: frameBytes(101) });
  assertEquals(reader.poll(small, 0).kind, "none");
  assertEquals(reader.droppedCount, 1);
  writer.tryWrite({ ...FRAME, bytes: frameBytes(100) });
  assertEquals(reader.poll(small, 1).kind, "frame");
});

Deno.test("data without a start code is refused", async (t) => {
  const TABLE = [
    { name: "AVCC", bytes: [0, 0, 0, 5, 0x65, 1, 2, 3, 4] },
    { name: "JPEG", bytes: [0xff, 0xd8, 0xff, 0xe0, 0, 0, 1, 0x65] },
    { name: "one zero", bytes: [0, 1, 0x65, 1, 1] },
    { name: "zeros only", bytes: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0] },
    { name: "nothing behind it", bytes: [0, 0, 0, 1] },
  ];
  for (const { name: label, bytes } of TABLE) {
    await t.step(label, () => {
      const name = sinkName();
      using writer = new MemsinkWriter(name);
      using reader = new MemsinkReader(name);
      for (let count = 1; count <= 3; count++) {
        writer.tryWrite({ ...FRAME, bytes: Uint8Array.from(bytes) });
        assertEquals(reader.poll(into, count).kind, "none");
      }
      assertEquals(faceOf(reader), ["invalid_stream", "no H.264 start code"]);
    });
  }
});

Deno.test("half a write, as a killed writer leaves it, is no frame", () => {
  const name = sinkName();
  using writer = new MemsinkWriter(name);
  using reader = new MemsinkReader(name);
  using memory = openRaw(name);
  writer.tryWrite({ ...FRAME, bytes: frameBytes(1000, 1) });
  assertEquals(reader.poll(into, 0).kind, "frame");
  // The id, then a part of the data; no size, no times.
  memory.write(Uint8Array.of(9, 9, 9, 9, 9, 9, 9, 9), 8, 16);
  memory.write(frameBytes(500, 2), 500, writer.layout.dataAt);
  assertEquals(reader.poll(into, 1).kind, "none");
  assertEquals(reader.droppedCount, 1);
  writer.tryWrite({ ...FRAME, bytes: frameBytes(1000, 3) });
  assertEquals(reader.poll(into, 2).kind, "frame");
});

const WRITERS_KILLED = 5;

Deno.test("writers killed at any moment cost no more than their frame", async () => {
  const name = sinkName();
  using reader = new MemsinkReader(name);
  let mixedCount = 0;
  const look = (size: number) => {
    if (isMixed(into.subarray(0, size))) mixedCount++;
  };
  try {
    for (let round = 0; round < WRITERS_KILLED; round++) {
      await using child = sinkChild("write", name);
      await child.output("stdout", /writing/);
      for (let count = 0; count < 5 + round; count++) {
        look((await nextFrame(reader, into)).size);
      }
      child.kill("SIGKILL");
      await child.exit();
      const left = reader.poll(into, performance.now());
      if (left.kind === "frame") look(left.size);
    }
    // One that the reader had not seen the frame before: it cannot tell.
    assert(mixedCount <= WRITERS_KILLED, `${mixedCount} mixed frames`);
    // The lock went with its holder.
    using writer = new MemsinkWriter(name);
    writer.tryWrite(FRAME);
    await nextFrame(reader, into);
    assertEquals(reader.state, "live");
  } finally {
    new ObjectName(name).unlink();
  }
});

function isMixed(bytes: Uint8Array): boolean {
  const filling = bytes[5];
  for (let at = 5; at < bytes.length; at += 4093) {
    if (bytes[at] !== filling) return true;
  }
  return bytes[bytes.length - 1] !== filling;
}

Deno.test("a writer that takes no lock is found out", async () => {
  const name = sinkName();
  using writer = new MemsinkWriter(name);
  using reader = new MemsinkReader(name);
  writer.tryWrite({ ...FRAME, bytes: frameBytes(2_000_000) });
  await using child = sinkChild("scribble", name);
  await child.output("stdout", /scribbling/);
  for (const endMs = performance.now() + 20_000; performance.now() < endMs;) {
    reader.poll(into, performance.now());
    if (reader.detail === "frame overwritten while reading") break;
  }
  assertEquals(faceOf(reader), [
    "invalid_stream",
    "frame overwritten while reading",
  ]);
});

Deno.test("bad frames between good ones are no broken stream", () => {
  const name = sinkName();
  using writer = new MemsinkWriter(name);
  using reader = new MemsinkReader(name);
  const bad = { ...FRAME, bytes: new Uint8Array(50) };
  for (let ms = 0; ms < 1000; ms += 10) {
    writer.tryWrite(ms % 30 === 0 ? FRAME : bad);
    reader.poll(into, ms);
    assertEquals(reader.state, "live");
  }
  assertEquals(reader.droppedCount, 66);
});

Deno.test("a lock that is held and held again is no stall", () => {
  const name = sinkName();
  using writer = new MemsinkWriter(name);
  using reader = new MemsinkReader(name);
  using other = openRaw(name);
  for (let ms = 0; ms < 5000; ms += 100) {
    writer.tryWrite(FRAME);
    const isHeld = ms % 1000 !== 0;
    if (isHeld) assert(other.tryLock());
    const { kind } = reader.poll(into, ms);
    if (isHeld) other.unlock();
    assertEquals([kind, reader.state], [isHeld ? "none" : "frame", "live"]);
  }
});

Deno.test("a stopped process that holds the lock never blocks a poll", async () => {
  const name = sinkName();
  const otherName = sinkName();
  using writer = new MemsinkWriter(name);
  using otherWriter = new MemsinkWriter(otherName);
  using reader = new MemsinkReader(name);
  using otherReader = new MemsinkReader(otherName);
  writer.tryWrite(FRAME);
  assertEquals(reader.poll(into, 0).kind, "frame");
  await using child = sinkChild("hold", name);
  await child.output("stdout", /holding/);
  child.kill("SIGSTOP");
  using memory = openRaw(name);
  memory.write(Uint8Array.of(7), 1, 16);
  const states: string[] = [];
  for (let ms = 10; ms <= 1200; ms += 10) {
    assertEquals(reader.poll(into, ms).kind, "none");
    if (states.at(-1) !== reader.state) states.push(reader.state);
    otherWriter.tryWrite(FRAME);
    assertEquals(otherReader.poll(into, ms).kind, "frame");
  }
  assertEquals(states, ["live", "sink_stalled"]);
  assertEquals(reader.detail, "another process keeps the lock");
  assertEquals(writer.tryWrite(FRAME), "locked");
  child.kill("SIGKILL");
  await child.exit();
  assertEquals(writer.tryWrite(FRAME), "written");
  assertEquals(reader.poll(into, 1210).kind, "frame");
  assertEquals(faceOf(reader), ["live", ""]);
});

Deno.test("a new sink under the name of one that is locked for good", async () => {
  const name = sinkName();
  const first = new MemsinkWriter(name);
  first.tryWrite(FRAME);
  using reader = new MemsinkReader(name);
  reader.poll(into, 0);
  await using child = sinkChild("hold", name);
  await child.output("stdout", /holding/);
  child.kill("SIGSTOP");
  first[Symbol.dispose]();
  using second = new MemsinkWriter(name);
  assertEquals(second.tryWrite(FRAME), "written");
  assertEquals(reader.poll(into, 300).kind, "frame");
});

Deno.test("a sink that waits for its first frame under lock is no stall", async () => {
  const name = sinkName();
  // µStreamer 4.9 keeps the lock from its start to the first frame.
  using _writer = new MemsinkWriter(name);
  await using child = sinkChild("hold", name);
  await child.output("stdout", /holding/);
  using reader = new MemsinkReader(name);
  for (let ms = 0; ms <= 10_000; ms += 100) {
    reader.poll(into, ms);
    assertEquals(faceOf(reader), ["sink_waiting", ""]);
  }
});

Deno.test("an object shorter than it should be is survived", async (t) => {
  for (const size of [0, 7, 23, 24, 100, 150, 160, 200]) {
    await t.step(`${size} bytes`, () => {
      const name = sinkName();
      using writer = new MemsinkWriter(name);
      using reader = new MemsinkReader(name);
      using memory = openRaw(name);
      const bytes = frameBytes(5000);
      writer.tryWrite({ ...FRAME, bytes });
      assertEquals(reader.poll(into, 0).kind, "frame");
      writer.tryWrite({ ...FRAME, bytes });
      memory.resize(size);
      for (const ms of [1, 300, 900, 1500]) {
        assertEquals(reader.poll(into, ms).kind, "none", `${ms}`);
      }
      // Nor has the reader's own stamp made it longer.
      const facts = memory.stat();
      assert(typeof facts !== "number");
      assertEquals(facts.size, size);
      assertEquals(reader.droppedCount, size < 160 ? 0 : 1);
      memory.resize(writer.layout.objectSize);
      writer.tryWrite({ ...FRAME, bytes });
      assertEquals(reader.poll(into, 2000).kind, "frame");
      assertEquals(reader.state, "live");
    });
  }
});

Deno.test("ten thousand truncations while reading", async () => {
  const name = sinkName();
  using writer = new MemsinkWriter(name);
  using reader = new MemsinkReader(name);
  await using child = sinkChild("truncate", name);
  await child.output("stdout", /truncating/);
  const done = child.output("stdout", /truncated/).then(() => true);
  const bytes = frameBytes(500_000);
  for (let ms = 0;; ms++) {
    writer.tryWrite({ ...FRAME, bytes });
    reader.poll(into, ms);
    const isDone = await Promise.race([
      done,
      new Promise<false>((resolve) => setTimeout(resolve, 0, false)),
    ]);
    if (isDone) break;
  }
  writer.tryWrite({ ...FRAME, bytes });
  await nextFrame(reader, into);
  assertEquals(reader.state, "live");
});

Deno.test("unknown versions are named and left alone", async (t) => {
  for (const version of [0, 1, 9, 11, 0xffffffff]) {
    await t.step(String(version), () => {
      const name = sinkName();
      using raw = createRaw(name, 2097312);
      const le = [0, 8, 16, 24].map((shift) => version >>> shift & 0xff)
        .map((byte) => byte.toString(16).padStart(2, "0")).join("");
      raw.write(0, `bebafecabebafeca${le}`);
      raw.write(12, "ee".repeat(300));
      using reader = new MemsinkReader(name);
      for (let ms = 0; ms < 3000; ms += 100) reader.poll(into, ms);
      assertEquals(faceOf(reader), [
        "unsupported_memsink_version",
        `version ${version}; known are 2 to 8 and 10`,
      ]);
      assertEquals(raw.read(12, 300), "ee".repeat(300));
      // A writer of a known version takes the object over.
      raw.write(8, "0a000000");
      raw.write(16, "0100000000000000");
      reader.poll(into, 3000);
      assertEquals(faceOf(reader), ["wrong_format", "format 0xeeeeeeee"]);
    });
  }
  await t.step("7 of neither kind", () => {
    const name = sinkName();
    using raw = createRaw(name, 2097200);
    raw.write(0, "bebafecabebafeca07000000");
    using reader = new MemsinkReader(name);
    reader.poll(into, 0);
    assertEquals(faceOf(reader), [
      "unsupported_memsink_version",
      "version 7 in an object of 2097200 bytes",
    ]);
  });
});

Deno.test("another format is named", async (t) => {
  for (const format of ["JPEG", "MJPG", "RGB3"]) {
    await t.step(format, () => {
      const name = sinkName();
      using writer = new MemsinkWriter(name);
      using reader = new MemsinkReader(name);
      const code = new TextEncoder().encode(format);
      writer.tryWrite({
        ...FRAME,
        format: new DataView(code.buffer).getUint32(0, true),
      });
      assertEquals(reader.poll(into, 0).kind, "none");
      assertEquals(faceOf(reader), ["wrong_format", `format ${format}`]);
      writer.tryWrite(FRAME);
      assertEquals(reader.poll(into, 1).kind, "frame");
      assertEquals(faceOf(reader), ["live", ""]);
    });
  }
});

Deno.test("a sink of another user says whose it is", () => {
  const name = sinkName();
  using writer = new MemsinkWriter(name, { mode: 0o000 });
  writer.tryWrite(FRAME);
  using reader = new MemsinkReader(name);
  asNobody(() => reader.poll(into, 0));
  assertEquals(reader.state, "permission_denied");
  assertStringIncludes(reader.detail, "mode 0000, owner ");
  using allowed = openAllowed(name);
  assertEquals(allowed.resize(writer.layout.objectSize), 0);
  asNobody(() => reader.poll(into, 300));
  assertEquals(reader.state, "live");
});

/** The sink with a mode that lets everybody in. */
function openAllowed(name: string) {
  const memory = openRaw(name);
  memory.setMode(0o666);
  return memory;
}

const users = Deno.dlopen("libc.so.6", {
  geteuid: { parameters: [], result: "u32" },
  seteuid: { parameters: ["u32"], result: "i32" },
});
const NOBODY = 65534;

/** root may open everything: be another user meanwhile. */
function asNobody(work: () => void): void {
  const own = users.symbols.geteuid();
  if (own !== 0) return work();
  assertEquals(users.symbols.seteuid(NOBODY), 0);
  try {
    work();
  } finally {
    users.symbols.seteuid(own);
  }
}
