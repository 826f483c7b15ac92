/**
 * Against µStreamer itself, Debian's 4.9, which speaks version 2.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { decodeBase64 } from "@std/encoding";
import { layoutByName } from "../../../../src/engine/memsink/layouts.ts";
import { MemsinkReader } from "../../../../src/engine/memsink/reader.ts";
import { MemsinkWriter } from "../../../../src/engine/memsink/writer.ts";
import { TestProcess } from "../../../support/process.ts";
import { frameBytes, sinkName } from "../../../support/sink.ts";

const FRAME_COUNT = 8;
const WAIT_MS = 30_000;

async function until(isDone: () => boolean, step: () => void): Promise<void> {
  const endMs = performance.now() + WAIT_MS;
  while (!isDone()) {
    assert(performance.now() < endMs, "it takes too long");
    step();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

Deno.test("ustreamer-dump reads byte for byte what the writer wrote", async () => {
  const name = sinkName();
  using writer = new MemsinkWriter(name, { layout: layoutByName("2")! });
  await using dump = new TestProcess({
    command: "ustreamer-dump",
    args: [
      ...["--sink", name, "--count", String(FRAME_COUNT), "--sink-timeout=20"],
      ...["--output", "-", "--output-json"],
    ],
  });
  let isEnded = false;
  const ended = dump.exit().then((status) => {
    isEnded = true;
    return status;
  });
  const written: Uint8Array[] = [];
  await until(() => isEnded, () => {
    const index = written.length;
    const bytes = frameBytes(10 + (index % 7) ** 2 * 9_001, index & 0xff);
    new DataView(bytes.buffer).setUint32(5, index);
    if (index > 0) assert(writer.hasClients || index < 1000, "nobody reads");
    const result = writer.tryWrite({
      bytes,
      keyFrame: index % 7 === 0,
      width: 1920 + index,
      height: 1080,
      grabSeconds: 100 + index,
    });
    // Else it was being read just then.
    if (result === "written") written.push(bytes);
  });
  assertEquals((await ended).code, 0, dump.stderr);
  assertEquals(writer.hasClients, true);
  const lines = dump.stdout.trim().split("\n").map((line) => JSON.parse(line));
  assertEquals(lines.length, FRAME_COUNT);
  for (const { data, size, ...facts } of lines) {
    const bytes = decodeBase64(data);
    const index = new DataView(bytes.buffer).getUint32(5);
    assertEquals(bytes.length, size);
    assertEquals(bytes, written[index]);
    assertEquals(facts.width, 1920 + index);
    assertEquals(facts.height, 1080);
    assertEquals(facts.format, 0x34363248);
    assertEquals(facts.stride, 0);
    assertEquals(facts.online, 1);
    assertEquals(facts.grab_ts, 100 + index);
  }
});

Deno.test("ustreamer's JPEG sink is wrong_format", async () => {
  const name = sinkName();
  const socket = await Deno.makeTempFile();
  await using ustreamer = new TestProcess({
    command: "ustreamer",
    args: [
      // It has no camera here, and writes a picture that says so.
      ...["--device", "/dev/null/none", "--unix", socket, "--unix-rm"],
      ...["--sink", name, "--sink-rm"],
    ],
  });
  const into = new Uint8Array(2 * 1024 * 1024);
  using reader = new MemsinkReader(name);
  const states: string[] = [];
  await until(() => reader.state === "wrong_format", () => {
    assertEquals(reader.poll(into, performance.now()).kind, "none");
    if (states.at(-1) !== reader.state) states.push(reader.state);
  });
  assertEquals(reader.detail, "format JPEG");
  // One change of state after the other, none back and forth.
  assertEquals(states.length, new Set(states).size);
  ustreamer.kill("SIGTERM");
  await until(
    () => reader.state === "sink_absent",
    () => reader.poll(into, performance.now()),
  );
  await Deno.remove(socket).catch(() => {});
});
