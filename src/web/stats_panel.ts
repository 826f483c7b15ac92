/// <reference no-default-lib="true" />
/// <reference lib="esnext" />
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** The panel of figures over a playing picture. */

import { byId } from "./element.ts";
import type { PlayerElement } from "./player.ts";
import { statsText } from "./stats.ts";

/** Shows a player's figures while it is open. */
export class StatsPanel {
  readonly #player: PlayerElement;
  readonly #panel = byId("stats", HTMLElement);
  readonly #text = byId("stats-text", HTMLElement);
  readonly #toggle = byId("stats-toggle", HTMLButtonElement);
  readonly #copy = byId("stats-copy", HTMLButtonElement);

  constructor(player: PlayerElement) {
    this.#player = player;
    player.addEventListener("nalgate-stats", () => this.#show());
    player.addEventListener("nalgate-state", () => this.#show());
    this.#toggle.addEventListener("click", () => this.toggle());
    this.#copy.addEventListener("click", () => void this.#copyText());
  }

  get isOpen(): boolean {
    return !this.#panel.hidden;
  }

  toggle(): void {
    this.#panel.hidden = this.isOpen;
    this.#toggle.ariaPressed = String(this.isOpen);
    this.#copy.textContent = "Copy";
    this.#show();
  }

  #show(): void {
    if (!this.isOpen) return;
    const [now, before] = this.#player.stats;
    const { face, firstPictureMs } = this.#player;
    this.#text.textContent = now === undefined
      ? face.title
      : statsText(now, before, firstPictureMs);
  }

  async #copyText(): Promise<void> {
    const text = `${document.title}\n${this.#text.textContent}`;
    // The clipboard is for secure contexts; on plain HTTP a selection is left.
    const isCopied = await navigator.clipboard?.writeText(text)
      .then(() => true, () => false);
    if (!isCopied) getSelection()?.selectAllChildren(this.#text);
    this.#copy.textContent = isCopied ? "Copied" : "Selected";
  }
}
