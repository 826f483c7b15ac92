/**
 * `nalgate feed`: anything that ffmpeg can read becomes a camera.
 *
 * @module
 */

import { FEED_FPS_MAX, FEED_STATUS_INTERVAL_MS } from "../limits.ts";
import { type Command, type Context, EXIT, UsageError } from "./command.ts";
import type { FeedOptions, FeedTotals } from "./feed_player.ts";
import { type Flags, parseFlags } from "./flags.ts";

/** Plays an H.264 byte stream into a memory sink. */
export const feedCommand: Command = {
  summary: "play an H.264 file or pipe into a memory sink",
  help: `Play an H.264 byte stream (Annex B) into a memory sink

Usage: nalgate feed <file | -> --sink NAME [flags]

A file is played at its pace. Standard input (-) is live: each picture is
written as soon as it is complete. The sink is removed at the end.

  --sink NAME     shared memory name, such as demo::ustreamer::h264
  --version N     version of the sink: 2 to 6, 7-short, 7, 8 or 10; default 10,
                  which µStreamer speaks since 6.62. nalgate reads them all,
                  µStreamer's own readers only their own
  --fps N         pictures per second; default for a file what the stream says,
                  or 30; for standard input as they come
  --loop          start a file again at its end
  --mode OCTAL    permission bits of the sink; default 660

A reader that asks for a key frame gets the next one of a recording at once;
what lies between is skipped. Pictures must be in order: no B-frames.

Example:
  ffmpeg -i INPUT -an -c:v libx264 -tune zerolatency -g 30 -f h264 - |
    nalgate feed - --sink demo::ustreamer::h264
`,
  run,
};

async function run(args: readonly string[], context: Context): Promise<number> {
  // Only now, so that nobody else's --help loads libc.
  const { feed } = await import("./feed_player.ts");
  const { FeedError } = await import("./feed_error.ts");
  const { SinkError } = await import("../engine/memsink/sink_error.ts");
  const options = await parse(args);
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  for (const signal of SIGNALS) Deno.addSignalListener(signal, onSignal);
  try {
    const totals = await feed({
      ...options,
      signal: stop.signal,
      onFrame: reporter(context),
    });
    clearStatus(context);
    const { frameCount, droppedCount } = totals;
    context.log.info("feed ended", { frameCount, droppedCount });
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof FeedError || error instanceof SinkError)) {
      throw error;
    }
    clearStatus(context);
    context.stderr(`nalgate feed: ${error.message}\n`);
    return EXIT.failed;
  } finally {
    for (const signal of SIGNALS) Deno.removeSignalListener(signal, onSignal);
  }
}

// Not SIGHUP, which nohup(1) has to keep from us; a sink left behind is reused.
const SIGNALS = ["SIGINT", "SIGTERM"] as const;

async function parse(
  args: readonly string[],
): Promise<Omit<FeedOptions, "signal">> {
  const { layoutByName, LAYOUT_DEFAULT_NAME } = await import(
    "../engine/memsink/layouts.ts"
  );
  const { isObjectName } = await import("../engine/memsink/shared_memory.ts");
  const flags = parseFlags(args, {
    string: ["sink", "version", "fps", "mode"],
    boolean: ["loop"],
    positional: ["a file, or - for standard input"],
  });
  const path = flags.positional[0]!;
  const sink = flags.string("sink");
  if (sink === undefined) throw new UsageError("missing --sink NAME");
  if (!isObjectName(sink)) {
    throw new UsageError(
      `--sink is "${sink}", expected a name such as demo::ustreamer::h264`,
    );
  }
  const version = flags.string("version") ?? LAYOUT_DEFAULT_NAME;
  const layout = layoutByName(version);
  if (layout === undefined) {
    throw new UsageError(
      `--version is "${version}", expected 2 to 6, 7-short, 7, 8 or 10`,
    );
  }
  const loop = flags.boolean("loop");
  if (loop && path === "-") {
    throw new UsageError("--loop needs a file: standard input ends once");
  }
  return {
    path,
    sink,
    layout,
    loop,
    mode: parseMode(flags),
    fps: parseFps(flags, path),
  };
}

function parseFps(flags: Flags, path: string): FeedOptions["fps"] {
  const text = flags.string("fps");
  if (text === undefined) return path === "-" ? undefined : "recorded";
  const fps = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (fps > 0 && fps <= FEED_FPS_MAX) return fps;
  throw new UsageError(
    `--fps is "${text}", expected a number above 0, at most ${FEED_FPS_MAX}`,
  );
}

function parseMode(flags: Flags): number {
  const text = flags.string("mode") ?? "660";
  if (/^0?[0-7]{3}$/.test(text)) return parseInt(text, 8);
  throw new UsageError(`--mode is "${text}", expected octal digits: 660`);
}

/** Says what a person should know: a warning once, on a terminal a status. */
function reporter(context: Context): (totals: FeedTotals) => void {
  const status = Deno.stderr.isTerminal() ? statusLine(context) : undefined;
  let isWarned = false;
  return (totals) => {
    if (totals.hasBFrames && !isWarned) {
      isWarned = true;
      context.stderr(
        "nalgate feed: the stream has B-frames, which browsers show out of " +
          "order; ffmpeg leaves them out with -bf 0\n",
      );
    }
    status?.(totals);
  };
}

/** One line that is written over and over. */
function statusLine({ stderr }: Context): (totals: FeedTotals) => void {
  let startMs = performance.now();
  let start = { frameCount: 0, size: 0 };
  return ({ frameCount, size, droppedCount, hasClients }) => {
    const elapsedMs = performance.now() - startMs;
    if (elapsedMs < FEED_STATUS_INTERVAL_MS) return;
    const fps = (frameCount - start.frameCount) / elapsedMs * 1000;
    const mbps = (size - start.size) * 8 / elapsedMs / 1000;
    const dropped = droppedCount > 0 ? `, ${droppedCount} dropped` : "";
    const watched = hasClients ? "read" : "nobody reads";
    stderr(
      `\r${frameCount} pictures, ${fps.toFixed(1)}/s, ` +
        `${mbps.toFixed(1)} Mbit/s, ${watched}${dropped}\x1b[K`,
    );
    startMs = performance.now();
    start = { frameCount, size };
  };
}

function clearStatus({ stderr }: Context): void {
  if (Deno.stderr.isTerminal()) stderr("\r\x1b[K");
}
