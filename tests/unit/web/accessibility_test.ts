/// <reference lib="dom" />

/** The pages as axe-core sees them: no violation, whatever they show. */

import axe from "axe-core";
import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { BrowserCamera } from "../../support/browser_camera.ts";
import { launchChromium } from "../../support/chromium.ts";
import type { TestCamera } from "../../support/page_server.ts";
import { Visit } from "../../support/visit.ts";

/** Rules broken, and by what; of all rules, or of some. */
async function violations(
  page: Page,
  rules?: readonly string[],
): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(
    (rules) => axe.run(rules ? { runOnly: [...rules] } : {}),
    rules,
  );
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target }) => `${id}: ${target}`)
  );
}

Deno.test("pages have no violations of accessibility", async (t) => {
  const browser = await launchChromium();
  await using camera = await BrowserCamera.start(browser);
  const front = { name: "front", title: "Front door", answer: camera };
  const bench = { name: "bench", title: "Bench", answer: "sink_absent" };
  const cameras: TestCamera[] = [front, bench];
  const ready = {
    tiles: async (visit: Visit) => {
      await visit.isLive();
      await visit.says("Camera is off", "bench");
    },
    live: (visit: Visit) => visit.isLive(),
    offline: (visit: Visit) => visit.says("Camera is off", "bench"),
    figures: async (visit: Visit) => {
      await visit.isLive();
      await visit.page.keyboard.press("i");
      await visit.page.locator("#stats").waitFor();
    },
    refused: async (visit: Visit) => {
      await visit.page.fill("#user", "ada");
      await visit.page.fill("#password", "wrong");
      await visit.page.click("button[type=submit]");
      await visit.page.locator("#notice").waitFor();
    },
    shown: async () => {},
  };
  const cases: readonly (readonly [
    path: string,
    until: keyof typeof ready,
    state?: { cameras?: TestCamera[]; loginStatus?: number },
  ])[] = [
    ["", "tiles"],
    ["", "shown", { cameras: [] }],
    ["cameras/front/", "figures"],
    ["cameras/front/?embed=1", "live"],
    ["cameras/bench/", "offline"],
    ["login", "shown"],
    ["login", "refused", { loginStatus: 401 }],
    ["setup#code=a", "shown"],
    ["broken", "shown"],
  ];
  for (const [path, until, state = {}] of cases) {
    await t.step(`/${path} ${until}`, async () => {
      const options = { cameras, ...state };
      await using visit = await Visit.begin(browser, path, options);
      const { page } = visit;
      await ready[until](visit);
      assertEquals(await violations(page), []);
      await page.emulateMedia({ colorScheme: "dark" });
      assertEquals(await violations(page, ["color-contrast"]), []);
    });
  }

  await t.step("a page with some is found out", async () => {
    await using visit = await Visit.begin(browser, "login");
    const { page } = visit;
    await page.evaluate(() => {
      document.documentElement.removeAttribute("lang");
      document.body.style.color = "#777";
    });
    assertEquals(
      [...new Set(await violations(page))].filter((line) =>
        line.startsWith("html")
      ),
      ["html-has-lang: html"],
    );
    assert((await violations(page, ["color-contrast"])).length > 0);
  });
  await browser.close();
});
