/**
 * Makes the demo's two clips again. Needs ffmpeg with libx264 and the DejaVu
 * fonts (Debian: ffmpeg, fonts-dejavu-core); the demo itself needs neither.
 *
 *     deno run --allow-run=ffmpeg src/cli/demo_clips/make_clips.ts
 *
 * Each picture is 640 × 360 and shows its frame number twice: for people, in
 * digits, and for programs, as twelve squares of 48 × 32 pixels along the
 * bottom edge. The first square's left edge is at x = 32; white is 1, black is
 * 0, and the most significant bit comes first.
 *
 * @module
 */

const FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf";
const WIDTH = 640;
const HEIGHT = 360;
const BIT_COUNT = 12;
const SQUARE_WIDTH = 48;
const SQUARE_HEIGHT = 32;
const STRIP_LEFT = 32;
const SECONDS = 8;
const FPS = 30;

/** What moves behind the number: blue for one camera, orange for the other. */
const BACKGROUNDS = {
  front: `gradients=s=${WIDTH}x${HEIGHT}:r=${FPS}:n=4:speed=0.03:seed=3` +
    ":c0=0x0b2a6b:c1=0x1f9bd1:c2=0x0a6b94:c3=0x2b4bd1",
  bench: `life=s=80x45:r=${FPS}:mold=12:ratio=0.2:seed=11:stitch=1` +
    ":life_color=0xffb347:death_color=0xb03a00:mold_color=0x7a2800" +
    `,scale=${WIDTH}:${HEIGHT}:flags=bicubic`,
};

function text(value: string, style: string): string {
  return `drawtext=fontfile=${FONT}:text='${value}':fontcolor=white` +
    `:borderw=4:bordercolor=black@0.5:${style}`;
}

function box(x: number, { width = SQUARE_WIDTH, color = "white" }): string {
  return `drawbox=x=${x}:y=${HEIGHT - SQUARE_HEIGHT}:w=${width}` +
    `:h=${SQUARE_HEIGHT}:color=${color}:t=fill`;
}

/** A black strip, and on it a white square for each bit that is set. */
function strip(): string[] {
  const bits = Array.from({ length: BIT_COUNT }, (_, index) => {
    const value = 2 ** (BIT_COUNT - 1 - index);
    return box(STRIP_LEFT + index * SQUARE_WIDTH, {}) +
      `:enable='mod(floor(n/${value}),2)'`;
  });
  return [box(0, { width: WIDTH, color: "black" }), ...bits];
}

for (const [name, background] of Object.entries(BACKGROUNDS)) {
  const filter = [
    background,
    text(name, "fontsize=44:x=28:y=22"),
    text("%{n}", "fontsize=130:x=(w-tw)/2:y=(h-th)/2-16"),
    ...strip(),
    "format=yuv420p",
  ].join(",");
  const file = new URL(`${name}.h264`, import.meta.url).pathname;
  // Baseline has no B-frames and plays everywhere; a key frame each second.
  const x264 = "-c:v libx264 -profile:v baseline -preset veryslow -crf 33";
  const { success } = await new Deno.Command("ffmpeg", {
    args: [
      ..."-hide_banner -loglevel error -y -f lavfi -i".split(" "),
      filter,
      ...`-t ${SECONDS} ${x264} -g ${FPS} -threads 1 -f h264`.split(" "),
      file,
    ],
  }).output();
  if (!success) Deno.exit(1);
}
