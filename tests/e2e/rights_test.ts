/// <reference lib="dom" />
import { assert, assertEquals } from "@std/assert";
import type { Browser, Page } from "playwright-core";
import { launchChromium } from "../support/chromium.ts";
import { feedPattern } from "../support/live_feed.ts";
import { nextPicture } from "../support/picture.ts";
import { runTask, Site } from "../support/site.ts";

async function newPage(browser: Browser): Promise<Page> {
  return await (await browser.newContext()).newPage();
}

async function watch(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.waitForSelector("nalgate-player[data-phase=live]");
  await nextPicture(page);
}

/** Seconds until the page's picture has stopped for good. */
async function untilDark(page: Page): Promise<number> {
  const begin = performance.now();
  await page.waitForSelector("nalgate-player[data-phase=signed-out]");
  return (performance.now() - begin) / 1000;
}

Deno.test("two users, two cameras: each sees their own", async (t) => {
  const id = crypto.randomUUID();
  const sinks = { front: `nalgate-${id}.front`, bench: `nalgate-${id}.bench` };
  await using site = await Site.start({
    sinks,
    viewers: { alice: ["front"], bob: ["bench"] },
  });
  const small = { size: "320x240", fps: 15 };
  const large = { size: "1280x720", fps: 15 };
  await using _front = feedPattern(sinks.front, small);
  await using _bench = feedPattern(sinks.bench, large);
  const browser = await launchChromium();
  try {
    const [alice, bob] = [await newPage(browser), await newPage(browser)];
    await site.signIn(alice, "alice");
    await site.signIn(bob, "bob");

    await t.step("the list names only their own", async () => {
      for (const [page, name] of [[alice, "front"], [bob, "bench"]] as const) {
        const list = await page.evaluate(
          "fetch('api/cameras').then((answer) => answer.json())",
        ) as { cameras: { name: string }[] };
        assertEquals(list.cameras.map(({ name }) => name), [name]);
      }
    });

    await t.step("the other's camera looks like one that is not", async () => {
      for (const name of ["bench", "nothing"]) {
        for (const path of [name, `${name}/`, `${name}/janus`]) {
          const url = `${site.url}cameras/${path}`;
          const answer = await alice.request.get(url);
          assertEquals(answer.status(), 403, path);
        }
      }
    });

    await t.step("a watch of the other's camera gets the own", async () => {
      await alice.goto(site.url);
      await bob.goto(site.url);
      // The cameras differ in size, and so in the level of their streams.
      const own = await alice.evaluate(profileOffered, ["front", "front"]);
      const asked = await alice.evaluate(profileOffered, ["front", "bench"]);
      const other = await bob.evaluate(profileOffered, ["bench", "bench"]);
      assertEquals(asked, own);
      assert(other !== own, own);
    });

    await watch(alice, `${site.url}cameras/front/`);
    await watch(bob, `${site.url}cameras/bench/`);

    await t.step("a logout elsewhere ends the picture", async () => {
      const other = await alice.context().newPage();
      await other.goto(site.url);
      await other.click("#sign-out");
      assert(await untilDark(alice) < 20);
    });

    await t.step("a removed user's picture ends", async () => {
      await using removal = runTask(
        "nalgate",
        "user",
        "del",
        "bob",
        "--config",
        site.configFile,
      );
      assertEquals((await removal.exit()).code, 0);
      assert(await untilDark(bob) < 20);
    });
  } finally {
    await browser.close();
  }
});

/**
 * Runs in a page: asks one camera's socket for a camera by its id, and gives
 * the profile-level-id of the offer that comes.
 */
function profileOffered([path, id]: string[]): Promise<string> {
  const url = new URL(`cameras/${path}/janus`, document.baseURI);
  url.protocol = "ws:";
  const socket = new WebSocket(url, "janus-protocol");
  const ids: Record<string, number> = {};
  const send = (message: Record<string, unknown>) =>
    socket.send(JSON.stringify({ transaction: "t", ...ids, ...message }));
  return new Promise((resolve, reject) => {
    socket.onerror = () => reject(new Error("refused"));
    socket.onopen = () => send({ janus: "create" });
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.janus === "success" && ids.session_id === undefined) {
        ids.session_id = message.data.id;
        send({ janus: "attach", plugin: "janus.plugin.ustreamer" });
      } else if (message.janus === "success") {
        ids.handle_id = message.data.id;
        send({ janus: "message", body: { request: "watch", id } });
      } else if (message.janus === "event") {
        socket.close();
        const sdp: string = message.jsep?.sdp ?? "";
        resolve(/profile-level-id=(\w+)/.exec(sdp)?.[1] ?? data);
      }
    };
  });
}
