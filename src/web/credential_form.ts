/// <reference no-default-lib="true" />
/// <reference lib="esnext" />
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** What the sign-in and the setup form have in common. */

import { ApiError, post } from "./api.ts";
import { byId } from "./element.ts";
import { nextUrl } from "./next_path.ts";

/** The page's one form. */
export class CredentialForm {
  readonly #form = byId("form", HTMLFormElement);
  readonly #notice = byId("notice", HTMLElement);

  readonly #refused: (code: string) => void;

  /**
   * @param submit what to send where, or a text that says what is missing
   * @param refused told the error's name, after the person has been told
   */
  constructor(
    submit: (fields: FormData) => [path: string, body: object] | string,
    refused: (code: string) => void = () => {},
  ) {
    this.#refused = refused;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      const request = submit(new FormData(this.#form));
      if (typeof request === "string") return this.say(request);
      void this.send(...request);
    });
  }

  say(text: string): void {
    this.#notice.textContent = text;
    this.#notice.hidden = text === "";
  }

  hide(): void {
    this.#form.hidden = true;
  }

  /** Sends it once at a time, and goes on where the user wanted to. */
  async send(path: string, body: object): Promise<void> {
    const button = this.#form.querySelector("button");
    if (button) button.disabled = true;
    this.say("");
    try {
      await post(path, body);
      location.replace(nextUrl(location.search, document.baseURI));
    } catch (error) {
      this.say(explain(error));
      if (button) button.disabled = false;
      if (error instanceof ApiError) this.#refused(error.code);
    }
  }
}

/** What to tell a person about a request that failed. */
export function explain(error: unknown): string {
  if (!(error instanceof ApiError)) {
    return "The server cannot be reached. Please try again.";
  }
  if (error.status === 429) {
    const waitS = error.retryAfterS;
    return waitS > 0
      ? `Too many attempts. Please wait ${duration(waitS)}.`
      : "Too many attempts. Please wait a while.";
  }
  return error.message || "That did not work. Please try again.";
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} seconds`;
  return `${Math.ceil(seconds / 60)} minutes`;
}

/**
 * The one-time code of the address, which leaves the address bar and the
 * history at once.
 */
export function takeCode(): string | undefined {
  const code = new URLSearchParams(location.hash.slice(1)).get("code");
  if (code === null) return undefined;
  history.replaceState(null, "", location.pathname + location.search);
  return code;
}
