/// <reference no-default-lib="true" />
/// <reference lib="esnext" />
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** One device's heading, and the tiles of its cameras. */

import type { ListedCamera, ListedDevice } from "./api.ts";
import { CameraTiles } from "./camera_tiles.ts";
import { element } from "./element.ts";
import { stateWords } from "./words.ts";

const NONE_THERE =
  "None is configured there, or the token that it gave us covers none.";

/** What a device's state comes to, in words. */
interface Words {
  readonly phase: "live" | "connecting" | "offline";
  readonly title: string;
  readonly detail: string;
}

/**
 * A device that is away keeps the tiles of its cameras, each with its last
 * picture: the page stays as it was, and they go on in place. One whose
 * cameras nobody knows is a tile itself.
 */
export class DeviceGroup {
  readonly section: HTMLElement;
  readonly #title = element("bdi");
  readonly #badge = element("span", "badge");
  readonly #grid = element("div", "tiles");
  readonly #tiles = new CameraTiles(this.#grid);
  readonly #tile = new DeviceTile();

  constructor() {
    const heading = element("h2", "", this.#title);
    const header = element("header", "group", heading, this.#badge);
    this.section = element("section", "", header, this.#grid);
    this.#badge.setAttribute("role", "status");
  }

  show(device: ListedDevice, cameras: readonly ListedCamera[]): void {
    const words = wordsOf(device);
    setText(this.#title, device.title);
    const isWell = words.phase === "live";
    const isAlone = cameras.length === 0;
    this.section.dataset.columns = String(Math.max(1, cameras.length));
    // The tile alone says it, and better.
    this.#badge.hidden = isWell || isAlone;
    this.#badge.dataset.phase = words.phase;
    setText(this.#badge, isWell ? "" : `${words.title} ${since(device)}`);
    this.#badge.title = words.detail;
    this.#tiles.show(cameras);
    if (isAlone && this.#tile.root.parentElement === null) {
      this.#grid.append(this.#tile.root);
    } else if (!isAlone) this.#tile.root.remove();
    this.#tile.say(words, device);
  }
}

/** A device whose cameras are not known. */
class DeviceTile {
  readonly root: HTMLElement;
  readonly #title = element("strong");
  readonly #detail = element("span", "detail");
  readonly #since = element("span", "title");
  readonly #badge = element("span", "badge");

  constructor() {
    const glyph = element("span", "glyph");
    glyph.ariaHidden = "true";
    const words = element("div", "words", this.#title, this.#detail);
    words.setAttribute("role", "status");
    this.root = element(
      "div",
      "tile device",
      element("div", "screen", element("div", "veil", glyph, words)),
      element("span", "caption", this.#since, this.#badge),
    );
  }

  say({ phase, title, detail }: Words, device: ListedDevice): void {
    this.root.dataset.phase = phase;
    this.#badge.dataset.phase = phase;
    setText(this.#title, title);
    setText(this.#detail, detail);
    setText(this.#since, since(device).replace(/^s/, "S"));
    setText(this.#badge, title);
  }
}

function wordsOf({ state, detail = "" }: ListedDevice): Words {
  if (state === "open") {
    return { phase: "live", title: "No cameras", detail: NONE_THERE };
  }
  const words = stateWords();
  const known = Object.hasOwn(words, state) ? words[state] : undefined;
  const { title, remedy } = known ?? { title: state, remedy: "" };
  const phase = state === "device_connecting" ? "connecting" : "offline";
  return { phase, title, detail: [detail, remedy].join(" ").trim() };
}

/** In the viewer's own time; the day too, unless it is today. */
function since({ state, since }: ListedDevice): string {
  if (state === "open" || state === "device_connecting") return "";
  const date = new Date(since);
  const isToday = date.toDateString() === new Date().toDateString();
  const text = date.toLocaleString([], {
    ...isToday ? {} : { dateStyle: "medium" },
    timeStyle: "short",
  });
  return `since ${text}`;
}

/** Unchanged text is left alone, so that nothing is read out twice. */
function setText(node: HTMLElement, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}
