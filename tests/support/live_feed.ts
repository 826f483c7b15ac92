/**
 * A live camera: ffmpeg encodes a moving test pattern into `nalgate feed -`.
 *
 * @module
 */

import { fromFileUrl } from "@std/path";

const ROOT = fromFileUrl(new URL("../../", import.meta.url));

/** What the pattern looks like. */
export interface PatternOptions {
  readonly size: string;
  readonly fps: number;
  /** Seconds between key frames nobody asked for. */
  readonly gopSeconds?: number;
}

/** A running camera. */
export interface LiveFeed extends AsyncDisposable {
  /** Ends the camera as a crash would. */
  kill(): void;
}

/** Starts one, as the README's pipe does. */
export function feedPattern(
  sink: string,
  { size, fps, gopSeconds = 1 }: PatternOptions,
): LiveFeed {
  const encoder = [
    "ffmpeg -v error -re -f lavfi",
    `-i testsrc2=size=${size}:rate=${fps}`,
    "-pix_fmt yuv420p -c:v libx264 -preset ultrafast -tune zerolatency",
    `-g ${Math.round(fps * gopSeconds)} -f h264 -`,
  ].join(" ");
  const feed = `${Deno.execPath()} task -q nalgate feed - --sink ${sink}`;
  const shell = new Deno.Command("setsid", {
    args: ["sh", "-c", `${encoder} | ${feed}`],
    cwd: ROOT,
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  // The whole pipe is one process group, named by the shell's id.
  const signal = (name: string) =>
    new Deno.Command("kill", {
      args: ["-s", name, "--", `-${shell.pid}`],
      stderr: "null",
    }).outputSync();
  return {
    kill: () => void signal("KILL"),
    async [Symbol.asyncDispose]() {
      signal("TERM");
      await shell.status;
    },
  };
}
