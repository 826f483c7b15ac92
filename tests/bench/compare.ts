/**
 * A server against Janus with its own streaming plugin: the same clip, the
 * same receivers, one after the other in the same run.
 *
 * @module
 */

import { fromFileUrl, join } from "@std/path";
import { makeClip } from "./clip.ts";
import type { Line, Order, Result } from "./receivers.ts";
import {
  type Server,
  startJanusStreaming,
  type StartServer,
} from "./servers.ts";
import { table } from "./table.ts";
import { usageOf } from "./usage.ts";

/** Beside the count: joining, and returning to a camera that is not asked. */
const JOIN_TIMEOUT_MS = 30_000;

const RECEIVERS = fromFileUrl(new URL("./receivers.ts", import.meta.url));

/** One server with so many viewers. */
interface Figures extends Result {
  readonly cpuShare: number;
  readonly cpuMicrosPerPacket: number;
  readonly threads: number;
  readonly memoryMiB: number;
}

/** The columns: what is printed, and whether as a ratio too. */
const COLUMNS: Readonly<Record<string, (figures: Figures) => number>> = {
  "CPU %": ({ cpuShare }) => cpuShare * 100,
  "CPU µs/packet": ({ cpuMicrosPerPacket }) => cpuMicrosPerPacket,
  "threads": ({ threads }) => threads,
  "memory MiB": ({ memoryMiB }) => memoryMiB,
  "first p50 ms": ({ firstAge }) => firstAge.p50,
  "first p99": ({ firstAge }) => firstAge.p99,
  "last p50": ({ lastAge }) => lastAge.p50,
  "last p99": ({ lastAge }) => lastAge.p99,
  "start p50": ({ firstPacket }) => firstPacket.p50,
  "picture p50": ({ firstPicture }) => firstPicture.p50,
  "packets": ({ packets }) => packets,
  "lost": ({ lost }) => lost,
};

/** What to compare. */
export interface Comparison {
  readonly name: string;
  readonly start: StartServer;
  /** A row each. */
  readonly viewers: readonly number[];
  /** How long to count. */
  readonly seconds: number;
}

/** Measures and prints. */
export async function compareWithStreaming(
  { name, start, viewers: counts, seconds }: Comparison,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "nalgate-bench-" });
  try {
    const clip = join(folder, "clip.h264");
    await makeClip(clip);
    const rows: [string, number[]][] = [];
    for (const viewers of counts) {
      const load = { clip, viewers, seconds };
      const ours = values(await measure(start, load));
      const janus = values(await measure(startJanusStreaming, load));
      const ratios = ours.map((value, at) => value / (janus[at] ?? NaN));
      rows.push([`${name}, ${viewers}`, ours]);
      rows.push([`Janus streaming, ${viewers}`, janus]);
      rows.push(["  ratio", ratios]);
    }
    table(["viewers", ...Object.keys(COLUMNS)], rows);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function values(figures: Figures): number[] {
  return Object.values(COLUMNS).map((column) => column(figures));
}

async function measure(
  start: StartServer,
  { clip, viewers, seconds }: {
    clip: string;
    viewers: number;
    seconds: number;
  },
): Promise<Figures> {
  await using server = await start(clip);
  const { url, apiSecret, plugin, watch } = server;
  return await receive(
    { url, apiSecret, plugin, watch, viewers, seconds },
    server,
  );
}

async function receive(order: Order, { pid }: Server): Promise<Figures> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "--no-prompt", "-P=test", RECEIVERS],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const timeoutMs = JOIN_TIMEOUT_MS + order.seconds * 1000;
  const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
  try {
    const orders = new Blob([JSON.stringify(order)]).stream();
    await orders.pipeTo(child.stdin);
    const lines = linesOf(child.stdout);
    const next = async (): Promise<Line> => {
      const { value, done } = await lines.next();
      if (done) throw new Error("the receivers have ended early");
      return JSON.parse(value);
    };
    await next();
    const before = await usageOf(pid);
    await next();
    const after = await usageOf(pid);
    const result = await next() as Result;
    const cpuSeconds = after.cpuSeconds - before.cpuSeconds;
    return {
      ...result,
      cpuShare: cpuSeconds / order.seconds,
      cpuMicrosPerPacket: cpuSeconds * 1e6 / result.packets,
      threads: after.threads,
      memoryMiB: after.memoryMiB,
    };
  } finally {
    clearTimeout(timer);
    await child.status;
  }
}

async function* linesOf(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<string> {
  let text = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (text + chunk).split("\n");
    text = lines.pop() ?? "";
    yield* lines;
  }
}
