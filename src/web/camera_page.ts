/// <reference no-default-lib="true" />
/// <reference lib="esnext" />
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** The script of `/cameras/<camera>/`: one player and its controls. */

import { CONTROLS_IDLE_MS } from "./bounds.ts";
import { byId } from "./element.ts";
import { Fullscreen } from "./fullscreen.ts";
import { PlayerElement } from "./player.ts";
import { SharePanel } from "./share_panel.ts";
import { bindBadge } from "./state_badge.ts";
import { StatsPanel } from "./stats_panel.ts";

const stage = byId("stage", HTMLElement);
const isEmbedded = byId("bar", HTMLElement).hidden;
const player = stage.querySelector("nalgate-player");
if (!(player instanceof PlayerElement)) throw new TypeError("No player");

bindBadge(byId("badge", HTMLElement), player);
const stats = new StatsPanel(player);
// Only for those who may share the camera.
const share = document.getElementById("share") ? new SharePanel() : undefined;
const fullscreen = new Fullscreen(stage, player.video);

const button = byId("fullscreen", HTMLButtonElement);
button.hidden = !fullscreen.isPossible;
button.addEventListener("click", () => fullscreen.toggle());
document.addEventListener("fullscreenchange", () => {
  button.ariaLabel = fullscreen.isOn ? "Leave full screen" : "Full screen";
  stage.classList.toggle("is-fullscreen", fullscreen.isOn);
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const key = event.key.toLowerCase();
  // Whoever types means letters.
  const isTyping = event.target instanceof HTMLInputElement ||
    event.target instanceof HTMLSelectElement;
  if (isTyping && key !== "escape") return;
  if (key === "f" && fullscreen.isPossible) fullscreen.toggle();
  else if (key === "i") stats.toggle();
  else if (key === "escape") leave();
});

/** Closes what lies on top: a panel, full screen, or the page. */
function leave(): void {
  if (share?.isOpen) share.toggle();
  else if (fullscreen.isOn) fullscreen.toggle();
  else if (stats.isOpen) stats.toggle();
  else if (!isEmbedded) byId("back", HTMLAnchorElement).click();
}

let idle: ReturnType<typeof setTimeout> | undefined;

/** Shows the controls for a while. */
function wake(): void {
  stage.classList.remove("is-idle");
  clearTimeout(idle);
  idle = setTimeout(() => stage.classList.add("is-idle"), CONTROLS_IDLE_MS);
}

for (const event of ["pointermove", "pointerdown", "keydown", "focusin"]) {
  document.addEventListener(event, wake, { passive: true });
}
wake();
