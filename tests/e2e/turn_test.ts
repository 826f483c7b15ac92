/// <reference lib="dom" />

/** Viewers whose UDP goes nowhere, with the real coturn and without. */

import { assertEquals, assertMatch } from "@std/assert";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { launchChromium } from "../support/chromium.ts";
import { Coturn } from "../support/coturn.ts";
import { feedPattern } from "../support/live_feed.ts";
import { makePlugin } from "../support/janus_plugin.ts";
import { movingPictures } from "../support/picture.ts";
import { Site } from "../support/site.ts";

/** As a firewall does that lets TCP pass only; Chromium's name changed. */
const UDP_BLOCKED = ["", "force-"].map((prefix) =>
  `--${prefix}webrtc-ip-handling-policy=disable_non_proxied_udp`
);

/** Longer than a player tries before it says that there is no way. */
const WAIT_MS = 60_000;

await makePlugin("all");

Deno.test("viewers behind a firewall", async (t) => {
  const sink = `nalgate-test-${crypto.randomUUID()}::h264`;
  await using coturn = await Coturn.start();
  const { secretFile } = coturn;
  // Chromium's TURN over TCP does not get on with the engine (README).
  const config = `
upstreams: { local: { janus: spawn } }
cameras:
  tcp: { sink: "${sink}", upstream: local }
  udp: { sink: "${sink}" }
  wrong: { sink: "${sink}" }
  bare: { sink: "${sink}" }
ice_servers:
  - { url: "${coturn.url("tcp")}", secret_file: ${secretFile}, cameras: [tcp] }
  - { url: "${coturn.url("udp")}", secret_file: ${secretFile}, cameras: [udp] }
  - { url: "${coturn.url("tcp")}", secret_file: wrong, cameras: [wrong] }
`;
  await using site = await Site.start({ viewers: { alice: ["*"] }, config });
  await Deno.writeTextFile(`${site.folder.path}/wrong`, "guess");
  await using _feed = feedPattern(sink, { size: "640x360", fps: 15 });

  await using blockedUdp = await begin(
    site,
    await launchChromium(UDP_BLOCKED),
  );
  // They take their time to find out.
  const wrong = await blockedUdp.open("wrong");
  const bare = await blockedUdp.open("bare");

  await t.step("TURN over TCP leads around", async () => {
    const page = await blockedUdp.open("tcp");
    await page.waitForSelector("nalgate-player[data-phase=live]");
    await movingPictures(page);
    assertMatch(await route(page), /^relay to \w+, UDP \(TURN over TCP\)$/);
  });

  await t.step("TURN over UDP carries a picture too", async () => {
    await using visit = await begin(site, await launchChromium());
    await visit.context.addInitScript(relayOnly);
    const page = await visit.open("udp");
    await page.waitForSelector("nalgate-player[data-phase=live]");
    await movingPictures(page);
    assertMatch(await route(page), /^relay to \w+, UDP \(TURN over UDP\)$/);
  });

  await t.step("without TURN the page says so", async () => {
    assertMatch(await blocked(bare), /No TURN server is configured/);
  });

  await t.step("a TURN server that refuses is named", async () => {
    assertMatch(await blocked(wrong), /TURN server.*refused/);
  });
});

/** A signed-in browser. */
async function begin(site: Site, browser: Browser) {
  const context: BrowserContext = await browser.newContext();
  context.setDefaultTimeout(WAIT_MS);
  const page = await context.newPage();
  await site.signIn(page, "alice");
  return {
    context,
    async open(camera: string): Promise<Page> {
      const page = await context.newPage();
      await page.goto(`${site.url}cameras/${camera}/`);
      return page;
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

/** Waits until a page says that UDP is blocked, and what else it says. */
async function blocked(page: Page): Promise<string> {
  await page.waitForSelector("nalgate-player[data-phase=blocked]");
  const title = await page.locator("nalgate-player strong").innerText();
  assertEquals(title, "UDP blocked");
  return await page.locator("nalgate-player .detail").innerText();
}

/** The route that the statistics of a page name. */
async function route(page: Page): Promise<string> {
  await page.keyboard.press("i");
  const text = page.locator("#stats-text", { hasText: /Route +\w/ });
  return /Route +(.*)/.exec(await text.innerText())?.[1] ?? "";
}

/** Runs in the page: no other way than through a TURN server. */
function relayOnly(): void {
  const iceTransportPolicy = "relay";
  globalThis.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super({ ...configuration, iceTransportPolicy });
    }

    override setConfiguration(configuration?: RTCConfiguration): void {
      super.setConfiguration({ ...configuration, iceTransportPolicy });
    }
  };
}
