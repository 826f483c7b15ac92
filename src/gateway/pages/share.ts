/** The page at `/share`: where a share link leads. */

import { html } from "hono/html";
import {
  type Html,
  htmlDocument,
  needsScript,
  type PageModel,
} from "./document.ts";
import { MODULES } from "./modules.ts";

/** The page that turns a link's secret into a session. */
export function sharePage({ base }: PageModel): Html {
  return htmlDocument({
    base,
    title: "Shared camera – nalgate",
    kind: "form",
    modules: MODULES.share,
    body: html`<main class="card">
<img src="assets/icon.svg" alt="" width="56" height="56">
<h1>Shared camera</h1>
${needsScript()}
<p id="words" role="status">One moment…</p>
<button type="button" class="primary" id="again" hidden>Open the link</button>
</main>`,
  });
}
