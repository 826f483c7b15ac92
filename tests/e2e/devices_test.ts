/**
 * One page for three devices: two nalgates and a bare Janus with our plugin.
 *
 * @module
 */
/// <reference lib="dom" />

import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async/delay";
import type { Page } from "playwright-core";
import { makeClip, TestCamera } from "../support/camera.ts";
import { launchChromium } from "../support/chromium.ts";
import { PluginJanus } from "../support/janus_plugin.ts";
import { freePort } from "../support/nalgate.ts";
import { movingPictures, nextPicture } from "../support/picture.ts";
import { sinkName } from "../support/sink.ts";
import { runTask, Site } from "../support/site.ts";

const FPS = 15;
const CAMERAS = { "garage/front": 320, "lab/bench": 352, "shed/yard": 400 };
const GARAGE = player("garage/front");
const OTHERS = ["lab/bench", "shed/yard"].map(player);

function player(camera: string): string {
  return `nalgate-player[camera="${camera}"]`;
}

/** The token that a device gives the hub, as the README tells people to. */
async function hubToken(device: Site): Promise<string> {
  await using process = runTask(
    "nalgate",
    ..."token create --machine hub --speaks-for-users --camera **".split(" "),
    ...["--config", device.configFile],
  );
  const { code } = await process.exit();
  assertEquals(code, 0, process.stderr);
  return process.stdout;
}

/** A nalgate with one camera, for the hub only. */
async function startDevice(camera: string, sink: string): Promise<Site> {
  return await Site.start({
    sinks: { [camera]: sink },
    viewers: {},
    // It has to be found again after a power cut.
    network: `listen: 127.0.0.1:${freePort()}`,
  });
}

async function startHub(
  folder: string,
  { garage, lab, shed }: { garage: Site; lab: Site; shed: PluginJanus },
): Promise<Site> {
  for (const [name, device] of Object.entries({ garage, lab })) {
    await Deno.writeTextFile(`${folder}/${name}.token`, await hubToken(device));
  }
  return await Site.start({
    viewers: { alice: ["**"], bob: ["garage/*"] },
    config: `devices:
  garage: { title: Garage, url: "${garage.url}", token_file: ${folder}/garage.token }
  lab: { url: "${lab.url}", token_file: ${folder}/lab.token }
  shed:
    janus: { url: "${shed.url}" }
    cameras: { yard: { title: Back yard } }
`,
  });
}

async function assertPlays(page: Page, camera: string, width: number) {
  await page.waitForSelector(`${player(camera)}[data-phase=live]`);
  const selector = `${player(camera)} video`;
  const [picture] = await movingPictures(page, { selector });
  assertEquals([picture.width, picture.height], [width, 240], camera);
}

/** How many pictures of one and the same stream each has shown. */
async function pictureCounts(page: Page): Promise<readonly number[]> {
  return await page.evaluate((selectors) =>
    selectors.map((selector) => {
      const video = document.querySelector<HTMLVideoElement>(
        `${selector} video`,
      );
      const stream = video?.srcObject;
      // A stream that began anew is no longer the one that was marked.
      if (!(stream instanceof MediaStream)) return -1;
      const isSame = video?.dataset.stream === stream.id;
      if (video !== null) video.dataset.stream ??= stream.id;
      return isSame || video?.dataset.stream === stream.id
        ? video?.getVideoPlaybackQuality().totalVideoFrames ?? -1
        : -1;
    }), OTHERS);
}

Deno.test("one page shows the cameras of three devices", async (t) => {
  await using around = new AsyncDisposableStack();
  const sinks = Object.values(CAMERAS).map(() => sinkName());
  for (const [index, width] of Object.values(CAMERAS).entries()) {
    const clip = await makeClip({ size: `${width}x240`, gop: FPS });
    around.use(new TestCamera(sinks[index]!, clip, { fps: FPS }));
  }
  const [front = "", bench = "", yard = ""] = sinks;
  const shed = around.use(
    await PluginJanus.start({
      config: `cameras: ( { id = "yard", sink = "${yard}" } )`,
    }),
  );
  const garage = around.use(await startDevice("front", front));
  const lab = around.use(await startDevice("bench", bench));
  const folder = await Deno.makeTempDir({ prefix: "nalgate-test-" });
  around.defer(() => Deno.remove(folder, { recursive: true }));
  const hub = around.use(await startHub(folder, { garage, lab, shed }));
  const browser = await launchChromium();
  around.defer(() => browser.close());
  const page = await (await browser.newContext()).newPage();
  await hub.signIn(page, "alice");

  await t.step("all of them play", async () => {
    await page.goto(hub.url);
    for (const [camera, width] of Object.entries(CAMERAS)) {
      await assertPlays(page, camera, width);
    }
    const titles = await page.locator("h2 bdi").allTextContents();
    assertEquals(titles, ["Garage", "lab", "shed"]);
  });

  await t.step("each has a page of its own", async () => {
    const single = await page.context().newPage();
    await single.goto(`${hub.url}devices/shed/cameras/yard`);
    assertEquals(single.url(), `${hub.url}devices/shed/cameras/yard/`);
    await assertPlays(single, "shed/yard", CAMERAS["shed/yard"]);
    assertEquals(await single.title(), "Back yard – shed – nalgate");
    await single.close();
  });

  await t.step("whoever may see one device sees that one", async () => {
    const other = await (await browser.newContext()).newPage();
    await hub.signIn(other, "bob");
    await assertPlays(other, "garage/front", CAMERAS["garage/front"]);
    assertEquals(await other.locator("h2 bdi").allTextContents(), ["Garage"]);
    assertEquals(await other.locator("nalgate-player").count(), 1);
    for (const path of ["lab/cameras/bench", "shed/cameras/yard"]) {
      const answer = await other.request.get(`${hub.url}devices/${path}/`);
      assertEquals(answer.status(), 403, path);
    }
    await other.context().close();
  });

  await t.step("a power cut of one is no matter to the others", async () => {
    const loadedAt = await page.evaluate("performance.timeOrigin");
    let before = await pictureCounts(page);
    const goOn = async () => {
      // Both show something new, and of the same stream.
      for (const selector of OTHERS) {
        await nextPicture(page, { selector: `${selector} video` });
      }
      const after = await pictureCounts(page);
      for (const [index, count] of after.entries()) {
        assert(count > (before[index] ?? 0), `${before} then ${after}`);
      }
      before = after;
    };
    await goOn();
    await garage.cut();
    await page.locator(`${GARAGE} strong`, { hasText: "Device is offline" })
      .waitFor();
    await page.locator(".group .badge", {
      hasText: /Device is offline since \d/,
    }).waitFor();
    for (let round = 0; round < 5; round++) {
      await goOn();
      await delay(200);
    }
    await garage.restart();
    await assertPlays(page, "garage/front", CAMERAS["garage/front"]);
    await goOn();
    await page.locator(".group .badge:not([hidden])").waitFor({
      state: "detached",
    });
    assertEquals(await page.evaluate("performance.timeOrigin"), loadedAt);
  });
});
