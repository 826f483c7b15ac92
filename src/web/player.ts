/// <reference no-default-lib="true" />
/// <reference lib="esnext" />
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/**
 * `<nalgate-player camera="front">` plays a camera for as long as it is in
 * view, and says in words why when it does not. A camera of another device is
 * `garage/front`.
 *
 * @module
 */

import { Backoff } from "./backoff.ts";
import { RETRY_RESET_MS, SAMPLE_MS, UNSEEN_MS } from "./bounds.ts";
import { pathOf } from "./camera_key.ts";
import { browserObstacle, diagnose } from "./diagnosis.ts";
import type { EndCause } from "./end_cause.ts";
import { element } from "./element.ts";
import {
  CONNECTING,
  type Face,
  faceOfEnd,
  faceOfRefusal,
  LIVE,
  PAUSED,
  type Phase,
  STALLED,
  TAP,
} from "./face.ts";
import { signInPath } from "./next_path.ts";
import { PlayerView } from "./player_view.ts";
import { StartSlots } from "./start_slots.ts";
import { readStats, type StreamStats } from "./stats.ts";
import { Viewer } from "./viewer.ts";
import { Watchdog } from "./watchdog.ts";
import { stateWords } from "./words.ts";

const slots = new StartSlots();

/** The newest figures, and those a second before. */
type StatsPair = readonly [StreamStats | undefined, StreamStats | undefined];

/**
 * The element. Dispatches `nalgate-state` when its face changes and
 * `nalgate-stats` each second of a playing stream.
 */
export class PlayerElement extends HTMLElement {
  #view: PlayerView | undefined;
  #viewer: Viewer | undefined;
  #watchdog = new Watchdog();
  #face: Face = CONNECTING;
  #stats: StatsPair = [undefined, undefined];
  /** Counts stops: what waited for an answer sees that it is too late. */
  #stopCount = 0;
  #firstPictureMs: number | undefined;
  #startedMs = 0;
  #liveMs = 0;
  #isInView = true;
  readonly #backoff = new Backoff();
  #retry: ReturnType<typeof setTimeout> | undefined;
  #unseen: ReturnType<typeof setTimeout> | undefined;
  #sampling: ReturnType<typeof setInterval> | undefined;
  #inDocument = new AbortController();

  /** What the player says now. */
  get face(): Face {
    return this.#face;
  }

  /** The newest figures and those before. */
  get stats(): StatsPair {
    return this.#stats;
  }

  /** From dialling to the first picture. */
  get firstPictureMs(): number | undefined {
    return this.#firstPictureMs;
  }

  get video(): HTMLVideoElement | undefined {
    return this.#view?.video;
  }

