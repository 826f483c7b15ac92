/** The panel of `/cameras/<camera>/` where a camera is shared by links. */

import { html } from "hono/html";
import type { Html } from "./document.ts";

/** What the panel can give; the page says how long in words. */
const TIMES = [
  ["1h", "1 hour"],
  ["2h", "2 hours"],
  ["8h", "8 hours"],
  ["1d", "1 day"],
  ["7d", "7 days"],
] as const;

/** The button that opens the panel. */
export function shareToggle(): Html {
  return html`
    <button type="button" id="share-toggle" aria-expanded="false"
      aria-controls="share" aria-label="Share"
      title="Share"><span class="glyph share-out"></span></button>
  `;
}

/** The panel for the camera of this key. */
export function sharePanel(key: string): Html {
  const options = TIMES.map(([value, text]) =>
    html`<option value="${value}" ${
      value === "2h" ? "selected" : ""
    }>${text}</option>`
  );
  return html`
    <section class="share" id="share" aria-labelledby="share-title"
      data-camera="${key}" hidden>
      <header>
        <h2 id="share-title">Share this camera</h2>
        <button type="button" id="share-close"
          aria-label="Close"><span class="glyph close"></span></button>
      </header>
      <p class="soft">Whoever has the link can watch, and nothing else.</p>
      <form id="share-form">
        <label for="share-ttl">Works for</label>
        <select id="share-ttl" name="ttl">${options}</select>
        <label for="share-note">For whom (optional)</label>
        <input id="share-note" name="note" maxlength="100" autocomplete="off">
        <button type="submit" class="primary">Create link</button>
      </form>
      <div id="share-made" hidden>
        <label for="share-link">New link, shown only now</label>
        <div class="with-button">
          <input id="share-link" readonly>
          <button type="button" id="share-copy">Copy</button>
        </div>
      </div>
      <p id="share-words" role="status"></p>
      <h3 id="share-list-title" hidden>Links that work now</h3>
      <ul id="share-list" aria-labelledby="share-list-title"></ul>
    </section>
  `;
}
