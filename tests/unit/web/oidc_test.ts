/** Signing in with an identity provider, in a real browser at a real one. */

import { assertEquals } from "@std/assert";
import { launchChromium } from "../../support/chromium.ts";
import { strangerPage } from "../../support/guest_site.ts";
import { OidcSite } from "../../support/oidc_site.ts";

Deno.test("an identity provider in Chromium", async (t) => {
  await using site = await OidcSite.start({
    accounts: { fifi: { nick: "Fifi", groups: ["family"] } },
  });
  const { url } = site.running;
  const browser = await launchChromium();
  const page = await strangerPage(browser);
  const leave = () =>
    page.getByRole("link", { name: "Sign in with Home" }).click();

  await t.step("whoever is denied is told so, and may try again", async () => {
    await page.goto(`${url}cameras/front/`);
    await page.waitForURL(`${url}login?next=*`);
    await leave();
    await page.getByRole("button", { name: "Deny" }).click();
    await page.getByText("The identity provider did not sign you in.")
      .waitFor();
    assertEquals(
      page.url(),
      `${url}login?problem=provider_denied&next=cameras%2Ffront%2F`,
    );
  });

  await t.step("signing in leads where they wanted to go", async () => {
    await leave();
    await page.getByLabel("Login").fill("fifi");
    await page.getByRole("button", { name: "Continue" }).click();
    await page.waitForURL(`${url}cameras/front/`);
    await page.goto(url);
    await page.getByRole("banner").getByText("Fifi").waitFor();
  });

  await t.step("the way back is good for nothing twice", async () => {
    const cookies = await page.context().cookies(url);
    assertEquals(
      cookies.map(({ name }) => name).filter((name) => /^nalgate/.test(name)),
      ["nalgate-insecure"],
    );
  });

  await t.step("signing out ends the session here", async () => {
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.waitForURL(`${url}login`);
    await page.goto(`${url}cameras/front/`);
    await page.waitForURL(`${url}login?next=*`);
  });

  await browser.close();
});
