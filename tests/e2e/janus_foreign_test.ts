/**
 * `upstreams: { shed: { janus: { url, api_secret_file } } }`: a Janus that runs
 * already, with our plugin and with one that knows neither `status` nor sinks.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { makeClip, TestCamera } from "../support/camera.ts";
import { launchChromium } from "../support/chromium.ts";
import { temporaryFolder } from "../support/gateway.ts";
import { DebianJanus } from "../support/janus_debian.ts";
import { makePlugin, PLUGIN_PATH } from "../support/janus_plugin.ts";
import { freePort } from "../support/nalgate.ts";
import { nextPicture } from "../support/picture.ts";
import { TestProcess } from "../support/process.ts";
import {
  headersOf,
  janusUrl,
  ReturningViewer,
} from "../support/returning_viewer.ts";
import { sinkName } from "../support/sink.ts";
import { Site } from "../support/site.ts";
import { until } from "../support/viewer.ts";

const OURS = "libjanus_nalgate.so";
const THEIRS = "libjanus_streaming.so";

/** Both plugins, as on a machine where somebody else installed them. */
async function startJanus(
  folder: string,
  { sink, rtpPort }: { sink: string; rtpPort: number },
): Promise<DebianJanus> {
  const library = `/usr/lib/${Deno.build.arch}-linux-gnu/janus/plugins`;
  await Deno.symlink(PLUGIN_PATH, `${folder}/${OURS}`);
  await Deno.symlink(`${library}/${THEIRS}`, `${folder}/${THEIRS}`);
  return await DebianJanus.start({
    pluginsFolder: folder,
    plugins: [OURS, THEIRS],
    configs: {
      "janus.plugin.ustreamer.jcfg":
        `cameras: ( { id = "yard", sink = "${sink}" } )`,
      "janus.plugin.streaming.jcfg": `general: { string_ids = true }
old: {
  type = "rtp"
  id = "old"
  audio = false
  video = true
  videoport = ${rtpPort}
  videoiface = "127.0.0.1"
  videopt = 96
  videocodec = "h264"
  videofmtp = "profile-level-id=42e01f;packetization-mode=1"
}
`,
    },
  });
}

/** An encoder that sends RTP, as such cameras do. */
function sendRtp(port: number): TestProcess {
  const args = "-v error -re -f lavfi -i testsrc2=size=400x240:rate=15 " +
    "-pix_fmt yuv420p -c:v libx264 -preset ultrafast -tune zerolatency " +
    "-profile:v baseline -g 15 -payload_type 96 " +
    `-f rtp rtp://127.0.0.1:${port}?pkt_size=1200`;
  return new TestProcess({ command: "ffmpeg", args: args.split(" ") });
}

/** Waits until the list of cameras says so. */
async function untilState(page: Page, camera: string, state: string) {
  const ask = `fetch("/api/cameras").then((answer) => answer.json())
    .then(({ cameras }) => cameras.find((it) => it.name === "${camera}"))
    .then(({ state }) => state === "${state}")`;
  await page.waitForFunction(ask, undefined, { polling: 200 });
}

Deno.test("a Janus that runs already", async (t) => {
  await makePlugin("all");
  await using folder = await temporaryFolder();
  await Deno.mkdir(`${folder.path}/plugins`);
  const places = { sink: sinkName(), rtpPort: freePort() };
  await using janus = await startJanus(`${folder.path}/plugins`, places);
  const secretFile = `${folder.path}/api_secret`;
  await Deno.writeTextFile(secretFile, `${janus.apiSecret}\n`);
  await using _camera = new TestCamera(
    places.sink,
    await makeClip({ gop: 15 }),
    { fps: 15 },
  );
  await using _encoder = sendRtp(places.rtpPort);
  await using site = await Site.start({
    viewers: { alice: ["*"] },
    config: `upstreams:
  shed: { janus: { url: "${janus.url}", api_secret_file: ${secretFile} } }
cameras:
  yard: { upstream: shed, id: yard }
  old: { upstream: shed, plugin: janus.plugin.streaming, id: old }
`,
  });
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    await site.signIn(page, "alice");

    await t.step("its own page plays a camera of our plugin", async () => {
      await page.goto(`${site.url}cameras/yard/`);
      await page.waitForSelector("nalgate-player[data-phase=live]");
      const first = await nextPicture(page);
      const second = await nextPicture(page);
      assertEquals([first.width, first.height], [320, 240]);
      assert(first.checksum !== second.checksum, "the picture stands still");
      await untilState(page, "yard", "live");
    });

    await t.step("a plugin that cannot tell its state plays too", async () => {
      await using viewer = new ReturningViewer({
        url: janusUrl(site, "old"),
        headers: await headersOf(page),
        plugin: "janus.plugin.streaming",
        media: true,
      });
      await until(() => viewer.hasPicture, () => "no packet has come");
      await untilState(page, "old", "unknown");
    });
  } finally {
    await browser.close();
  }
});
