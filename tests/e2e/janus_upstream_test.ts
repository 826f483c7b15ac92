/**
 * `upstreams: { local: { janus: spawn } }`: a real Janus with our plugin in the
 * engine's place, from the memory sinks to Chromium.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { type ClipUnit, makeClip, TestCamera } from "../support/camera.ts";
import { launchChromium } from "../support/chromium.ts";
import { serveJanusJsPage } from "../support/janus_js_page.ts";
import { makePlugin } from "../support/janus_plugin.ts";
import { nextPicture } from "../support/picture.ts";
import {
  headersOf,
  janusUrl,
  ReturningViewer,
} from "../support/returning_viewer.ts";
import { sinkName } from "../support/sink.ts";
import { Site } from "../support/site.ts";
import { until } from "../support/viewer.ts";

const FPS = 15;

/** One camera for each version of the sink, told apart by their widths. */
const CAMERAS = [
  { name: "v2", layout: "2", width: 320 },
  { name: "v4", layout: "4", width: 352 },
  { name: "v7", layout: "7", width: 400 },
  { name: "v10", layout: "10", width: 432 },
];

/** Viewers of each user; a few of all take media. */
const VIEWERS_PER_USER = 25;
const MEDIA_EVERY = 10;
const BACK_WITHIN_MS = 10_000;

await makePlugin("all");

function clip(width: number): Promise<readonly ClipUnit[]> {
  return makeClip({ size: `${width}x240`, frames: 60, gop: FPS });
}

/** Cameras of one Janus that `serve` runs. */
function spawned(sinks: Readonly<Record<string, string>>): string {
  const cameras = Object.entries(sinks)
    .map(([name, sink]) => `  ${name}: { upstream: local, sink: "${sink}" }\n`);
  return `upstreams: { local: { janus: spawn } }\ncameras:\n${
    cameras.join("")
  }`;
}

async function assertPlays(page: Page, camera: string, width: number) {
  const player = `nalgate-player[camera=${camera}]`;
  await page.waitForSelector(`${player}[data-phase=live]`);
  const selector = `${player} video`;
  const first = await nextPicture(page, { selector });
  const second = await nextPicture(page, { selector });
  assertEquals([first.width, first.height], [width, 240], camera);
  assert(first.checksum !== second.checksum, `${camera} stands still`);
}

Deno.test("a Janus of ours shows four versions of the sink at once", async (t) => {
  await using cameras = new AsyncDisposableStack();
  const sinks: Record<string, string> = {};
  for (const { name, layout, width } of CAMERAS) {
    const sink = sinks[name] = sinkName();
    const options = { layout, fps: FPS };
    cameras.use(new TestCamera(sink, await clip(width), options));
  }
  await using site = await Site.start({
    config: spawned(sinks),
    viewers: { alice: ["*"], bob: ["v2"] },
  });
  const browser = await launchChromium();
  try {
    const context = await browser.newContext();
    const page = await context.newPage();
    await site.signIn(page, "alice");

    await t.step("all four play on the page of tiles", async () => {
      await page.goto(site.url);
      for (const { name, width } of CAMERAS) {
        await assertPlays(page, name, width);
      }
    });

    await t.step("all four come back after a kill -9 of Janus", async () => {
      const loadedAt = await page.evaluate("performance.timeOrigin");
      Deno.kill(await site.pidOf("janus"), "SIGKILL");
      for (const { name } of CAMERAS) {
        await page.waitForSelector(
          `nalgate-player[camera=${name}]:not([data-phase=live])`,
        );
      }
      for (const { name, width } of CAMERAS) {
        await assertPlays(page, name, width);
      }
      assertEquals(await page.evaluate("performance.timeOrigin"), loadedAt);
    });

    await t.step("a page of plain janus.js plays one of them", async () => {
      const url = await serveJanusJsPage(context, { site, camera: "v7" });
      await page.goto(url);
      await page.waitForFunction(
        "document.querySelector('video').videoWidth === 400",
      );
      const first = await nextPicture(page);
      const second = await nextPicture(page);
      assert(first.checksum !== second.checksum, "the picture stands still");
      assertEquals(await page.evaluate("seen.errors"), []);
    });

    await t.step("50 viewers come back after a kill -9 of Janus", async () => {
      await page.goto(`${site.url}cameras/v2/`);
      await assertPlays(page, "v2", 320);
      const other = await (await browser.newContext()).newPage();
      await site.signIn(other, "bob");
      await using viewers = new Crowd(site, [
        await headersOf(page),
        await headersOf(other),
      ]);
      await viewers.havePictures();

      const dialsBefore = viewers.dials;
      const lost = page.waitForSelector(
        "nalgate-player:not([data-phase=live])",
      );
      const killedMs = performance.now();
      Deno.kill(await site.pidOf("janus"), "SIGKILL");
      await viewers.haveNone();
      await viewers.havePictures();
      const waitedMs = Math.round(performance.now() - killedMs);
      await lost;
      await assertPlays(page, "v2", 320);
      assert(waitedMs < BACK_WITHIN_MS, `back after ${waitedMs} ms`);
      // Whoever dials waits for Janus there, instead of dialling on and on.
      const dials = viewers.dials - dialsBefore;
      assert(dials <= 3 * 2 * VIEWERS_PER_USER, `${dials} dials`);
    });
  } finally {
    await browser.close();
  }
});

/** 25 viewers of `v2` for each of some users. */
class Crowd implements AsyncDisposable {
  readonly #viewers: readonly ReturningViewer[];

  constructor(site: Site, users: readonly Record<string, string>[]) {
    const url = janusUrl(site, "v2");
    this.#viewers = users.flatMap((headers) =>
      Array.from({ length: VIEWERS_PER_USER }, (_, index) => {
        const media = index % MEDIA_EVERY === 0;
        return new ReturningViewer({ url, headers, media });
      })
    );
  }

  get dials(): number {
    return this.#viewers.reduce((sum, { dials }) => sum + dials, 0);
  }

  async havePictures(): Promise<void> {
    await until(() => this.#dark.length === 0, () => {
      const complaints = this.#viewers.flatMap((each) => each.complaints);
      return `${this.#dark.length} have no picture: ${complaints.join()}`;
    });
  }

  async haveNone(): Promise<void> {
    await until(
      () => this.#dark.length === this.#viewers.length,
      () => `${this.#dark.length} have no picture`,
    );
  }

  get #dark(): readonly ReturningViewer[] {
    return this.#viewers.filter(({ hasPicture }) => !hasPicture);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.#viewers.map((viewer) => viewer[Symbol.asyncDispose]()),
    );
  }
}
