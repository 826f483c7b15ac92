/// <reference lib="dom" />
import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async/delay";
import type { Page } from "playwright-core";
import { launchChromium } from "../support/chromium.ts";
import { feedPattern } from "../support/live_feed.ts";
import { isRunning } from "../support/process.ts";
import { Site } from "../support/site.ts";

/** Counts what a page makes, before its own scripts run. */
const COUNT_PEERS = `
  window.peerCount = 0;
  window.RTCPeerConnection = class extends window.RTCPeerConnection {
    constructor(...args) {
      super(...args);
      window.peerCount++;
    }
  };
`;

const LIVE = "nalgate-player[data-phase=live]";

/** Pictures shown so far, and the peer connections that it took. */
function shown(page: Page): Promise<{ frames: number; peers: number }> {
  return page.evaluate(() => ({
    frames: document.querySelector("video")?.getVideoPlaybackQuality()
      .totalVideoFrames ?? 0,
    peers: (globalThis as unknown as { peerCount: number }).peerCount,
  }));
}

/** Waits until the page shows newer pictures than it did. */
async function goesOn(page: Page): Promise<void> {
  const { frames } = await shown(page);
  await page.waitForFunction(
    (before) =>
      (document.querySelector("video")?.getVideoPlaybackQuality()
        .totalVideoFrames ?? 0) > before + 5,
    frames,
  );
}

/** Opens a page that is there soon: the gateway is told of it, as the log is. */
async function visit(page: Page, url: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if ((await page.goto(url))?.ok()) return;
    await delay(100);
  }
  throw new Error(`${url} never comes`);
}

Deno.test("a picture goes on while the configuration changes", async (t) => {
  const id = crypto.randomUUID();
  const sinks = { front: `nalgate-${id}.front`, bench: `nalgate-${id}.bench` };
  const front = `  front: { sink: "${sinks.front}" }\n`;
  const bench = `  bench: { sink: "${sinks.bench}" }\n`;
  const engine = "engine: { addresses: [127.0.0.1] }\n";
  const base = `${engine}cameras:\n${front}`;
  const role = "roles: { guest: { view: [front] } }\n";
  await using site = await Site.start({
    config: `${role}${base}`,
    viewers: { alice: ["**"], bob: ["nothing"] },
  });
  await site.command(["user", "grant", "bob", "--role", "guest"]);
  const pattern = { size: "320x240", fps: 15 };
  await using _front = feedPattern(sinks.front, pattern);
  await using _bench = feedPattern(sinks.bench, pattern);
  const { supervisor } = site;
  const reloaded = (what: RegExp) => supervisor.output("stderr", what);
  const browser = await launchChromium();
  try {
    const context = await browser.newContext();
    await context.addInitScript(COUNT_PEERS);
    const page = await context.newPage();
    await site.signIn(page, "alice");
    await page.goto(`${site.url}cameras/front/`);
    await page.waitForSelector(LIVE);
    await goesOn(page);
    const engineBefore = await site.pidOf("engine");
    const guest = await (await browser.newContext()).newPage();
    await site.signIn(guest, "bob");
    await guest.goto(`${site.url}cameras/front/`);
    await guest.waitForSelector(LIVE);
    const other = await context.newPage();

    await t.step("a camera more: it can be watched", async () => {
      await site.configure(`${role}${base}${bench}`);
      await reloaded(/"added":"cameras\.bench"/);
      await visit(other, `${site.url}cameras/bench/`);
      await other.waitForSelector(LIVE);
      await goesOn(other);
      await goesOn(page);
    });

    await t.step(
      "a title, and somebody else's role: only he is told",
      async () => {
        await site.configure(
          `${base.replace("sink:", "title: Door, sink:")}${bench}`,
        );
        await reloaded(/"removed":"roles\.guest","changed":"cameras\.front"/);
        await guest.waitForSelector("nalgate-player[data-phase=forbidden]");
        await reloaded(/"user":"bob".*"end":"rights_ended"/);
        await goesOn(page);
      },
    );

    await t.step("an invalid one changes nothing", async () => {
      await site.configure(`${base}${bench}  lab: { upstream: none }\n`);
      await reloaded(/nalgate\.yaml:7:20","key":"cameras\.lab\.upstream"/);
      await goesOn(page);
    });

    await t.step("new hosts: another gateway takes over", async () => {
      const gateway = await site.pidOf("gateway");
      await site.configure(`${base}${bench}  lab: { upstream: lab }
upstreams: { lab: { janus: { url: "ws://127.0.0.1:9/" } } }
devices: { shed: { url: "http://127.0.0.1:9/", token_file: shed.token } }
`);
      await reloaded(/another gateway serves/);
      await goesOn(page);
      assert(await isRunning(gateway));
      // The user is known to the other one, and so are the cameras.
      const list = await page.evaluate(
        "fetch('api/cameras').then((answer) => answer.json())",
      ) as { cameras: { name: string }[] };
      assertEquals(list.cameras.map(({ name }) => name), [
        "front",
        "bench",
        "lab",
      ]);
    });

    await t.step("a removed camera: its viewer is told, no other", async () => {
      await site.configure(`${engine}cameras:\n${front}`);
      await reloaded(
        /"removed":"cameras\.bench cameras\.lab [^"]*devices\.shed/,
      );
      await other.waitForSelector("nalgate-player[data-phase=missing]");
      await goesOn(page);
      await reloaded(/"camera":"bench","durationS":\d+,"end":"camera_removed"/);
    });

    await t.step(
      "all that time it was one connection, one engine",
      async () => {
        assertEquals((await shown(page)).peers, 1);
        assertEquals(await site.pidOf("engine"), engineBefore);
      },
    );

    await t.step("SIGTERM ends everybody", async () => {
      const pids = await site.pids();
      assertEquals(pids.length, 4);
      supervisor.kill("SIGTERM");
      assertEquals((await supervisor.exit()).code, 0);
      for (const pid of pids) assert(!await isRunning(pid));
    });
  } finally {
    await browser.close();
  }
});
