import { assert, assertEquals } from "@std/assert";
import { launchChromium } from "../support/chromium.ts";
import {
  movingPictures,
  nextPicture,
  type Picture,
  type PictureSource,
} from "../support/picture.ts";
import { runTask } from "../support/site.ts";

/** Where the clips show their frame number (src/cli/demo_clips). */
const STRIP = { cells: 12, cellHeight: 32, left: 32, cellWidth: 48 };

/**
 * A reader that a busy machine keeps from its turn misses a frame; until the
 * next key frame, pictures then build on one that the browser does not have.
 */
const TRIES_MAX = 10;

/** Where a camera's picture is read. */
function source(camera: string): PictureSource {
  return { selector: `nalgate-player[camera=${camera}] video`, strip: STRIP };
}

/** The frame number that a picture shows. */
function frameNumber({ strip }: Picture): number {
  return strip.reduce((number, luma) => number * 2 + (luma > 128 ? 1 : 0), 0);
}

Deno.test("the demo's link shows two moving cameras", async (t) => {
  await using demo = runTask("demo");
  const [link] = await demo.output("stdout", /http:\S+#code=\S+/);
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on("console", (line) => complaints.push(line.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.goto(link);

    await t.step("both count their frames", async () => {
      for (const camera of ["front", "bench"]) {
        await page.waitForSelector(
          `nalgate-player[camera=${camera}][data-phase=live]`,
        );
        const steps: number[] = [];
        while (!steps.some((passed) => passed > 0 && passed < 120)) {
          assert(steps.length < TRIES_MAX, `frames later: ${steps}`);
          const [first, later] = await movingPictures(page, source(camera));
          // 8 s of 30 frames, in a loop.
          const passed = frameNumber(later) - frameNumber(first) + 240;
          steps.push(passed % 240);
        }
      }
    });

    await t.step("they are two different cameras", async () => {
      const front = await nextPicture(page, source("front"));
      const bench = await nextPicture(page, source("bench"));
      assert(front.blue > front.red + 40, "front is blue");
      assert(bench.red > bench.blue + 40, "bench is orange");
    });

    await t.step("a click shows one of them alone", async () => {
      await page.click("nalgate-player[camera=bench]");
      await page.waitForSelector("body.camera [data-phase=live]");
      const { width, height } = await nextPicture(page, source("bench"));
      assertEquals([width, height], [640, 360]);
    });

    await t.step("the console stays empty", () => {
      assertEquals(complaints, []);
    });

    await t.step("the link works once", async () => {
      const stranger = await (await browser.newContext()).newPage();
      await stranger.goto(link);
      await stranger.waitForSelector("#notice:not([hidden])");
    });
  } finally {
    await browser.close();
  }

  await t.step("Ctrl-C ends it and leaves nothing behind", async () => {
    demo.kill("SIGINT");
    assertEquals((await demo.exit()).code, 0);
    // Deno opens /dev/shm only with all permissions.
    const { stdout } = await new Deno.Command("ls", { args: ["/dev/shm"] })
      .output();
    const left = new TextDecoder().decode(stdout).split("\n")
      .filter((name) => name.startsWith("nalgate-demo-"));
    assertEquals(left, []);
  });
});
