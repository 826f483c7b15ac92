/// <reference no-default-lib="true" />
/// <reference lib="esnext" />
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** The script of `/share`: a link's secret becomes a session. */

import { ApiError, post } from "./api.ts";
import { explain, takeCode } from "./credential_form.ts";
import { byId } from "./element.ts";

const words = byId("words", HTMLElement);
const again = byId("again", HTMLButtonElement);
const code = takeCode();
/** Whether the person has been told what opening it ends. */
let isWarned = false;

async function open(): Promise<void> {
  again.disabled = true;
  try {
    const { path } = await post("api/shares/open", {
      code,
      replace: isWarned,
    }) as {
      path: string;
    };
    location.replace(new URL(path, document.baseURI));
  } catch (error) {
    words.textContent = explain(error);
    isWarned = error instanceof ApiError &&
      error.code === "signed_in_otherwise";
    // A link that has ended is not asked for again.
    again.hidden = error instanceof ApiError && error.status === 401;
    again.disabled = false;
  }
}

again.addEventListener("click", () => void open());
if (code === undefined) words.textContent = "Please open the link again.";
else void open();
