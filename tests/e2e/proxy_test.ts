/// <reference lib="dom" />

/** README.md's proxies in front of a whole nalgate, seen by Chromium. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import type { BrowserContext, Page } from "playwright-core";
import { launchChromium } from "../support/chromium.ts";
import { feedPattern } from "../support/live_feed.ts";
import { freePort } from "../support/nalgate.ts";
import { movingPictures } from "../support/picture.ts";
import {
  exampleLines,
  HOST,
  PREFIX,
  PUBLIC_URL,
  ReverseProxy,
} from "../support/reverse_proxy.ts";
import { PASSWORD, Site } from "../support/site.ts";

/** What a context's pages asked for, and what they complained of. */
function record(context: BrowserContext) {
  const complaints: string[] = [];
  const urls: string[] = [];
  const redirects: string[] = [];
  context.on("console", (line) => complaints.push(line.text()));
  context.on("weberror", (error) => complaints.push(String(error.error())));
  context.on("request", (request) => urls.push(request.url()));
  context.on("response", (response) => {
    const location = response.headers()["location"];
    if (location !== undefined) redirects.push(location);
  });
  context.on("page", (page) => {
    page.on("websocket", (socket) => urls.push(socket.url()));
  });
  return { complaints, urls, redirects };
}

async function untilLive(page: Page): Promise<void> {
  await page.waitForSelector("nalgate-player[data-phase=live]");
  await movingPictures(page);
}

Deno.test("nalgate behind README.md's proxies", async (t) => {
  const sink = `nalgate-test-${crypto.randomUUID()}::h264`;
  const upstreamPort = freePort();
  await using site = await Site.start({
    sinks: { front: sink },
    viewers: { alice: ["front"] },
    network: exampleLines(`127.0.0.1:${upstreamPort}`),
  });
  await using _feed = feedPattern(sink, { size: "640x360", fps: 15 });
  assertEquals(site.url, PUBLIC_URL);
  for (const name of ["nginx", "caddy"] as const) {
    await using proxy = await ReverseProxy.start(name, { upstreamPort });
    const browser = await launchChromium(proxy.chromiumArgs);
    try {
      await t.step(name, async (t) => {
        const context = await browser.newContext();
        const seen = record(context);
        await playThrough(t, await context.newPage());
        await keepsToTls(t, await context.newPage());
        await t.step("the console stays empty", () => {
          assertEquals(seen.complaints, []);
        });
        await t.step(
          "a logout elsewhere ends the picture",
          () => endByLogout(context),
        );
        await t.step(
          "all stays below the prefix",
          () => assertBelowPrefix(seen),
        );
      });
    } finally {
      await browser.close();
    }
  }
});

/** Signs in, and sees one camera and all of them. */
async function playThrough(t: Deno.TestContext, page: Page): Promise<void> {
  await t.step("signing in leads back", async () => {
    await page.goto(`${PUBLIC_URL}cameras/front`);
    assertEquals(page.url(), `${PUBLIC_URL}login?next=cameras%2Ffront`);
    await page.fill("#user", "alice");
    await page.fill("#password", PASSWORD);
    await page.click("button[type=submit]");
    await page.waitForURL(`${PUBLIC_URL}cameras/front/`);
  });
  await t.step("one camera plays", () => untilLive(page));
  await t.step("all cameras play", async () => {
    await page.click("#back");
    await page.waitForURL(PUBLIC_URL);
    await untilLive(page);
  });
}

async function keepsToTls(t: Deno.TestContext, page: Page): Promise<void> {
  await t.step("the prefix needs no slash", async () => {
    await page.goto(PUBLIC_URL.slice(0, -1));
    assertEquals(page.url(), PUBLIC_URL);
  });
  await t.step("the cookie is this host's and TLS's", async () => {
    const cookies = await page.context().cookies();
    assertEquals(
      cookies.map(({ value: _, expires: __, ...rest }) => rest),
      [{
        name: "__Host-nalgate",
        domain: HOST,
        path: "/",
        httpOnly: true,
        secure: true,
        sameSite: "Lax",
      }],
    );
  });
  await t.step("the headers are TLS's", async () => {
    const headers = (await page.reload())?.headers() ?? {};
    assertEquals(headers["strict-transport-security"], "max-age=31536000");
    assertMatch(
      headers["content-security-policy"] ?? "",
      /^default-src 'self'; connect-src 'self' wss:\/\/pi\.example; /,
    );
  });
}

async function endByLogout(context: BrowserContext): Promise<void> {
  const [page, other] = context.pages();
  assert(page && other);
  await untilLive(page);
  await other.click("#sign-out");
  await other.waitForURL(`${PUBLIC_URL}login`);
  await page.waitForURL(`${PUBLIC_URL}login`);
  await page.goto(PUBLIC_URL);
  assertEquals(page.url(), `${PUBLIC_URL}login`);
  assertEquals(await context.cookies(), []);
}

function assertBelowPrefix(
  { urls, redirects }: ReturnType<typeof record>,
): void {
  const below = new RegExp(`^(?:https|wss)://${HOST}${PREFIX}`);
  const slashless = PUBLIC_URL.slice(0, -1);
  const strays = urls.filter((url) => url !== slashless && !below.test(url));
  assertEquals(strays, []);
  assert(urls.some((url) => url.startsWith("wss:")));
  const lost = redirects.filter((location) =>
    !location.startsWith(PREFIX) && !below.test(location)
  );
  assertEquals(lost, []);
  assert(redirects.length >= 4);
}
