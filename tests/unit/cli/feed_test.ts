import { assert, assertEquals, assertMatch } from "@std/assert";
import { fromFileUrl } from "@std/path";
import type { Context } from "../../../src/cli/command.ts";
import { accessUnits } from "../../../src/cli/feed_source.ts";
import { MemsinkReader } from "../../../src/engine/memsink/reader.ts";
import { ObjectName } from "../../../src/engine/memsink/shared_memory.ts";
import { Logger } from "../../../src/log.ts";
import { main } from "../../../src/main.ts";
import { MAIN, TestProcess } from "../../support/process.ts";
import { nextFrame, openRaw, readRaw, sinkName } from "../../support/sink.ts";

const CLIPS = new URL("../../../src/cli/demo_clips/", import.meta.url);
const FRONT = fromFileUrl(new URL("front.h264", CLIPS));
const into = new Uint8Array(2 * 1024 * 1024);

function feedArgs(...args: string[]): string[] {
  const flags = ["-q", "--no-prompt", "-P=supervisor", "--allow-ffi"];
  return ["run", ...flags, MAIN, "feed", ...args];
}

function feedProcess(...args: string[]): TestProcess {
  return new TestProcess({ args: feedArgs(...args) });
}

function isGone(name: string): boolean {
  return typeof new ObjectName(name).stat() === "number";
}

/** A clip of ffmpeg's, as an Annex B file. */
async function clip(...options: string[]): Promise<string> {
  const path = await Deno.makeTempFile({ suffix: ".h264" });
  const { success, stderr } = await new Deno.Command("ffmpeg", {
    args: [
      ...["-hide_banner", "-loglevel", "error", "-y", "-f", "lavfi"],
      ...["-i", "testsrc2=s=320x180:r=25", "-pix_fmt", "yuv420p"],
      ...options,
      path,
    ],
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  return path;
}

/** The file's access units, as hex-free keys to find a frame's index by. */
async function indexesOf(path: string): Promise<Map<string, number>> {
  const { signal } = new AbortController();
  const indexes = new Map<string, number>();
  let index = 0;
  for await (const { bytes } of accessUnits({ path, loop: false, signal })) {
    indexes.set(key(bytes), index++);
  }
  return indexes;
}

function key(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, 4000), bytes.length & 0xffff);
}

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line in this process. */
async function nalgate(...args: string[]): Promise<Run> {
  const output = { stdout: "", stderr: "" };
  const write = (line: string) => void (output.stderr += line);
  const log = new Logger("test", { level: "debug", format: "text", write });
  const context: Context = {
    log,
    logger: () => log,
    stdout: (text) => output.stdout += text,
    stderr: (text) => output.stderr += text,
    env: () => undefined,
  };
  return { code: await main(args, context), ...output };
}

Deno.test("feed refuses a command line that is wrong", async (t) => {
  const TABLE = [
    { args: [], says: /missing a file, or - for standard input/ },
    { args: ["x.h264"], says: /missing --sink NAME/ },
    { args: ["x.h264", "--sink"], says: /--sink needs a value/ },
    { args: ["x.h264", "--sink", "a/b"], says: /--sink is "a\/b", expected/ },
    { args: ["x.h264", "--sink=s", "--version=9"], says: /--version is "9"/ },
    { args: ["x.h264", "--sink=s", "--fps=0"], says: /--fps is "0", expected/ },
    { args: ["x.h264", "--sink=s", "--fps=-5"], says: /--fps/ },
    { args: ["x.h264", "--sink=s", "--fps=fast"], says: /--fps is "fast"/ },
    { args: ["x.h264", "--sink=s", "--mode=999"], says: /--mode is "999"/ },
    { args: ["-", "--sink=s", "--loop"], says: /--loop needs a file/ },
    { args: ["x.h264", "--sink=s", "--lop"], says: /did you mean --loop/ },
    { args: ["x.h264", "y.h264", "--sink=s"], says: /unexpected "y.h264"/ },
  ];
  for (const { args, says } of TABLE) {
    await t.step(args.join(" "), async () => {
      const { code, stderr } = await nalgate("feed", ...args);
      assertEquals(code, 2);
      assertMatch(stderr, says);
      assertEquals(stderr.trim().split("\n").length, 1);
    });
  }
});

