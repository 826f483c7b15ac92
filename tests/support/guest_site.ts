/// <reference lib="dom" />

/**
 * A real gateway that a browser visits: its pages, its sessions, no picture.
 *
 * @module
 */

import type { Browser, Page } from "playwright-core";
import { PASSWORD, type RunningGateway } from "./running_gateway.ts";

/** Room for a slow machine: what is waited for comes, sooner or later. */
const WAIT_MS = 20_000;

/** A page of a browser that knows nobody yet. */
export async function strangerPage(
  browser: Browser,
  size = { width: 1280, height: 800 },
): Promise<Page> {
  const context = await browser.newContext({ viewport: size });
  context.setDefaultTimeout(WAIT_MS);
  return await context.newPage();
}

/** Signs a page in as a person does, and goes to a path. */
export async function visitAs(
  page: Page,
  running: RunningGateway,
  { user, path }: { user: string; path: string },
): Promise<void> {
  await page.goto(`${running.url}login?next=${encodeURIComponent(path)}`);
  await page.getByLabel("Name").fill(user);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL(running.url + path);
}