  connectedCallback(): void {
    if (this.#view === undefined) {
      this.#view = new PlayerView(this);
      const { video } = this.#view;
      video.addEventListener("loadeddata", () => this.#live());
      this.addEventListener("click", () => {
        if (this.#face.phase === "tap") void video.play();
      });
    }
    this.#inDocument = new AbortController();
    this.#listen(this.#inDocument.signal);
    this.#say(CONNECTING);
    this.#schedule(slots.takeMs(performance.now()));
    this.#look();
  }

  disconnectedCallback(): void {
    this.#inDocument.abort();
    this.#stop();
    clearTimeout(this.#unseen);
    this.#unseen = undefined;
  }

  /** Tries at once instead of when the wait is over. */
  nudge(): void {
    if (this.#viewer !== undefined || !this.#isSeen()) return;
    this.#schedule(0);
  }

  #listen(signal: AbortSignal): void {
    addEventListener("online", () => {
      // What was dialled before the network came back need not be waited for.
      if (this.#face.phase !== "live" && this.#isSeen()) this.#schedule(0);
    }, { signal });
    document.addEventListener("visibilitychange", () => this.#look(), {
      signal,
    });
    const observer = new IntersectionObserver((entries) => {
      this.#isInView = entries.at(-1)?.isIntersecting ?? true;
      this.#look();
    });
    observer.observe(this);
    signal.addEventListener("abort", () => observer.disconnect());
  }

  #isSeen(): boolean {
    return (this.#isInView && document.visibilityState === "visible") ||
      document.pictureInPictureElement === this.#view?.video;
  }

  /** Stops what nobody has seen for a while, starts what is seen again. */
  #look(): void {
    if (this.#isSeen()) {
      if (this.#unseen === undefined) return;
      clearTimeout(this.#unseen);
      this.#unseen = undefined;
      this.nudge();
    } else {
      this.#unseen ??= setTimeout(() => {
        this.#stop();
        if (this.#face.retry || isUnderWay(this.#face.phase)) {
          this.#say(PAUSED);
        }
      }, UNSEEN_MS);
    }
  }

  #schedule(waitMs: number): void {
    clearTimeout(this.#retry);
    // No timer for the first of all: it would only cost a turn.
    if (waitMs <= 0) return this.#start();
    this.#retry = setTimeout(() => {
      // Else being seen again will start it.
      if (this.#isSeen()) this.#start();
    }, waitMs);
  }

  #start(): void {
    this.#stop();
    const obstacle = browserObstacle();
    if (obstacle !== undefined) return this.#say(obstacle);
    // A known trouble stays on show until something better can be said.
    if (!this.#face.retry) this.#say(CONNECTING);
    this.#startedMs = performance.now();
    this.#firstPictureMs = undefined;
    this.#viewer = new Viewer(this.#url(), {
      unavailable: (refusal) => this.#say(faceOfRefusal(refusal, stateWords())),
      track: (track) => this.#show(track),
      ended: (cause) => void this.#ended(cause),
    });
  }

  #url(): URL {
    const path = pathOf(this.getAttribute("camera") ?? "");
    const url = new URL(`${path}janus`, document.baseURI);
    url.protocol = url.protocol.replace("http", "ws");
    return url;
  }

  /** Ends the attempt and every wait; the last picture stays. */
  #stop(): void {
    this.#stopCount++;
    clearTimeout(this.#retry);
    clearInterval(this.#sampling);
    if (this.#viewer === undefined) return;
    this.#view?.freeze();
    this.#viewer.close();
    this.#viewer = undefined;
    if (this.#view) this.#view.video.srcObject = null;
  }

  #show(track: MediaStreamTrack): void {
    const video = this.#view?.video;
    if (video === undefined) return;
    video.srcObject = new MediaStream([track]);
    video.play().catch((error: unknown) => {
      if (!(error instanceof DOMException)) return;
      // Others only say that a newer stream has taken this one's place.
      if (error.name !== "NotAllowedError") return;
      this.#viewer?.pictureShown();
      this.#say(TAP);
    });
  }

  #live(): void {
    const viewer = this.#viewer;
    if (viewer === undefined) return;
    viewer.pictureShown();
    this.#view?.thaw();
    this.#liveMs = performance.now();
    this.#firstPictureMs = this.#liveMs - this.#startedMs;
    this.#watchdog = new Watchdog();
    this.#stats = [undefined, undefined];
    clearInterval(this.#sampling);
    this.#sampling = setInterval(() => void this.#sample(viewer), SAMPLE_MS);
    this.#say(LIVE);
  }

  async #sample(viewer: Viewer): Promise<void> {
    const report = await viewer.stats().catch(() => undefined);
    if (report === undefined || viewer !== this.#viewer) return;
    const nowMs = performance.now();
    if (nowMs - this.#liveMs > RETRY_RESET_MS) this.#backoff.reset();
    const stats = readStats(report, nowMs);
    this.#stats = [stats, this.#stats[0]];
    this.dispatchEvent(new Event("nalgate-stats"));
    switch (this.#watchdog.judge(stats)) {
      case "flowing":
        return this.#say(LIVE);
      case "stalled":
        return this.#say(STALLED);
      case "ask_key_frame":
        return viewer.requestKeyFrame();
      case "reconnect":
        return void this.#ended({ kind: "lost" });
    }
  }

  async #ended(cause: EndCause): Promise<void> {
    this.#stop();
    const stopCount = this.#stopCount;
    // A refused WebSocket hides why; the API tells.
    const face = cause.kind === "closed" && !cause.wasOpen
      ? await diagnose(this.getAttribute("camera") ?? "")
      : faceOfEnd(cause, stateWords());
    if (stopCount !== this.#stopCount) return;
    this.#say(face);
    if (face.retry) this.#schedule(this.#backoff.nextMs());
  }

  #say(face: Face): void {
    const hasChanged = face.title !== this.#face.title ||
      face.phase !== this.#face.phase || face.detail !== this.#face.detail;
    if (!hasChanged && this.dataset.phase === face.phase) return;
    this.#face = face;
    this.dataset.phase = face.phase;
    this.#view?.say(face, this.#wayOut(face.phase));
    this.dispatchEvent(new Event("nalgate-state"));
  }

  /** A link that helps, unless all of the player is one. */
  #wayOut(phase: Phase): HTMLAnchorElement | undefined {
    if (this.closest("a") !== null) return undefined;
    const base = document.baseURI;
    if (phase === "signed-out") {
      return link("Sign in", signInPath(location.href, base));
    }
    const isElsewhere = phase === "missing" || phase === "forbidden";
    return isElsewhere ? link("All cameras", "./") : undefined;
  }
}

function link(text: string, href: string): HTMLAnchorElement {
  const made = element("a", "primary", text);
  made.href = href;
  return made;
}

function isUnderWay(phase: Phase): boolean {
  return phase === "live" || phase === "connecting" || phase === "tap";
}

customElements.define("nalgate-player", PlayerElement);
