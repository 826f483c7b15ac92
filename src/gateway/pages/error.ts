/** The page that says why there is no page. */

import { html } from "hono/html";
import { brand, type Html, htmlDocument, type PageModel } from "./document.ts";

/** What the page says. */
export interface ErrorModel extends PageModel {
  readonly status: number;
  /** The public text of the error (`ERRORS`). */
  readonly text: string;
}

const TITLES: Readonly<Record<number, string>> = {
  403: "Not allowed",
  404: "Not found",
  429: "Too many requests",
};

/** The page of a refused request. */
export function errorPage({ base, status, text }: ErrorModel): Html {
  const title = TITLES[status] ??
    (status < 500 ? "That did not work" : "Something went wrong");
  return htmlDocument({
    base,
    title: `${title} – nalgate`,
    kind: "message",
    body: html`
      <header class="bar">
      ${brand()}
      </header>
      <main class="card">
        <p class="status-number">${status}</p>
        <h1>${title}</h1>
        <p>${text}</p>
        <p><a class="primary" href="./">All cameras</a></p>
      </main>
    `,
  });
}
