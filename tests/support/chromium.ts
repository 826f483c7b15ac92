/**
 * Debian's Chromium, headless, for tests of pages.
 *
 * @module
 */

import type { Browser } from "playwright-core";

// Playwright's copy of is-wsl probes /proc/sys when it loads, which Deno
// opens to nobody; this variable of is-wsl puts the probe off for good.
Deno.env.set("__IS_WSL_TEST__", "1");
const { chromium } = await import("playwright-core");

/** Starts a browser, with more arguments at will; close it after use. */
export function launchChromium(...args: string[]): Promise<Browser> {
  return chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--disable-dev-shm-usage",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      // WebRTC on loopback, with addresses instead of multicast names; and a
      // page that a test fulfils counts as public, yet may dial loopback.
      "--allow-loopback-in-peer-connection",
      "--disable-features=WebRtcHideLocalIpsWithMdns,LocalNetworkAccessChecks",
      ...args,
    ],
  });
}
