/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** Names and titles that would rather be something else than text. */

import { assert, assertEquals } from "@std/assert";
import { launchChromium } from "../../support/chromium.ts";
import type { TestCamera } from "../../support/page_server.ts";
import { Visit } from "../../support/visit.ts";

/** Each would say "xss" in a dialog or on the console. */
const TITLES = [
  "<script>alert('xss')</script>",
  "</script><script>alert('xss')</script>",
  "<!--<script>alert('xss')//-->",
  "</title><script>alert('xss')</script>",
  "<img src=x onerror=alert('xss')>",
  `"><svg onload=alert('xss')>`,
  `' autofocus onfocus=alert('xss') x='`,
  "<iframe srcdoc='<script>alert(1)</script>'>",
  "<base href=https://evil.example/>",
  "<style>body{display:none}</style>",
  "&lt;b&gt; &amp; &#39; \\u003cb\\u003e",
  "${alert('xss')} {{alert('xss')}} <%= alert('xss') %>",
  "javascript:alert('xss')",
  "\u202Egpj.resu\u202C \u2067abc",
  "\u05DE\u05E6\u05DC\u05DE\u05D4 (1) <b>",
  "\u0643\u0627\u0645\u064A\u0631\u0627 1",
  "\u{1F469}\u200D\u{1F469}\u200D\u{1F467}\u200D\u{1F466}".repeat(100),
  `Z${"\u0335\u0321\u0353".repeat(300)}`,
  "W".repeat(4096),
  "w w".repeat(1365),
  "\u2028\u2029",
  "__proto__",
];

Deno.test("hostile titles and names are shown as text", async (t) => {
  const browser = await launchChromium();
  const cameras: TestCamera[] = TITLES.map((title, index) => ({
    name: `camera-${index}`,
    title,
    answer: "no_signal",
  }));
  const begin = async (path: string, user = "ada") => {
    const visit = await Visit.begin(browser, "broken", { cameras, user });
    visit.page.on("dialog", (dialog) => {
      visit.complaints.push(`${dialog.type()}: ${dialog.message()}`);
      void dialog.dismiss();
    });
    visit.complaints.length = 0;
    await visit.page.goto(visit.server.url + path);
    return visit;
  };

  for (const user of [TITLES[1] ?? "", "W".repeat(4096), "\u202Eada"]) {
    await t.step(`all, to ${user.slice(0, 40)}`, async () => {
      await using visit = await begin("", user);
      const { page } = visit;
      await visit.says("No signal", "camera-0");
      const titles = page.locator(".tile .title");
      assertEquals(await titles.allTextContents(), TITLES);
      assertEquals(await page.locator(".user").textContent(), user);
      // Nothing but what belongs here, and all of it inside the window.
      assertEquals(
        await page.locator("script:not([src]):not([type]), svg, iframe, style")
          .count(),
        0,
      );
      assertEquals(await page.locator("base").count(), 1);
      const overflow = await page.evaluate(() =>
        document.documentElement.scrollWidth - innerWidth
      );
      assert(overflow <= 0, `${overflow} pixels too wide`);
      assertEquals(visit.complaints, []);
    });
  }

  await using visit = await begin("");
  for (const [index, title] of TITLES.entries()) {
    await t.step(`alone: ${JSON.stringify(title.slice(0, 40))}`, async () => {
      const { page, server } = visit;
      await page.goto(`${server.url}cameras/camera-${index}/`);
      await visit.says("No signal", `camera-${index}`);
      assertEquals(await page.locator("h1").textContent(), title);
      const tab = await page.title();
      assert(tab.endsWith(" – nalgate"), tab);
      // What leads back is still to the left, the rest to the right.
      const back = await page.locator("#back").boundingBox();
      const stats = await page.locator("#stats-toggle").boundingBox();
      assert(back && stats && back.x < 100 && stats.x > 1000);
      assertEquals(visit.complaints, []);
    });
  }
  await browser.close();
});
