import { assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { launchChromium } from "../support/chromium.ts";
import { serveJanusJsPage } from "../support/janus_js_page.ts";
import { feedPattern } from "../support/live_feed.ts";
import { movingPictures } from "../support/picture.ts";
import { Site } from "../support/site.ts";

/** What `janus_js.html` says of itself. */
interface Seen {
  readonly errors: readonly string[];
  readonly unavailable: number;
}

function seen(page: Page): Promise<Seen> {
  return page.evaluate("seen") as Promise<Seen>;
}

Deno.test("a page of plain janus.js plays a camera", async (t) => {
  const sink = `nalgate-test-${crypto.randomUUID()}::h264`;
  await using site = await Site.start({
    sinks: { front: sink },
    viewers: { alice: ["front"] },
  });
  const browser = await launchChromium();
  try {
    const context = await browser.newContext();
    const page = await context.newPage();
    const url = await serveJanusJsPage(context, { site, camera: "front" });

    await t.step("without a login it gets nothing", async () => {
      await page.goto(url);
      await page.waitForFunction("seen.errors.length > 0");
    });

    await site.signIn(page, "alice");
    await t.step("it asks again on 503 while no camera is on", async () => {
      await page.goto(url);
      await page.waitForFunction("seen.unavailable >= 2");
    });

    await t.step("it plays once the camera is on", async () => {
      await using _feed = feedPattern(sink, { size: "640x360", fps: 30 });
      await page.waitForFunction(
        "document.querySelector('video').videoWidth === 640",
      );
      await movingPictures(page);
      assertEquals((await seen(page)).errors, []);
    });
  } finally {
    await browser.close();
  }
});