Deno.test("feed --help has an example", async () => {
  const { code, stdout } = await nalgate("feed", "--help");
  assertEquals(code, 0);
  assertMatch(stdout, /Example:\n {2}ffmpeg .*\n {4}nalgate feed - --sink/);
  for (const line of stdout.split("\n")) assert(line.length <= 80, line);
});

Deno.test("feed says in a sentence what it cannot play", async (t) => {
  const folder = await Deno.makeTempDir();
  const file = async (name: string, bytes: number[]) => {
    await Deno.writeFile(`${folder}/${name}`, Uint8Array.from(bytes));
    return `${folder}/${name}`;
  };
  const TABLE = [
    { path: `${folder}/none`, says: /there is no such file/ },
    { path: folder, says: /it is a directory/ },
    { path: await file("empty", []), says: /it is empty/ },
    { path: await file("short", [0, 0, 1]), says: /no H.264 byte stream/ },
    {
      path: await file("mp4", [
        0,
        0,
        0,
        32,
        0x66,
        0x74,
        0x79,
        0x70,
        0,
        0,
        0,
        1,
      ]),
      says: /no H.264 byte stream/,
    },
    {
      path: await file("h265", [0, 0, 0, 1, 0x40, 1, 0x0c, 1, 0xff, 0xff]),
      says: /no H.264 byte stream.*ffmpeg -i INPUT/,
    },
    {
      path: await file("h265-delimiter", [0, 0, 0, 1, 0x46, 1, 0x50, 0, 0, 1]),
      says: /no H.264 byte stream/,
    },
    {
      path: await file("no-key-frame", [0, 0, 0, 1, 0x41, 0x9a, 1, 2, 3, 4]),
      says: /it has no key frame/,
    },
  ];
  for (const { path, says } of TABLE) {
    await t.step(path.slice(folder.length), async () => {
      const sink = sinkName();
      const { code, stderr } = await nalgate("feed", path, "--sink", sink);
      assertMatch(stderr, says);
      assertEquals(code, 1);
      assertEquals(stderr.trim().split("\n").length, 1);
      assert(isGone(sink));
    });
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("feed plays a file in order, in each version", async (t) => {
  const indexes = await indexesOf(FRONT);
  assertEquals(indexes.size, 240);
  for (const version of ["2", "3", "4", "5", "6", "7-short", "7", "8", "10"]) {
    await t.step(version, async () => {
      const sink = sinkName();
      using reader = new MemsinkReader(sink);
      const args = ["--version", version, "--fps", "400", "--mode", "600"];
      const run = nalgate("feed", FRONT, "--sink", sink, ...args);
      let last = -1;
      let count = 0;
      // The end may be missed: the sink goes with the last frame.
      while (last < 200) {
        const frame = await nextFrame(reader, into);
        const index = indexes.get(key(into.subarray(0, frame.size)));
        assert(index !== undefined && index > last, `${index} after ${last}`);
        assertEquals(frame.keyFrame, index % 30 === 0);
        assertEquals([frame.width, frame.height], [640, 360]);
        if (count++ === 0) {
          using memory = openRaw(sink);
          const header = readRaw(memory, { at: 8, size: 4 });
          assertEquals(header[0], parseInt(version));
        }
        last = index;
      }
      assert(count > 50, `only ${count} frames were seen`);
      assertEquals((await run).code, 0);
      assert(isGone(sink));
    });
  }
});

Deno.test("feed plays a recording at the rate that it names", async () => {
  // 25 pictures per second, by testsrc2; feed's own default is 30.
  const path = await clip("-t", "3", "-c:v", "libx264", "-bf", "0");
  const sink = sinkName();
  using reader = new MemsinkReader(sink);
  const indexes = await indexesOf(path);
  const run = nalgate("feed", path, "--sink", sink);
  const seen: { index: number; grab: number }[] = [];
  while ((seen.at(-1)?.index ?? 0) < 50) {
    const frame = await nextFrame(reader, into);
    const index = indexes.get(key(into.subarray(0, frame.size)))!;
    seen.push({ index, grab: frame.grabSeconds });
  }
  // By their own times, which no busy machine delays.
  const [first, last] = [seen[0]!, seen.at(-1)!];
  const period = (last.grab - first.grab) / (last.index - first.index);
  assert(Math.abs(period - 1 / 25) < 0.002, `${period}`);
  await run;
  await Deno.remove(path);
});

Deno.test("feed goes on from the next key frame when asked", async () => {
  const path = await clip(
    ...["-t", "8", "-c:v", "libx264", "-bf", "0", "-g", "50"],
    ...["-keyint_min", "50", "-sc_threshold", "0"],
  );
  const indexes = await indexesOf(path);
  const sink = sinkName();
  using reader = new MemsinkReader(sink);
  await using feed = feedProcess(path, "--sink", sink, "--loop", "--fps=10");
  const indexNow = async () => {
    const frame = await nextFrame(reader, into);
    return indexes.get(key(into.subarray(0, frame.size)))!;
  };
  const jumps: number[] = [];
  for (let round = 0; round < 5; round++) {
    let index = await indexNow();
    reader.requestKeyFrame();
    let next = await indexNow();
    while (next % 50 !== 0) {
      // Not by playing on: the last ten before a key frame are never seen.
      assert(next > index && next % 50 < 40, `${next} after ${index}`);
      index = next;
      next = await indexNow();
    }
    jumps.push(next);
  }
  // 200 pictures: the fourth jump begins again.
  assertEquals(jumps, [50, 100, 150, 0, 50]);
  feed.kill("SIGTERM");
  await feed.exit();
  await Deno.remove(path);
});

Deno.test("feed plays on if there is no key frame to go on from", async () => {
  const path = await clip(
    "-t",
    "2",
    "-c:v",
    "libx264",
    "-bf",
    "0",
    "-g",
    "500",
  );
  const indexes = await indexesOf(path);
  const sink = sinkName();
  using reader = new MemsinkReader(sink);
  const run = nalgate("feed", path, "--sink", sink);
  let last = -1;
  while (last < 40) {
    reader.requestKeyFrame();
    const frame = await nextFrame(reader, into);
    const index = indexes.get(key(into.subarray(0, frame.size)))!;
    assert(index > last);
    last = index;
  }
  assertEquals((await run).code, 0);
  await Deno.remove(path);
});

Deno.test("feed warns of B-frames", async () => {
  const path = await clip("-t", "1", "-c:v", "libx264", "-bf", "2");
  const args = ["--sink", sinkName(), "--fps=1000"];
  const { code, stderr } = await nalgate("feed", path, ...args);
  assertEquals(code, 0);
  assertEquals(stderr.match(/has B-frames/g)?.length, 1);
  await Deno.remove(path);
});

Deno.test("feed plays ffmpeg live from a pipe, and ends with it", async () => {
  const sink = sinkName();
  using reader = new MemsinkReader(sink);
  const picture = "-re -f lavfi -i testsrc2=s=640x360:r=30 -t 4";
  const encoder = "-pix_fmt yuv420p -c:v libx264 -tune zerolatency -g 15";
  await using pipeline = new TestProcess({
    command: "bash",
    args: [
      ...["-o", "pipefail", "-c"],
      `ffmpeg -loglevel error ${picture} ${encoder} -f h264 - | "$@"`,
      ...["bash", Deno.execPath(), ...feedArgs("-", "--sink", sink)],
    ],
  });
  let last = -Infinity;
  for (let count = 0; count < 30; count++) {
    const frame = await nextFrame(reader, into);
    assert(frame.grabSeconds > last);
    assertEquals([frame.width, frame.height], [640, 360]);
    last = frame.grabSeconds;
  }
  assertEquals((await pipeline.exit()).code, 0, pipeline.stderr);
  assert(isGone(sink));
});

Deno.test("a signal ends feed in good order", async (t) => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    for (const source of [FRONT, "-"]) {
      await t.step(
        `${signal} ${source === "-" ? "stdin" : "file"}`,
        async () => {
          const sink = sinkName();
          using reader = new MemsinkReader(sink);
          await using feed = feedProcess(source, "--sink", sink);
          // A pipe that stays open, with nothing more to come.
          if (source === "-") await feed.write(await Deno.readFile(FRONT));
          await nextFrame(reader, into);
          feed.kill(signal);
          assertEquals((await feed.exit()).code, 0, feed.stderr);
          assert(isGone(sink));
        },
      );
    }
  }
});

Deno.test("a feed that was killed is followed by the next", async () => {
  const sink = sinkName();
  using reader = new MemsinkReader(sink);
  for (let round = 0; round < 2; round++) {
    await using feed = feedProcess(FRONT, "--sink", sink, "--loop");
    await nextFrame(reader, into);
    if (round === 0) feed.kill("SIGKILL");
    else feed.kill("SIGTERM");
    await feed.exit();
    assertEquals(isGone(sink), round === 1);
  }
});
