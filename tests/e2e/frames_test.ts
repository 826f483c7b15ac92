/// <reference lib="dom" />

/** Pages in frames of other pages, as Chromium lets them be there. */

import { assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { launchChromium } from "../support/chromium.ts";
import { view } from "../support/gateway.ts";
import { PASSWORD, RunningGateway } from "../support/running_gateway.ts";

/** Where a frame ends up that may not show its page. */
const BLOCKED = "chrome-error://chromewebdata/";

/** A page of somebody else's that shows whatever `?` says in a frame. */
function startEmbedder(): Deno.HttpServer<Deno.NetAddr> {
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  return Deno.serve(options, ({ url }) => {
    const src = decodeURIComponent(new URL(url).search.slice(1));
    const frame = `<!doctype html><iframe src="${src}"></iframe>`;
    return new Response(frame, { headers: { "content-type": "text/html" } });
  });
}

/** Shows a page in a frame of another; gives the address it ends up at. */
async function showFramed(
  page: Page,
  { from, src }: { from: string; src: string },
): Promise<string> {
  await page.goto(`${from}/?${encodeURIComponent(src)}`);
  const frame = page.frames()[1];
  await frame?.waitForLoadState();
  return frame?.url() ?? "";
}

Deno.test("pages named by frame_ancestors can show a camera", async (t) => {
  await using home = startEmbedder();
  await using other = startEmbedder();
  const { port } = home.addr;
  // Ports do not make another site; another name does.
  const sameSite = `http://127.0.0.1:${port}`;
  const otherSite = `http://localhost:${port}`;
  const unnamed = `http://127.0.0.1:${other.addr.port}`;
  await using running = await RunningGateway.start({
    users: { ann: view("front") },
    config: { frameAncestors: [sameSite, otherSite] },
  });
  const { url } = running;
  const camera = `${url}cameras/front/`;
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    await page.goto(`${url}login`);
    await page.fill("#user", "ann");
    await page.fill("#password", PASSWORD);
    await page.click("button[type=submit]");
    await page.waitForSelector("#sign-out");

    await t.step("with its controls", async () => {
      const shown = await showFramed(page, { from: sameSite, src: camera });
      assertEquals(shown, camera);
      const frame = page.frameLocator("iframe");
      await frame.locator("nalgate-player[data-phase]").waitFor();
      await frame.locator("#back").waitFor();
    });

    await t.step("without its controls", async () => {
      const src = `${camera}?embed=1`;
      assertEquals(await showFramed(page, { from: sameSite, src }), src);
      const frame = page.frameLocator("iframe");
      await frame.locator("nalgate-player[data-phase]").waitFor();
      assertEquals(await frame.locator("#bar").isVisible(), false);
      // Esc leads nowhere: nothing else of ours could be shown here.
      await frame.locator("body").click();
      await page.keyboard.press("Escape");
      await page.keyboard.press("i");
      await frame.locator("#stats").waitFor();
      assertEquals(page.frames()[1]?.url(), src);
      assertEquals(page.context().pages().length, 1);
      const target = await frame.locator("base").getAttribute("target");
      assertEquals(target, "_blank");
    });

    for (const path of ["", "login", "cameras/nothing/", "assets/app.css"]) {
      await t.step(`but not /${path}`, async () => {
        const src = url + path;
        assertEquals(await showFramed(page, { from: sameSite, src }), BLOCKED);
      });
    }

    await t.step("pages not named cannot", async () => {
      const shown = await showFramed(page, { from: unnamed, src: camera });
      assertEquals(shown, BLOCKED);
    });

    await t.step("another site has no session to show it with", async () => {
      const shown = await showFramed(page, { from: otherSite, src: camera });
      assertEquals(shown, BLOCKED);
    });
  } finally {
    await browser.close();
  }
});
