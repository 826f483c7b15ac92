import { assertEquals } from "@std/assert";
import { delay } from "@std/async/delay";
import type { Page } from "playwright-core";
import { launchChromium } from "../support/chromium.ts";
import { feedPattern, type LiveFeed } from "../support/live_feed.ts";
import { movingPictures, nextPicture } from "../support/picture.ts";
import { Site } from "../support/site.ts";

const PATTERN = { size: "1920x1080", fps: 30 };

/** Waits until the page is live, with a frame that it gets from now on. */
async function untilPicture(page: Page): Promise<void> {
  await page.waitForSelector("nalgate-player[data-phase=live]");
  await nextPicture(page);
}

Deno.test("a live 1080p30 camera comes back by itself", async (t) => {
  const sink = `nalgate-test-${crypto.randomUUID()}::h264`;
  await using site = await Site.start({
    sinks: { front: sink },
    viewers: { alice: ["front"] },
  });
  let feed: LiveFeed = feedPattern(sink, PATTERN);
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    await site.signIn(page, "alice");
    await page.goto(`${site.url}cameras/front/`);

    await t.step("it plays", async () => {
      await untilPicture(page);
      const { width, height } = await nextPicture(page);
      assertEquals([width, height], [1920, 1080]);
      await movingPictures(page);
    });
    const loadedAt = await page.evaluate("performance.timeOrigin");

    await t.step("after a kill -9 of the engine", async () => {
      Deno.kill(await site.pidOf("engine"), "SIGKILL");
      await page.waitForSelector("nalgate-player:not([data-phase=live])");
      await untilPicture(page);
      await movingPictures(page);
    });

    await t.step("after a kill -9 of the camera", async () => {
      feed.kill();
      await feed[Symbol.asyncDispose]();
      await page.waitForSelector("nalgate-player:not([data-phase=live])");
      await delay(1000);
      feed = feedPattern(sink, PATTERN);
      await untilPicture(page);
      await movingPictures(page);
    });

    await t.step("without a reload of the page", async () => {
      assertEquals(await page.evaluate("performance.timeOrigin"), loadedAt);
    });
  } finally {
    await browser.close();
    await feed[Symbol.asyncDispose]();
  }
});
