/** Signing in and setting up in a real browser. */

import { assertEquals } from "@std/assert";
import { newTotp, totpCode } from "../../../src/gateway/auth/totp.ts";
import { launchChromium } from "../../support/chromium.ts";
import { view } from "../../support/gateway.ts";
import { strangerPage } from "../../support/guest_site.ts";
import { PASSWORD, RunningGateway } from "../../support/running_gateway.ts";
import { Visit, type VisitOptions } from "../../support/visit.ts";

Deno.test("forms in Chromium", async (t) => {
  const browser = await launchChromium();
  const visit = (path: string, state: VisitOptions = {}) =>
    Visit.begin(browser, path, state);
  const step = (name: string, run: () => Promise<void>) => t.step(name, run);

  await step(
    "a login link's code is posted and leaves the address",
    async () => {
      await using shown = await visit("login#code=once", {
        loginStatus: 401,
      });
      await shown.page.getByRole("alert").waitFor();
      assertEquals(shown.page.url(), `${shown.server.url}login`);
      assertEquals(shown.server.posted[0]?.body, { code: "once" });
    },
  );

  await step("a login limit says how long to wait", async () => {
    await using shown = await visit("login", {
      loginStatus: 429,
    });
    await shown.page.getByLabel("Name").fill("ada");
    await shown.page.getByLabel("Password").fill("x");
    await shown.page.keyboard.press("Enter");
    await shown.page.getByText("Please wait 2 minutes").waitFor();
  });

  await step("a code is asked for when the server wants one", async () => {
    await using running = await RunningGateway.start({
      users: { ann: view("**") },
    });
    const { users } = await running.openState();
    const totp = newTotp();
    await users.change(users.find("ann")?.id ?? "", { totp });
    await running.gateway.auth.review();
    const page = await strangerPage(browser);
    await page.goto(`${running.url}login`);
    assertEquals(await page.getByLabel("Code").isVisible(), false);
    await page.getByLabel("Name").fill("ann");
    await page.getByLabel("Password").fill(PASSWORD);
    await page.keyboard.press("Enter");
    await page.getByText("Enter the code").waitFor();
    await page.locator("#totp:focus").waitFor();
    await page.keyboard.type("000 000");
    await page.keyboard.press("Enter");
    await page.getByText("The code is wrong").waitFor();
    await page.locator("#totp:focus").waitFor();
    const step = Math.floor(Date.now() / 30_000);
    await page.keyboard.type(totpCode(totp.secret, step));
    await page.keyboard.press("Enter");
    await page.waitForURL(running.url);
  });

  await step("the setup page sends code, name and password", async () => {
    await using shown = await visit("setup#code=first");
    const { page, server } = shown;
    await page.getByLabel("Name").fill("ada");
    await page.getByLabel("Password", { exact: true }).fill("long enough");
    await page.getByLabel("Password again").fill("something else");
    await page.keyboard.press("Enter");
    await page.getByText("The passwords differ.").waitFor();
    assertEquals(server.posted, []);
    await page.getByLabel("Password again").fill("long enough");
    await page.keyboard.press("Enter");
    await page.waitForURL(server.url);
    assertEquals(server.posted, [{
      path: "/some/prefix/api/setup",
      body: { code: "first", user: "ada", password: "long enough" },
    }]);
  });

  await step(
    "the setup page without a code says where to find it",
    async () => {
      await using shown = await visit("setup");
      await shown.page.getByText("open the link that nalgate printed")
        .waitFor();
      assertEquals(await shown.page.getByLabel("Name").isVisible(), false);
    },
  );

  await browser.close();
});
