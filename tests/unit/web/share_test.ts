/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** Sharing a camera, in a real browser at a real gateway. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { launchChromium } from "../../support/chromium.ts";
import { view } from "../../support/gateway.ts";
import { strangerPage, visitAs } from "../../support/guest_site.ts";
import { RunningGateway } from "../../support/running_gateway.ts";

const OFFER = new URL(
  "../gateway/tunnel/sdp/node_datachannel_offer.sdp",
  import.meta.url,
);
const PHONE = { width: 360, height: 640 };

Deno.test("share links in Chromium", async (t) => {
  await using running = await RunningGateway.start({
    // Nobody sends media, so that browsers wait for it.
    janus: { offer: await Deno.readTextFile(OFFER) },
    users: {
      ann: [{ right: "admin", cameras: "front" }],
      bob: view("front"),
      dan: view("back"),
    },
  });
  const browser = await launchChromium();
  const ann = await strangerPage(browser);
  const guest = await strangerPage(browser, PHONE);
  let link = "";

  await t.step("the panel opens by keyboard and makes a link", async () => {
    await visitAs(ann, running, { user: "ann", path: "cameras/front/" });
    await ann.getByRole("button", { name: "Share", exact: true }).focus();
    await ann.keyboard.press("Enter");
    assertEquals(
      await ann.evaluate(() => document.activeElement?.id),
      "share-ttl",
    );
    await ann.getByLabel("Works for").selectOption("1 hour");
    await ann.getByLabel("For whom").fill("fifi <b>");
    await ann.keyboard.press("Enter");
    await ann.getByText("Link created.").waitFor();
    assertEquals(
      await ann.evaluate(() => document.activeElement?.id),
      "share-copy",
    );
    link = await ann.getByLabel("New link").inputValue();
    assertMatch(link, /\/share#code=[\w-]{43}$/);
    await ann.getByRole("listitem").filter({ hasText: "fifi <b>" }).waitFor();
    assertEquals(await ann.getByRole("listitem").count(), 1);
  });

  await t.step("Esc closes it first and gives the focus back", async () => {
    await ann.keyboard.press("Escape");
    await ann.locator("#share").waitFor({ state: "hidden" });
    assertEquals(
      await ann.evaluate(() => document.activeElement?.id),
      "share-toggle",
    );
    assertEquals(ann.url(), `${running.url}cameras/front/`);
    await ann.keyboard.press("Enter");
    await ann.getByRole("listitem").waitFor();
    assertEquals(await ann.getByLabel("New link").isVisible(), false);
  });

  await t.step("it fits a phone, with targets for thumbs", async () => {
    await ann.setViewportSize(PHONE);
    const { width, small } = await ann.evaluate(() => ({
      width: document.documentElement.scrollWidth,
      small: [...document.querySelectorAll("a, button, input, select")]
        .map((target) => target.getBoundingClientRect())
        .filter(({ width, height }) => width > 0 && height < 44).length,
    }));
    assertEquals({ width, small }, { width: PHONE.width, small: 0 });
  });

  await t.step(
    "the link leads to the camera and out of the address",
    async () => {
      await guest.goto(link);
      await guest.waitForURL(`${running.url}cameras/front/`);
      assertEquals(await guest.locator("#share-toggle").count(), 0);
      await guest.goBack();
      assert(!guest.url().includes("code="), guest.url());
      await guest.goto(`${running.url}cameras/front/`);
      await guest.locator("nalgate-player").waitFor();
    },
  );

  await t.step(
    "a revoked link's picture ends with the reason, for good",
    async () => {
      let sockets = 0;
      guest.on("websocket", () => sockets++);
      await guest.reload();
      while (sockets === 0) await guest.waitForTimeout(20);
      await ann.getByRole("button", { name: "Revoke the link fifi" }).click();
      await ann.getByText("Link revoked.").waitFor();
      assertEquals(await ann.getByRole("listitem").count(), 0);
      const player = guest.locator("nalgate-player[data-phase=signed-out]");
      await player.waitFor();
      assertMatch(await player.innerText(), /has been withdrawn/);
      const before = sockets;
      await guest.waitForTimeout(2_000);
      assertEquals(sockets, before);
      await guest.goto("about:blank");
      await guest.goto(link);
      await guest.getByText("has been withdrawn").waitFor();
      assertEquals(await guest.getByRole("button").count(), 0);
    },
  );

  await t.step("whoever may not view the camera is asked first", async () => {
    await ann.getByLabel("For whom").fill("dan");
    await ann.keyboard.press("Enter");
    await ann.getByText("Link created.").waitFor();
    const fresh = await ann.getByLabel("New link").inputValue();
    const dan = await strangerPage(browser);
    await visitAs(dan, running, { user: "dan", path: "cameras/back/" });
    await dan.goto(fresh);
    await dan.getByText("Opening the link signs you out.").waitFor();
    await dan.getByRole("button", { name: "Open the link" }).click();
    await dan.waitForURL(`${running.url}cameras/front/`);
    const bob = await strangerPage(browser);
    await visitAs(bob, running, { user: "bob", path: "" });
    await bob.goto(fresh);
    await bob.waitForURL(`${running.url}cameras/front/`);
    await bob.goto(running.url);
    await bob.getByRole("banner").getByText("bob").waitFor();
  });

  await browser.close();
});
