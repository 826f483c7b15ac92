/**
 * plugin-c in Debian's Janus against Janus's own streaming plugin: the same
 * clip in packets of the same size, the same receivers, in the same run.
 *
 * @module
 */

import { fromFileUrl, join } from "@std/path";
import { PACKET_SIZE_DEFAULT } from "../../src/limits.ts";
import { DebianJanus } from "../support/janus_debian.ts";
import { makePlugin, PLUGIN_FOLDER } from "../support/janus_plugin.ts";
import { TestProcess } from "../support/process.ts";
import { sinkName } from "../support/sink.ts";
import { makeClip } from "./clip.ts";
import type { Order, Result } from "./receivers.ts";
import { startJanusStreaming, type StartServer } from "./servers.ts";
import { table } from "./table.ts";
import { type Usage, usageOf } from "./usage.ts";

const VIEWERS = [1, 20];
const SECONDS = 8;

/** What the plugin sets aside of a packet for Janus's extensions and RTX. */
const ADDED_SIZE = 14;

/** The columns: what the receivers saw, and what Janus used meanwhile. */
const COLUMNS: Readonly<
  Record<string, (result: Result, used: Usage) => number>
> = {
  "CPU %": (_, { cpuSeconds }) => 100 * cpuSeconds / SECONDS,
  "CPU µs/packet": ({ packets }, { cpuSeconds }) => 1e6 * cpuSeconds / packets,
  "threads": (_, { threads }) => threads,
  "memory MiB": (_, { memoryMiB }) => memoryMiB,
  "first p50 ms": ({ firstAge }) => firstAge.p50,
  "first p99": ({ firstAge }) => firstAge.p99,
  "last p50": ({ lastAge }) => lastAge.p50,
  "last p99": ({ lastAge }) => lastAge.p99,
  "start p50": ({ firstPacket }) => firstPacket.p50,
  "picture p50": ({ firstPicture }) => firstPicture.p50,
  "packets": ({ packets }) => packets,
  "lost": ({ lost }) => lost,
};

/** Measures and prints. */
export async function benchPlugin(): Promise<void> {
  await makePlugin("all");
  const folder = await Deno.makeTempDir({ prefix: "nalgate-bench-" });
  try {
    const clip = join(folder, "clip.h264");
    await makeClip(clip);
    const rows: [string, number[]][] = [];
    for (const viewers of VIEWERS) {
      const ours = await measure(startJanusPlugin, { clip, viewers });
      const theirs = await measure(startJanusStreaming, { clip, viewers });
      rows.push([`plugin-c, ${viewers}`, ours]);
      rows.push([`Janus streaming, ${viewers}`, theirs]);
      rows.push(["  ratio", ours.map((value, at) => value / theirs[at]!)]);
    }
    table(["viewers", ...Object.keys(COLUMNS)], rows);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Our plugin alone in Janus, fed through a memory sink. */
const startJanusPlugin: StartServer = async (clip) => {
  const sink = sinkName();
  const packetSize = PACKET_SIZE_DEFAULT + ADDED_SIZE;
  await using undo = new AsyncDisposableStack();
  const camera = undo.use(program("camera.ts", clip, "sink", sink));
  // It ends with its input, and removes its sink.
  undo.defer(async () => {
    await camera.closeInput();
    await camera.exit();
  });
  const janus = undo.use(
    await DebianJanus.start({
      plugins: ["libjanus_nalgate.so"],
      pluginsFolder: join(PLUGIN_FOLDER, "build"),
      configs: {
        "janus.plugin.ustreamer.jcfg":
          `cameras: ({ id = "a", sink = "${sink}", packet_size = ${packetSize} })\n`,
      },
    }),
  );
  const { pid, url, apiSecret } = janus;
  const kept = undo.move();
  return {
    pid,
    url,
    apiSecret,
    plugin: "janus.plugin.ustreamer",
    watch: { request: "watch" },
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  };
};

/** A figure for each column. */
async function measure(
  start: StartServer,
  { clip, viewers }: { clip: string; viewers: number },
): Promise<number[]> {
  await using server = await start(clip);
  const { pid, url, apiSecret, plugin, watch } = server;
  const order: Order = {
    url,
    apiSecret,
    plugin,
    watch,
    viewers,
    seconds: SECONDS,
  };
  await using receivers = program("receivers.ts");
  await receivers.write(JSON.stringify(order));
  await receivers.closeInput();
  await receivers.output("stdout", /"counting"/);
  const before = await usageOf(pid);
  await receivers.output("stdout", /"counted"/);
  const after = await usageOf(pid);
  const [text] = await receivers.output("stdout", /^\{.*\}$/m);
  const cpuSeconds = after.cpuSeconds - before.cpuSeconds;
  return Object.values(COLUMNS)
    .map((column) => column(JSON.parse(text), { ...after, cpuSeconds }));
}

/** A program of this folder, until it is disposed of. */
function program(name: string, ...args: string[]): TestProcess {
  const path = fromFileUrl(new URL(name, import.meta.url));
  return new TestProcess({
    args: ["run", "-q", "--no-prompt", "-P=test", path, ...args],
  });
}
