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

/** Starts a browser; close it after use. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-dev-shm-usage",
      // Host candidates show their address: no multicast in a container.
      "--disable-features=WebRtcHideLocalIpsWithMdns",
    ],
  });
}
