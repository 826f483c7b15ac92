/// <reference no-default-lib="true" />
/// <reference lib="esnext" />
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** What a player shows: the picture, the last picture, and words over it. */

import { element } from "./element.ts";
import type { Face } from "./face.ts";

/** The inside of a player element. */
export class PlayerView {
  readonly video = element("video");
  readonly #lastPicture = element("canvas", "last-picture");
  readonly #title = element("strong");
  readonly #detail = element("span", "detail");
  readonly #action = element("span", "action");

  constructor(host: HTMLElement) {
    const { video } = this;
    video.autoplay = video.muted = video.playsInline = true;
    video.disableRemotePlayback = true;
    // The words say it all; a button over the picture would say it twice.
    video.tabIndex = -1;
    this.#lastPicture.hidden = true;
    const words = element("div", "words", this.#title, this.#detail);
    words.setAttribute("role", "status");
    const glyph = element("span", "glyph");
    glyph.ariaHidden = "true";
    host.replaceChildren(
      video,
      this.#lastPicture,
      element("div", "veil", glyph, words, this.#action),
    );
  }

  /** Shows a state; `link` leads to what ends it. */
  say(face: Face, link?: HTMLAnchorElement): void {
    // Unchanged text is left alone, so that nothing is read out twice.
    if (this.#title.textContent !== face.title) {
      this.#title.textContent = face.title;
    }
    if (this.#detail.textContent !== face.detail) {
      this.#detail.textContent = face.detail;
    }
    this.#action.replaceChildren(...(link ? [link] : []));
  }

  /** Keeps the last picture in place while the stream is away. */
  freeze(): void {
    const { video } = this;
    const canvas = this.#lastPicture;
    if (video.videoWidth === 0 || video.readyState < 2) return;
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext("2d")?.drawImage(video, 0, 0);
    canvas.hidden = false;
  }

  /** The stream's own pictures again. */
  thaw(): void {
    const canvas = this.#lastPicture;
    canvas.hidden = true;
    // A canvas of no size holds no memory.
    canvas.width = canvas.height = 0;
  }
}
