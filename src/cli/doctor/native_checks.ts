/**
 * What takes libc to see: memory sinks, and how many files may be open.
 *
 * @module
 */

import { delay } from "@std/async/delay";
import type { Config } from "../../config/config.ts";
import { libc } from "../../engine/memsink/libc.ts";
import { MemsinkReader } from "../../engine/memsink/reader.ts";
import { SinkError } from "../../engine/memsink/sink_error.ts";
import type { SinkState } from "../../engine/memsink/poll.ts";
import { CAMERA_STATES } from "../../janus/status.ts";
import {
  ACCESS_UNIT_SIZE_MAX,
  DESCRIPTORS_BESIDE_VIEWERS,
  DOCTOR_SINK_WAIT_MS,
  IDLE_POLL_INTERVAL_MS,
} from "../../limits.ts";
import { fail, type Finding, ok, warn } from "./finding.ts";

/** They may pass by themselves: the camera is off, or has just begun. */
const PASSING: ReadonlySet<SinkState> = new Set([
  "sink_absent",
  "sink_waiting",
  "sink_stalled",
  "no_signal",
]);

/** Looks at all of it. */
export async function nativeFindings(config: Config): Promise<Finding[]> {
  try {
    libc();
  } catch (error) {
    if (!(error instanceof SinkError)) throw error;
    const remedy = "run it by deno task nalgate doctor, on Linux";
    return [warn("cameras", { text: error.message, remedy })];
  }
  const sinks = config.cameras.flatMap(({ name, sink }) =>
    sink === undefined ? [] : [checkSink(name, sink)]
  );
  return [...await Promise.all(sinks), ...openFiles(config)];
}

/** Reads as the engine does, until a picture has come or it is late. */
async function checkSink(name: string, sink: string): Promise<Finding> {
  const about = `cameras.${name}.sink`;
  using reader = new MemsinkReader(sink);
  const into = new Uint8Array(ACCESS_UNIT_SIZE_MAX);
  const late = performance.now() + DOCTOR_SINK_WAIT_MS;
  while (performance.now() < late) {
    const frame = reader.poll(into, performance.now());
    if (frame.kind === "frame" && reader.state === "live") {
      return ok(about, `${sink}: ${frame.width}×${frame.height}`);
    }
    await delay(IDLE_POLL_INTERVAL_MS);
  }
  const { state, detail } = reader;
  const { title, remedy } = CAMERA_STATES[state];
  const text = [sink, title, detail].filter((part) => part !== "").join(": ");
  return PASSING.has(state)
    ? warn(about, { text, remedy })
    : fail(about, { text, remedy });
}

/** RLIMIT_NOFILE of <sys/resource.h>, the same on all ABIs of Deno. */
const RLIMIT_NOFILE = 7;

function openFiles({ limits: { viewers } }: Config): Finding[] {
  const wanted = viewers + DESCRIPTORS_BESIDE_VIEWERS;
  const limits = new BigUint64Array(2);
  if (libc().getrlimit(RLIMIT_NOFILE, limits) !== 0) return [];
  const [soft = 0n] = limits;
  if (soft >= BigInt(wanted)) return [ok("limits.viewers", `${viewers}`)];
  return [warn("limits.viewers", {
    text: `${viewers} viewers take about ${wanted} open files in each ` +
      `process, which may have ${soft}`,
    remedy: `ulimit -n ${wanted}, or LimitNOFILE=${wanted} in systemd's unit`,
  })];
}
