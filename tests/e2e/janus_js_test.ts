import { assertEquals } from "@std/assert";
import type { BrowserContext, Page } from "playwright-core";
import { launchChromium } from "../support/chromium.ts";
import { feedPattern } from "../support/live_feed.ts";
import { movingPictures } from "../support/picture.ts";
import { Site } from "../support/site.ts";

/** What `janus_js.html` says of itself. */
interface Seen {
  readonly errors: readonly string[];
  readonly unavailable: number;
}

const read = (path: string) =>
  Deno.readTextFile(new URL(path, import.meta.url));

/** Puts the page and its scripts on the gateway's own origin. */
async function servePage(context: BrowserContext, site: Site): Promise<string> {
  const server = new URL("cameras/front/janus", site.url);
  server.protocol = "ws:";
  const files = {
    "janus_js.html": (await read("janus_js.html"))
      .replace('"SERVER"', JSON.stringify(server.href)),
    "adapter.js": await read(
      "../../node_modules/webrtc-adapter/out/adapter.js",
    ),
    "janus.js": await read("../../node_modules/janus-gateway/npm/src/janus.js"),
  };
  for (const [name, body] of Object.entries(files)) {
    const contentType = name.endsWith(".html")
      ? "text/html"
      : "text/javascript";
    await context.route(
      `${site.url}${name}`,
      (route) => route.fulfill({ body, contentType }),
    );
  }
  return `${site.url}janus_js.html`;
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
    const url = await servePage(context, site);

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
