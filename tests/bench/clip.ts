/**
 * The clip that the benches play: 1080p30 at 8 Mbit/s, made by x264 as a
 * camera would, four seconds of it.
 *
 * @module
 */

import {
  type AccessUnit,
  AccessUnitSplitter,
} from "../../src/engine/h264/access_unit_splitter.ts";

/** What the clip is. */
export const CLIP = { width: 1920, height: 1080, fps: 30, seconds: 4 } as const;

/** Noise, or so regular a picture would need no 8 Mbit/s. */
const FFMPEG_ARGS = [
  "-v error -y -f lavfi",
  `-i testsrc2=size=${CLIP.width}x${CLIP.height}:rate=${CLIP.fps}`,
  `-t ${CLIP.seconds} -vf noise=alls=12:allf=t -pix_fmt yuv420p`,
  "-c:v libx264 -preset ultrafast -tune zerolatency -profile:v baseline",
  "-b:v 8M -maxrate 8M -bufsize 2M -g 30 -sc_threshold 0",
  "-x264-params sliced-threads=0 -f h264",
].join(" ").split(" ");

/** Writes the clip. */
export async function makeClip(path: string): Promise<void> {
  const { success, stderr } = await new Deno.Command("ffmpeg", {
    args: [...FFMPEG_ARGS, path],
    stdin: "null",
    stdout: "null",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

/** The access units of the clip. */
export async function readClip(path: string): Promise<AccessUnit[]> {
  const file = await Deno.open(path);
  return Array.fromAsync(file.readable.pipeThrough(new AccessUnitSplitter()));
}
