/// <reference lib="dom" />

/** The player in a real browser, with real WebRTC from another page. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { START_GAP_MS } from "../../../src/web/bounds.ts";
import { BrowserCamera } from "../../support/browser_camera.ts";
import { launchChromium } from "../../support/chromium.ts";
import type { PageServer, TestCamera } from "../../support/page_server.ts";
import { Visit, type VisitOptions } from "../../support/visit.ts";

/** The colour in the middle of what a player's element shows. */
function middleColor(selector: string): string {
  const source = document.querySelector(selector);
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const context = canvas.getContext("2d");
  if (
    source instanceof HTMLVideoElement || source instanceof HTMLCanvasElement
  ) context?.drawImage(source, 0, 0, 1, 1);
  return context?.getImageData(0, 0, 1, 1).data.join() ?? "";
}

/** Waits until the server has that many sockets. */
async function socketCount(server: PageServer, count: number): Promise<void> {
  while (server.sockets.size !== count) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

Deno.test("player in Chromium", async (t) => {
  const browser = await launchChromium();
  const camera = await BrowserCamera.start(browser);
  const front: TestCamera = { name: "front", title: "Front", answer: camera };
  const visit = (path: string, state: VisitOptions = {}) =>
    Visit.begin(browser, path, { cameras: [{ ...front }], ...state });

  await t.step("plays a picture that changes", async () => {
    await using shown = await visit("cameras/front/");
    await shown.isLive();
    const first = await shown.page.evaluate(middleColor, "video");
    await shown.page.waitForFunction(
      (first) => {
        const video = document.querySelector("video");
        const canvas = document.createElement("canvas");
        const context = canvas.getContext("2d");
        canvas.width = canvas.height = 1;
        if (video) context?.drawImage(video, 0, 0, 1, 1);
        return context?.getImageData(0, 0, 1, 1).data.join() !== first;
      },
      first,
    );
    assertEquals(shown.complaints, []);
  });

  await t.step("shows figures that can be copied", async () => {
    await using shown = await visit("cameras/front/");
    await shown.isLive();
    await shown.page.keyboard.press("i");
    const text = shown.page.locator("#stats-text", {
      hasText: /\d+ per second/,
    });
    const figures = await text.innerText();
    assertMatch(figures, /Size +640×360/);
    assertMatch(figures, /Route +\w+ to host, UDP/);
    assertMatch(figures, /First picture +\d+ ms/);
    await shown.page.getByRole("button", { name: "Copy" }).click();
    await shown.page.getByText(/Copied|Selected/).waitFor();
  });

  await t.step("a hangup leaves the last picture until the next", async () => {
    await using shown = await visit("cameras/front/");
    await shown.isLive();
    const [socket] = shown.server.sockets;
    // No picture at the next attempt: there is time to look.
    const [served] = shown.server.state.cameras;
    if (served) served.answer = "upstream_down";
    socket?.send(JSON.stringify({ janus: "hangup", reason: "Restarted" }));
    await shown.says("Media server is down");
    const last = await shown.page.evaluate(middleColor, ".last-picture");
    assert(last !== "0,0,0,0" && last !== "0,0,0,255", last);
    if (served) served.answer = camera;
    await shown.isLive();
    assertEquals(await shown.page.locator(".last-picture").isVisible(), false);
    assertEquals(shown.server.sockets.size, 1);
    assertEquals(shown.complaints, []);
  });

  await t.step(
    "a stream that falls silent stalls and is begun anew",
    async () => {
      await using shown = await visit("cameras/front/");
      await shown.isLive();
      const [before] = shown.server.sockets;
      await camera.fallSilent();
      await shown.says("Stalled");
      await shown.isLive();
      assert(![...shown.server.sockets].includes(before as WebSocket));
      assertEquals(shown.server.sockets.size, 1);
      assertEquals(shown.complaints, []);
    },
  );

  await t.step(
    "what is out of view stops after a while, and resumes",
    async () => {
      await using shown = await visit("");
      await shown.isLive();
      await shown.page.evaluate(() => {
        document.querySelector("header")?.setAttribute("hidden", "");
        document.getElementById("tiles")?.setAttribute("hidden", "");
      });
      await socketCount(shown.server, 0);
      await shown.page.evaluate(() =>
        document.getElementById("tiles")?.removeAttribute("hidden")
      );
      await shown.isLive();
      assertEquals(shown.complaints, []);
    },
  );

  await t.step("what has never been in view is not begun", async () => {
    const cameras = Array.from({ length: 12 }, (_, index) => ({
      ...front,
      name: index === 0 ? "front" : `camera${index}`,
      answer: "no_signal",
    }));
    await using shown = await visit("", {
      cameras,
      size: { width: 360, height: 640 },
    });
    await shown.says("No signal");
    await shown.says("No signal", "camera1");
    // All have had their turn by then.
    await shown.page.waitForTimeout(12 * START_GAP_MS + 1_000);
    assert(shown.server.sockets.size <= 4, `${shown.server.sockets.size}`);
    await shown.page.locator("nalgate-player[camera=camera11]")
      .scrollIntoViewIfNeeded();
    await shown.says("No signal", "camera11");
  });

  await t.step("full screen keeps the connection", async () => {
    await using shown = await visit("cameras/front/");
    await shown.isLive();
    const before = [...shown.server.sockets];
    await shown.page.keyboard.press("f");
    await shown.page.waitForFunction(() => document.fullscreenElement);
    await shown.page.keyboard.press("f");
    await shown.page.waitForFunction(() => !document.fullscreenElement);
    assertEquals([...shown.server.sockets], before);
    await shown.isLive();
  });

  await t.step("controls leave a playing picture alone", async () => {
    await using shown = await visit("cameras/front/");
    await shown.isLive();
    const bar = shown.page.locator(".stage-bar");
    const opacity = (wanted: string) =>
      shown.page.waitForFunction(
        (wanted) =>
          getComputedStyle(
            document.querySelector(".stage-bar") ?? document.body,
          )
            .opacity === wanted,
        wanted,
      );
    await opacity("0");
    await shown.page.mouse.move(600, 500);
    await opacity("1");
    assertEquals(await bar.isVisible(), true);
  });

  await camera[Symbol.asyncDispose]();
  await browser.close();
});
