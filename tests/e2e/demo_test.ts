import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { launchChromium } from "../support/chromium.ts";
import { nextPicture } from "../support/picture.ts";
import { runTask } from "../support/site.ts";

/** Where the clips show their frame number (src/cli/demo_clips). */
const STRIP = { cells: 12, cellHeight: 32, left: 32, cellWidth: 48 };

/** The frame number in a camera's next picture, and the picture. */
async function nextFrame(page: Page, camera: string) {
  const picture = await nextPicture(page, {
    selector: `nalgate-player[camera=${camera}] video`,
    strip: STRIP,
  });
  const frameNumber = picture.strip
    .reduce((number, luma) => number * 2 + (luma > 128 ? 1 : 0), 0);
  return { ...picture, frameNumber };
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
        const first = await nextFrame(page, camera);
        const second = await nextFrame(page, camera);
        // 8 s of 30 frames, in a loop.
        const passed = (second.frameNumber - first.frameNumber + 240) % 240;
        assert(passed > 0 && passed < 60, `${passed} frames later`);
        assert(first.checksum !== second.checksum);
      }
    });

    await t.step("they are two different cameras", async () => {
      const front = await nextFrame(page, "front");
      const bench = await nextFrame(page, "bench");
      assert(front.blue > front.red + 40, "front is blue");
      assert(bench.red > bench.blue + 40, "bench is orange");
    });

    await t.step("a click shows one of them alone", async () => {
      await page.click("nalgate-player[camera=bench]");
      await page.waitForSelector("body.camera [data-phase=live]");
      const { width, height } = await nextFrame(page, "bench");
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
