/** The page at `/cameras/<camera>/`: one camera, as large as the window. */

import { html } from "hono/html";
import { cameraKey } from "../../config/config.ts";
import { CAMERA_STATES } from "../../janus/status.ts";
import type { PageCamera } from "./cameras.ts";
import {
  dataBlock,
  type Html,
  htmlDocument,
  needsScript,
  type PageModel,
} from "./document.ts";
import { MODULES } from "./modules.ts";
import { sharePanel, shareToggle } from "./share_panel.ts";

/** What the page shows. */
export interface CameraModel extends PageModel {
  readonly camera: PageCamera;
  /** Shown in a frame of another page, which has controls of its own. */
  readonly isEmbedded?: boolean;
  /** The camera's key, if the user may share it. */
  readonly shareKey: string | undefined;
}

/** The page that plays one camera. */
export function cameraPage(
  { base, camera, isEmbedded = false, shareKey }: CameraModel,
): Html {
  const { title, deviceTitle } = camera;
  // Many devices have a camera of the same name.
  const place = deviceTitle === undefined ? "" : html`
    <bdi>${deviceTitle}</bdi>:
  `;
  return htmlDocument({
    base,
    // Other pages of ours cannot stand in the frame.
    linksOpenApart: isEmbedded,
    title: [title, deviceTitle, "nalgate"].filter(Boolean).join(" – "),
    kind: "camera",
    modules: MODULES.camera,
    body: html`<main class="stage" id="stage">
<nalgate-player camera="${cameraKey(camera)}"></nalgate-player>
${isEmbedded ? html`<h1 class="hidden-visually">${camera.title}</h1>` : ""}
<header class="stage-bar" id="bar" ${isEmbedded ? "hidden" : ""}>
<a class="button" id="back" href="./" aria-label="All cameras" title="All cameras (Esc)"><span class="glyph back"></span></a>
<h1>${place}<bdi>${title}</bdi></h1>
<span class="badge" id="badge"></span>
${shareKey === undefined ? "" : shareToggle()}
<button type="button" id="stats-toggle" aria-pressed="false" aria-controls="stats" aria-label="Statistics" title="Statistics (i)"><span class="glyph info"></span></button>
<button type="button" id="fullscreen" aria-label="Full screen" title="Full screen (f)" hidden><span class="glyph fullscreen"></span></button>
</header>
<section class="stats" id="stats" aria-label="Statistics" hidden>
<pre id="stats-text" tabindex="0"></pre>
<button type="button" id="stats-copy">Copy</button>
</section>
${shareKey === undefined ? "" : sharePanel(shareKey)}
${needsScript()}
</main>
${dataBlock("camera-states", CAMERA_STATES)}`,
  });
}
