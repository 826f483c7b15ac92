/** The page at `/cameras/<camera>/`: one camera, as large as the window. */

import { html } from "hono/html";
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
  /** The camera's key, if the user may share it. */
  readonly shareKey: string | undefined;
}

/** The page that plays one camera. */
export function cameraPage({ base, camera, shareKey }: CameraModel): Html {
  return htmlDocument({
    base,
    title: `${camera.title} – nalgate`,
    kind: "camera",
    modules: MODULES.camera,
    body: html`<main class="stage" id="stage">
<nalgate-player camera="${camera.name}"></nalgate-player>
<header class="stage-bar">
<a class="button" id="back" href="./" aria-label="All cameras" title="All cameras (Esc)"><span class="glyph back"></span></a>
<h1><bdi>${camera.title}</bdi></h1>
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
