/** The page at `/`: the cameras that a user may see. */

import { html } from "hono/html";
import { CAMERA_STATES } from "../../janus/status.ts";
import {
  brand,
  dataBlock,
  type Html,
  htmlDocument,
  needsScript,
  type PageModel,
} from "./document.ts";
import { MODULES } from "./modules.ts";

/** A camera as pages name it. */
export interface PageCamera {
  readonly name: string;
  /** The device that it is on; none: this one. */
  readonly device?: string | undefined;
  readonly deviceTitle?: string;
  readonly title: string;
}

/** A device as the page shows it. */
export interface PageDevice {
  readonly name: string;
  readonly title: string;
  readonly state: string;
  readonly detail?: string | undefined;
  readonly since: number;
}

/** What the page shows. */
export interface CamerasModel extends PageModel {
  readonly user: string;
  /** Those that the user may view, in the order of the configuration. */
  readonly cameras: readonly PageCamera[];
  readonly devices?: readonly PageDevice[];
}

/** The page that shows all cameras as tiles. */
export function camerasPage(
  { base, user, cameras, devices = [] }: CamerasModel,
): Html {
  const isEmpty = cameras.length + devices.length === 0;
  return htmlDocument({
    base,
    title: "Cameras – nalgate",
    kind: "cameras",
    modules: MODULES.cameras,
    body: html`<header class="bar">
${brand()}
<span class="user"><bdi>${user}</bdi></span>
<button type="button" class="quiet" id="sign-out">Sign out</button>
</header>
<main>
<h1 class="hidden-visually">Cameras</h1>
${needsScript()}
<p class="notice" id="notice" role="status" hidden>The server cannot be reached. Trying again by itself.</p>
<div id="tiles"></div>
<section class="empty" id="empty" ${isEmpty ? "" : "hidden"}>
<img src="assets/icon.svg" alt="" width="64" height="64">
<h2>No cameras yet</h2>
<p>Cameras appear here by themselves, once one is configured under
<code>cameras:</code> in nalgate’s configuration file and <bdi>${user}</bdi>
may view it.</p>
</section>
</main>
${dataBlock("cameras", cameras.map(pageCamera))}
${dataBlock("devices", devices)}
${dataBlock("camera-states", CAMERA_STATES)}`,
  });
}

function pageCamera({ name, device, title }: PageCamera): PageCamera {
  return { name, device, title };
}
