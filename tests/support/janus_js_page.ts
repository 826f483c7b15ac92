/**
 * `e2e/janus_js.html`, a page that knows nothing of nalgate, on the gateway's
 * own origin.
 *
 * @module
 */

import type { BrowserContext } from "playwright-core";
import type { Site } from "./site.ts";

const read = (path: string) =>
  Deno.readTextFile(new URL(path, import.meta.url));

/** Serves the page and its scripts; gives the page's URL. */
export async function serveJanusJsPage(
  context: BrowserContext,
  { site, camera }: { site: Site; camera: string },
): Promise<string> {
  const server = new URL(`cameras/${camera}/janus`, site.url);
  server.protocol = "ws:";
  const modules = "../../node_modules";
  const files = {
    "janus_js.html": (await read("../e2e/janus_js.html"))
      .replace('"SERVER"', JSON.stringify(server.href)),
    "adapter.js": await read(`${modules}/webrtc-adapter/out/adapter.js`),
    "janus.js": await read(`${modules}/janus-gateway/npm/src/janus.js`),
  };
  for (const [name, body] of Object.entries(files)) {
    const contentType = name.endsWith(".html")
      ? "text/html"
      : "text/javascript";
    await context.route(
      `${site.url}${name}`,
      (route) => route.fulfill({ body, contentType }),
    );
  }
  return `${site.url}janus_js.html`;
}
