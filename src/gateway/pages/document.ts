/**
 * The HTML document around every page.
 *
 * Pages are pure functions from a small model to HTML. `hono/html` escapes
 * what is put in. Nothing is inline that a browser would run or style by, so
 * `default-src 'self'` is all the policy they need.
 *
 * @module
 */

import { html, raw } from "hono/html";

/** What a page function returns; Hono's `context.html()` takes it. */
export type Html = ReturnType<typeof html>;

/** What every page needs to know. */
export interface PageModel {
  /** The path that nalgate lives under, with a slash at either end. */
  readonly base: string;
}

/** What a page that asks for a password needs to know. */
export interface FormModel extends PageModel {
  /** The password would travel unencrypted over a network. */
  readonly isReadable: boolean;
}

/** What the document is made of. */
export interface DocumentParts extends PageModel {
  readonly title: string;
  /** Class of `<body>`. */
  readonly kind: "cameras" | "camera" | "form" | "message";
  readonly body: Html;
  /** Links open in a tab of their own. */
  readonly linksOpenApart?: boolean;
  /**
   * The page's own script and the modules it imports, first the script. The
   * browser is told of all at once, so that imports cost no round trips.
   */
  readonly modules?: readonly string[];
}

/** A complete document. */
export function htmlDocument(parts: DocumentParts): Html {
  const { base, title, kind, body, modules = [] } = parts;
  const target = parts.linksOpenApart ? raw(' target="_blank"') : "";
  const preloads = modules.slice(1).map((module) =>
    html`
      <link rel="modulepreload" href="assets/${module}">
    `
  );
  const script = modules.slice(0, 1).map((module) =>
    html`<script type="module" src="assets/${module}"></script>`
  );
  return html`
    <!DOCTYPE html>
    <html lang="en">
      <head>
    <meta charset="utf-8">
    <base href="${base}"${target}>
    <title>${title}</title>
    <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
    <meta name="color-scheme" content="light dark">
    <link rel="icon" type="image/svg+xml" href="assets/icon.svg">
    <link rel="stylesheet" href="assets/app.css">
    ${preloads}${script}
      </head>
      <body class="${kind}">
    ${body}
      </body>
    </html>
  `;
}

/** Data for the page's script: a block that browsers do not run. */
export function dataBlock(id: string, data: unknown): Html {
  // Only `<` could end the block early; JSON can spell it otherwise.
  const json = JSON.stringify(data).replaceAll("<", "\\u003c");
  return html`<script type="application/json" id="${id}">${raw(json)}</script>`;
}

/** The name at the top of a page, leading home. */
export function brand(): Html {
  return html`
    <a class="brand"
      href="./"><img src="assets/icon.svg" alt="" width="28" height="28">nalgate</a>
  `;
}

/** What is said where scripts are off. */
export function needsScript(): Html {
  return html`<noscript><p class="notice">This page needs JavaScript: the pictures travel by WebRTC.</p></noscript>`;
}

/** Who types a password should know who else may read it. */
export function plainHttpNotice(): Html {
  return html`
    <p class="notice"
      id="plain-http">This connection is not encrypted: others on the network can read a password typed here. Ask for an https:// address.</p>
  `;
}
