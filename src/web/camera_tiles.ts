/// <reference no-default-lib="true" />
/// <reference lib="esnext" />
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** The tiles of the cameras page. */

import type { ListedCamera } from "./api.ts";
import { keyOf, pathOf } from "./camera_key.ts";
import { element } from "./element.ts";
import { PlayerElement } from "./player.ts";
import { bindBadge } from "./state_badge.ts";

interface Tile {
  readonly link: HTMLAnchorElement;
  readonly title: HTMLElement;
  readonly player: PlayerElement;
}

/** Keeps one tile for each camera. */
export class CameraTiles {
  readonly #grid: HTMLElement;
  readonly #tiles = new Map<string, Tile>();

  constructor(grid: HTMLElement) {
    this.#grid = grid;
  }

  /** Adds, removes and sorts tiles; those that stay play on. */
  show(cameras: readonly ListedCamera[]): void {
    const keys = new Set(cameras.map(keyOf));
    for (const [key, tile] of this.#tiles) {
      if (keys.has(key)) continue;
      tile.link.remove();
      this.#tiles.delete(key);
    }
    for (const [index, camera] of cameras.entries()) {
      const tile = this.#tile(camera);
      if (tile.title.textContent !== camera.title) {
        tile.title.textContent = camera.title;
      }
      // Moving an element restarts its player: only when it must.
      const here = this.#grid.children[index] ?? null;
      if (here !== tile.link) this.#grid.insertBefore(tile.link, here);
      // The server knows of a picture before the player's wait is over.
      if (camera.state === "live" && tile.player.face.phase === "offline") {
        tile.player.nudge();
      }
    }
  }

  #tile(camera: ListedCamera): Tile {
    const key = keyOf(camera);
    const known = this.#tiles.get(key);
    if (known !== undefined) return known;
    const player = new PlayerElement();
    player.setAttribute("camera", key);
    const shown = element("bdi", "title", camera.title);
    const badge = element("span", "badge");
    const link = element(
      "a",
      "tile",
      player,
      element("span", "caption", shown, badge),
    );
    link.href = pathOf(key);
    bindBadge(badge, player);
    const tile = { link, title: shown, player };
    this.#tiles.set(key, tile);
    return tile;
  }
}
