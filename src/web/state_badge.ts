/// <reference no-default-lib="true" />
/// <reference lib="esnext" />
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** A player's state in a word, beside its title. */

import type { PlayerElement } from "./player.ts";

/** Keeps a badge in step with a player. */
export function bindBadge(badge: HTMLElement, player: PlayerElement): void {
  const show = () => {
    badge.dataset.phase = player.face.phase;
    badge.textContent = player.face.title;
  };
  player.addEventListener("nalgate-state", show);
  show();
}
