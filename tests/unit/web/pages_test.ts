/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** The pages in a real browser, against the real HTML, scripts and headers. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { launchChromium } from "../../support/chromium.ts";
import type { TestCamera } from "../../support/page_server.ts";
import { Visit, type VisitOptions } from "../../support/visit.ts";

const FRONT: TestCamera = {
  name: "front",
  title: "Front door",
  answer: "no_signal",
};
const BENCH: TestCamera = {
  name: "bench",
  title: `<b onmouseover="a()">Bench</b>`,
  answer: "sink_absent",
};

Deno.test("pages in Chromium", async (t) => {
  const browser = await launchChromium();
  const visit = (path: string, state: VisitOptions = {}) =>
    Visit.begin(browser, path, {
      cameras: [{ ...FRONT }, { ...BENCH }],
      ...state,
    });
  const step = (name: string, run: () => Promise<void>) => t.step(name, run);

  await step("tiles say each camera's state and remedy", async () => {
    await using shown = await visit("");
    await shown.says("No signal");
    await shown.says("Camera is off", "bench");
    const tile = shown.page.locator(".tile", { hasText: "Camera is off" });
    assertStringIncludes(await tile.innerText(), "--h264-sink");
    assertStringIncludes(await tile.innerText(), BENCH.title);
    assertEquals(shown.complaints, []);
  });

  await step(
    "a tile leads to its camera with Enter, Esc leads back",
    async () => {
      await using shown = await visit("");
      const { page, server } = shown;
      await shown.says("No signal");
      await page.locator(".tile").first().focus();
      await page.keyboard.press("Enter");
      await page.waitForURL(`${server.url}cameras/front/`);
      await shown.says("No signal");
      await page.keyboard.press("i");
      await page.locator("#stats").waitFor();
      await page.keyboard.press("Escape");
      await page.locator("#stats").waitFor({ state: "hidden" });
      await page.keyboard.press("Escape");
      await page.waitForURL(server.url);
      assertEquals(shown.complaints, []);
    },
  );

  await step("f fills the screen and leaves it again", async () => {
    await using shown = await visit("cameras/front/");
    const { page, server } = shown;
    await shown.says("No signal");
    const [socket] = server.sockets;
    await page.keyboard.press("f");
    await page.waitForFunction(() => document.fullscreenElement !== null);
    await page.keyboard.press("f");
    await page.waitForFunction(() => document.fullscreenElement === null);
    assertEquals([...server.sockets], [socket]);
  });

  await step("cameras that come and go do so without a reload", async () => {
    await using shown = await visit("", { cameras: [] });
    const { page, server } = shown;
    await page.getByText("No cameras yet").waitFor();
    server.state.cameras = [{ ...BENCH }, { ...FRONT }];
    await shown.says("No signal");
    await shown.says("Camera is off", "bench");
    assertEquals(await page.locator("#empty").isVisible(), false);
    const [bench] = server.sockets;
    server.state.cameras = [{ ...BENCH }];
    await page.locator("nalgate-player[camera=front]").waitFor({
      state: "detached",
    });
    await page.waitForFunction(() =>
      document.querySelectorAll(".tile").length === 1
    );
    while (server.sockets.size > 1) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assertEquals([...server.sockets], [bench]);
    assertEquals(shown.complaints, []);
  });

  await step("a new reason is shown on the same connection", async () => {
    const camera = { ...FRONT };
    await using shown = await visit("cameras/front/", {
      cameras: [camera],
    });
    await shown.says("No signal");
    const [socket] = shown.server.sockets;
    camera.answer = "sink_stalled";
    await shown.says("Camera is silent");
    assertEquals([...shown.server.sockets], [socket]);
  });

  await step("a lost connection is dialled again", async () => {
    await using shown = await visit("cameras/front/");
    await shown.says("No signal");
    const [socket] = shown.server.sockets;
    socket?.close(1001, "The server is restarting.");
    await shown.says("Interrupted");
    await shown.says("No signal");
    assertEquals(shown.server.sockets.size, 1);
    assertEquals(shown.complaints, []);
  });

  await step(
    "an ended session leads to the sign-in page and back",
    async () => {
      const ended = { code: 4401, reason: "Your session has ended." };
      await using shown = await visit("cameras/front/", {
        cameras: [{ ...FRONT, answer: ended }],
      });
      await shown.says("Signed out");
      await shown.page.getByRole("link", { name: "Sign in" }).click();
      await shown.page.waitForURL(
        `${shown.server.url}login?next=cameras%2Ffront%2F`,
      );
      assertEquals(shown.complaints, []);
      await shown.page.getByLabel("Name").fill(" ada ");
      await shown.page.getByLabel("Password").fill(" horse ");
      await shown.page.getByRole("button", { name: "Sign in" }).click();
      await shown.page.waitForURL(`${shown.server.url}cameras/front/`);
      assertEquals(shown.server.posted, [{
        path: "/some/prefix/api/login",
        body: { user: "ada", password: " horse " },
      }]);
    },
  );

  for (
    const { code, title } of [
      { code: 4403, title: "No permission" },
      { code: 4404, title: "No such camera" },
    ]
  ) {
    await step(`close code ${code} is not retried for ever`, async () => {
      const answer = { code, reason: "" };
      await using shown = await visit("cameras/front/", {
        cameras: [{ ...FRONT, answer }],
      });
      await shown.says(title);
      // Longer than the first retries would take.
      await shown.page.waitForTimeout(2_000);
      assertEquals(shown.server.sockets.size, 0);
      await shown.says(title);
    });
  }

  await step("a refused WebSocket is explained by the API", async () => {
    await using shown = await visit("cameras/front/", {
      user: undefined,
    });
    await shown.says("Signed out");
  });

  await step(
    "a signed-out user leaves the tiles for the sign-in page",
    async () => {
      await using shown = await visit("");
      await shown.says("No signal");
      shown.server.state.user = undefined;
      await shown.page.waitForURL(`${shown.server.url}login`);
    },
  );

  await step("signing out posts and leads to the sign-in page", async () => {
    await using shown = await visit("");
    await shown.page.getByRole("button", { name: "Sign out" }).click();
    await shown.page.waitForURL(`${shown.server.url}login`);
    assertEquals(shown.server.posted[0]?.path, "/some/prefix/api/logout");
  });

  for (
    const path of [
      "",
      "cameras/front/",
      "login",
      "share",
      "setup#code=a",
      "broken",
    ]
  ) {
    await step(`/${path} fits a phone, with targets for thumbs`, async () => {
      await using shown = await visit(path, {
        size: { width: 360, height: 640 },
      });
      const { width, small } = await shown.page.evaluate(() => ({
        width: document.documentElement.scrollWidth,
        small: [...document.querySelectorAll("a, button, input")]
          .map((target) => target.getBoundingClientRect())
          .filter(({ width, height }) => width > 0 && height < 44)
          .length,
      }));
      assertEquals({ width, small }, { width: 360, small: 0 });
    });
  }

  for (const colorScheme of ["light", "dark"] as const) {
    await step(`text stands out in ${colorScheme}`, async () => {
      for (const path of ["", "login", "share", "broken"]) {
        await using shown = await visit(path, { colorScheme });
        const least = await shown.page.evaluate(leastContrast);
        assert(least >= 4.5, `${path}: ${least}`);
      }
    });
  }

  await step("a tile keeps its size when its words change", async () => {
    const camera = { ...FRONT };
    await using shown = await visit("", { cameras: [camera] });
    await shown.says("No signal");
    const tile = shown.page.locator(".tile");
    const before = await tile.boundingBox();
    camera.answer = "permission_denied";
    await shown.says("No access to the camera");
    assertEquals(await tile.boundingBox(), before);
  });

  await browser.close();
});

/** The smallest WCAG 2 contrast of the page's text; runs in the browser. */
function leastContrast(): number {
  const luminance = (color: string) => {
    const [red = 0, green = 0, blue = 0] = (color.match(/[\d.]+/g) ?? [])
      .map((part) => Number(part) / 255)
      .map((part) =>
        part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
      );
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const backdrop = (element: Element | null): string => {
    if (element === null) return "rgb(255, 255, 255)";
    const color = getComputedStyle(element).backgroundColor;
    const isSolid = /^rgb\(/.test(color);
    return isSolid ? color : backdrop(element.parentElement);
  };
  const texts = [...document.querySelectorAll("body *")].filter((element) =>
    element.checkVisibility() && !element.matches("noscript, script") &&
    [...element.childNodes].some((node) =>
      node.nodeType === Node.TEXT_NODE && node.textContent?.trim()
    )
  );
  return Math.min(...texts.map((element) => {
    const pair = [getComputedStyle(element).color, backdrop(element)]
      .map(luminance).sort((a, b) => b - a);
    return ((pair[0] ?? 0) + 0.05) / ((pair[1] ?? 0) + 0.05);
  }));
}
