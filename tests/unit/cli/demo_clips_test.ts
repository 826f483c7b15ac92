import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";

const CLIPS = new URL("../../../src/cli/demo_clips/", import.meta.url);
const WIDTH = 640;
const HEIGHT = 360;
const FRAME_COUNT = 240;

/** Pictures as ffmpeg decodes them, three bytes a pixel. */
async function decode(name: string): Promise<Uint8Array[]> {
  const path = fromFileUrl(new URL(`${name}.h264`, CLIPS));
  const { success, stdout } = await new Deno.Command("ffmpeg", {
    args: [
      ...["-loglevel", "error", "-i", path],
      ...["-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
    ],
  }).output();
  assert(success);
  const size = WIDTH * HEIGHT * 3;
  return Array.from(
    { length: stdout.length / size },
    (_, index) => stdout.subarray(index * size, (index + 1) * size),
  );
}

/** The number in the strip, as make_clips.ts describes it. */
function numberIn(picture: Uint8Array): number {
  let number = 0;
  for (let bit = 0; bit < 12; bit++) {
    const x = 32 + bit * 48 + 24;
    const y = 360 - 16;
    const value = picture[(y * WIDTH + x) * 3]!;
    assert(value < 64 || value > 192, `neither black nor white: ${value}`);
    number = number * 2 + (value > 128 ? 1 : 0);
  }
  return number;
}

/** Mean red and mean blue above the strip. */
function meanColor(picture: Uint8Array): { red: number; blue: number } {
  const size = WIDTH * (HEIGHT - 32);
  let [red, blue] = [0, 0];
  for (let pixel = 0; pixel < size; pixel++) {
    red += picture[pixel * 3]!;
    blue += picture[pixel * 3 + 2]!;
  }
  return { red: red / size, blue: blue / size };
}

for (const name of ["front", "bench"]) {
  Deno.test(`the demo's ${name} clip shows each frame's number`, async () => {
    const pictures = await decode(name);
    assertEquals(
      pictures.map(numberIn),
      Array.from({ length: FRAME_COUNT }, (_, index) => index),
    );
    for (const picture of pictures) {
      const { red, blue } = meanColor(picture);
      const [main, other] = name === "front" ? [blue, red] : [red, blue];
      assert(main - other > 40, `red ${red}, blue ${blue}`);
    }
  });
}
