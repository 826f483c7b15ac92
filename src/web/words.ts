/// <reference no-default-lib="true" />
/// <reference lib="esnext" />
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** Data blocks that the server put into the page. */

import type { StateWords } from "./face.ts";

/** The data of a block. */
export function pageData(id: string): unknown {
  const text = document.getElementById(id)?.textContent;
  return text ? JSON.parse(text) : undefined;
}

/** Titles and remedies of camera states, as the server words them. */
export function stateWords(): StateWords {
  const words = pageData("camera-states");
  return typeof words === "object" && words !== null ? words as StateWords : {};
}
