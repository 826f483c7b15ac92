/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** The cameras page with devices, in a real browser. */

import { assertEquals, assertMatch } from "@std/assert";
import type { PageDevice } from "../../../src/gateway/pages/cameras.ts";
import { launchChromium } from "../../support/chromium.ts";
import { Visit } from "../../support/visit.ts";

const AWAY: PageDevice = {
  name: "garage",
  title: "<i>Garage</i>",
  state: "device_offline",
  detail: "Its certificate has expired.",
  since: new Date(2026, 0, 2, 3, 4).getTime(),
};

const ATTIC: PageDevice = {
  name: "attic",
  title: "Attic",
  state: "device_refused",
  since: Date.now(),
};

Deno.test("a page of devices in Chromium", async (t) => {
  const browser = await launchChromium();

  await t.step("a device whose cameras nobody knows is one tile", async () => {
    await using shown = await Visit.begin(browser, "", {
      devices: [AWAY, ATTIC],
    });
    const tiles = shown.page.locator(".tile.device");
    await tiles.nth(1).waitFor();
    const titles = await shown.page.locator("h2 bdi").allTextContents();
    assertEquals(titles, [AWAY.title, ATTIC.title]);
    const [away = "", attic = ""] = await tiles.allInnerTexts();
    assertMatch(away, /Device is offline\s+Its certificate has expired\./);
    assertMatch(away, /Since .*2026.*3:04/);
    assertMatch(attic, /Device refuses access\s+The token/);
    assertEquals(await shown.page.locator("#empty").isVisible(), false);
    assertEquals(shown.complaints, []);
  });

  await t.step("its cameras take the tile's place when it comes", async () => {
    await using shown = await Visit.begin(browser, "", { devices: [AWAY] });
    const { page, server } = shown;
    await page.locator(".tile.device").waitFor();
    const loadedAt = await page.evaluate(() => performance.timeOrigin);
    server.state.devices = [{ ...AWAY, state: "open" }];
    server.state.cameras = [
      { name: "front", device: "garage", title: "Front", answer: "no_signal" },
    ];
    const link = page.locator("a.tile");
    await link.waitFor();
    assertEquals(
      await link.getAttribute("href"),
      "devices/garage/cameras/front/",
    );
    assertEquals(await page.locator(".tile.device").count(), 0);
    assertEquals(await page.locator(".group .badge").isVisible(), false);
    // It is no longer configured.
    server.state.devices = [];
    server.state.cameras = [];
    await page.getByText("No cameras yet").waitFor();
    assertEquals(await page.locator("h2 bdi").count(), 0);
    assertEquals(await page.evaluate(() => performance.timeOrigin), loadedAt);
  });

  await t.step("it fits a phone", async () => {
    await using shown = await Visit.begin(browser, "", {
      devices: [{ ...AWAY, title: "An attic with a very long name" }, ATTIC],
      size: { width: 360, height: 640 },
    });
    await shown.page.locator(".tile.device").first().waitFor();
    const width = await shown.page.evaluate(() =>
      document.documentElement.scrollWidth
    );
    assertEquals(width, 360);
  });

  await browser.close();
});
