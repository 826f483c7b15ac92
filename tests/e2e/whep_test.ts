/// <reference lib="dom" />

/**
 * WHEP from `nalgate serve` to a player in Chromium: from the engine and from
 * a Janus, from a page of another origin, through a proxy with a prefix.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Page } from "playwright-core";
import { launchChromium } from "../support/chromium.ts";
import { temporaryFolder } from "../support/gateway.ts";
import { makePlugin } from "../support/janus_plugin.ts";
import { feedPattern } from "../support/live_feed.ts";
import { freePort } from "../support/nalgate.ts";
import { movingPictures, nextPicture } from "../support/picture.ts";
import { TestProcess } from "../support/process.ts";
import { runTask, Site } from "../support/site.ts";

const PLAYER = new URL("./whep.html", import.meta.url);
const SIZE = { size: "640x360", fps: 15 };

await makePlugin("all");

/** What `watch()` in the page tells. */
interface Watched {
  readonly status: number;
  readonly location: string;
  readonly session: string;
  readonly retryAfter: string | null;
  readonly reason: string;
}

/** Runs in the page: its player. */
declare function watch(options: WatchOptions): Promise<Watched>;
declare function end(
  options: { session: string; token: string },
): Promise<number>;

interface WatchOptions {
  readonly url: string;
  readonly token?: string;
  /** In the order in which they are offered. */
  readonly kinds: readonly string[];
}

/** The player's page, on an origin of its own. */
function servePlayer(): Deno.HttpServer<Deno.NetAddr> {
  const body = Deno.readTextFileSync(PLAYER);
  const headers = { "content-type": "text/html" };
  return Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response(body, { headers }),
  );
}

/** A real nginx that shows a site under `/lab/`; gives its URL. */
async function showUnderPrefix(
  folder: string,
  site: Site,
): Promise<{ nginx: TestProcess; url: string }> {
  const port = freePort();
  await Deno.writeTextFile(
    `${folder}/nginx.conf`,
    `daemon off; master_process off; pid nginx.pid;
error_log stderr; events {}
http {
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy;
  fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  server {
    listen 127.0.0.1:${port};
    location /lab/ { proxy_pass ${site.url}; }
  }
}
`,
  );
  const args = ["-p", folder, "-c", `${folder}/nginx.conf`];
  const nginx = new TestProcess({ command: "nginx", args });
  return { nginx, url: `http://127.0.0.1:${port}/lab/` };
}

async function createToken(site: Site, user: string): Promise<string> {
  const args = ["token", "create", "--user", user, "--camera", "*"];
  await using process = runTask(
    "nalgate",
    ...args,
    "--config",
    site.configFile,
  );
  const [token] = await process.output("stdout", /\S+/);
  return token;
}

/** Waits until the media server has told that there is no more. */
async function untilClosed(page: Page): Promise<void> {
  await page.waitForFunction("peer.connectionState !== 'connected'");
}

Deno.test("a WHEP player watches", async (t) => {
  const sink = `nalgate-test-${crypto.randomUUID()}::h264`;
  await using site = await Site.start({
    viewers: { alice: ["*"] },
    config: `upstreams: { local: { janus: spawn } }
cameras:
  front: { sink: "${sink}" }
  shed: { upstream: local, sink: "${sink}" }
`,
  });
  await using folder = await temporaryFolder();
  const { nginx, url } = await showUnderPrefix(folder.path, site);
  await using _nginx = nginx;
  await using elsewhere = servePlayer();
  const token = await createToken(site, "alice");
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${elsewhere.addr.port}/`);
    const begin = (camera: string) =>
      page.evaluate((options) => watch(options), {
        url: `${url}cameras/${camera}/whep`,
        token,
        // Most players ask for sound, too, and before the picture.
        kinds: ["audio", "video"],
      });

    for (const camera of ["front", "shed"]) {
      await t.step(`${camera}: is told that it is dark`, async () => {
        const { status, reason, retryAfter } = await begin(camera);
        assertEquals([status, reason], [503, "sink_absent"]);
        assertMatch(retryAfter ?? "", /^\d+$/);
      });
    }

    await using _feed = feedPattern(sink, SIZE);
    for (const camera of ["front", "shed"]) {
      await t.step(`${camera}: plays, until it is ended`, async () => {
        let watched = await begin(camera);
        for (let tries = 0; watched.status === 503 && tries < 20; tries++) {
          watched = await begin(camera);
        }
        assertEquals(watched.status, 201);
        await movingPictures(page);
        const { width, height } = await nextPicture(page);
        assertEquals([width, height], [640, 360]);
        const patches = await page.evaluate("patches") as number[];
        assertEquals(new Set(patches), new Set([204]));

        assertMatch(watched.location, /^whep\/[\w-]{43}$/);
        const { session } = watched;
        assert(session.startsWith(`${url}cameras/${camera}/whep/`), session);
        const stop = () =>
          page.evaluate((options) => end(options), { session, token });
        assertEquals(await stop(), 200);
        await untilClosed(page);
        assertEquals(await stop(), 404);
      });
    }

    await t.step("a page of its own plays, until a logout", async () => {
      const context = await browser.newContext();
      const own = await context.newPage();
      await site.signIn(own, "alice");
      await context.route(
        `${site.url}player.html`,
        (route) => route.fulfill({ path: PLAYER.pathname }),
      );
      const other = await context.newPage();
      await other.goto(`${site.url}player.html`);
      const { status } = await other.evaluate(
        (options) => watch(options),
        { url: `${site.url}cameras/front/whep`, kinds: ["video"] },
      );
      assertEquals(status, 201);
      await movingPictures(other);
      const begin = performance.now();
      await own.click("#sign-out");
      await untilClosed(other);
      const seconds = (performance.now() - begin) / 1000;
      assert(seconds < 20, `it took ${seconds} s`);
      await context.close();
    });

    await t.step("each of which was logged, with its end", async () => {
      const { supervisor } = site;
      await supervisor.output("stderr", /(?:watch ended[^]*){3}/);
      await supervisor.output("stderr", /(?:watch started[^]*){3}/);
    });
  } finally {
    await browser.close();
  }
});
