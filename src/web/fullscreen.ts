/// <reference no-default-lib="true" />
/// <reference lib="esnext" />
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** Full screen: the same player, the same connection. */

/** iPhones let only the video itself fill the screen. */
type PhoneVideo = HTMLVideoElement & { webkitEnterFullscreen?: () => void };

/** Where a stage can become full screen, and how. */
export class Fullscreen {
  readonly #stage: HTMLElement;
  readonly #video: PhoneVideo | undefined;

  constructor(stage: HTMLElement, video: HTMLVideoElement | undefined) {
    this.#stage = stage;
    this.#video = video;
  }

  get isPossible(): boolean {
    return document.fullscreenEnabled ||
      this.#video?.webkitEnterFullscreen !== undefined;
  }

  get isOn(): boolean {
    return document.fullscreenElement === this.#stage;
  }

  toggle(): void {
    if (this.isOn) void document.exitFullscreen();
    else if (document.fullscreenEnabled) {
      // Refused without a user's hand; then nothing changes.
      this.#stage.requestFullscreen().catch(() => {});
    } else this.#video?.webkitEnterFullscreen?.();
  }
}
