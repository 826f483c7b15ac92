/// <reference no-default-lib="true" />
/// <reference lib="esnext" />
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** The panel where a camera is shared by links. */

import { api, post } from "./api.ts";
import { explain } from "./credential_form.ts";
import { byId, element } from "./element.ts";

/** A link as the API lists it. */
interface Share {
  readonly id: string;
  readonly camera: string;
  readonly note?: string;
  readonly by: string;
  readonly expiresAt: number;
}

/** Creates, lists and revokes links of one camera. */
export class SharePanel {
  readonly #panel = byId("share", HTMLElement);
  readonly #toggle = byId("share-toggle", HTMLButtonElement);
  readonly #form = byId("share-form", HTMLFormElement);
  readonly #made = byId("share-made", HTMLElement);
  readonly #link = byId("share-link", HTMLInputElement);
  readonly #copy = byId("share-copy", HTMLButtonElement);
  readonly #words = byId("share-words", HTMLElement);
  readonly #title = byId("share-list-title", HTMLElement);
  readonly #list = byId("share-list", HTMLElement);
  readonly #camera = this.#panel.dataset.camera ?? "";

  constructor() {
    this.#toggle.addEventListener("click", () => this.toggle());
    byId("share-close", HTMLButtonElement)
      .addEventListener("click", () => this.toggle());
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#create(new FormData(this.#form));
    });
    this.#copy.addEventListener("click", () => void this.#copyLink());
  }

  get isOpen(): boolean {
    return !this.#panel.hidden;
  }

  /** Opens it, or closes it and gives the focus back. */
  toggle(): void {
    this.#panel.hidden = this.isOpen;
    this.#toggle.ariaExpanded = String(this.isOpen);
    this.#made.hidden = true;
    this.#link.value = "";
    this.#say("");
    if (!this.isOpen) return this.#toggle.focus();
    this.#form.querySelector("select")?.focus();
    void this.#refresh();
  }

  #say(text: string): void {
    this.#words.textContent = text;
  }

  async #create(fields: FormData): Promise<void> {
    const ttl = String(fields.get("ttl"));
    const note = String(fields.get("note")).trim();
    await this.#try(async () => {
      const made = await post("api/shares", {
        camera: this.#camera,
        ttl,
        ...note === "" ? {} : { note },
      }) as { link: string };
      this.#form.reset();
      this.#link.value = made.link;
      this.#made.hidden = false;
      this.#copy.textContent = "Copy";
      this.#copy.focus();
      this.#say("Link created.");
    });
    await this.#refresh();
  }

  async #copyLink(): Promise<void> {
    // The clipboard is for secure contexts; on plain HTTP a selection is left.
    const isCopied = await navigator.clipboard?.writeText(this.#link.value)
      .then(() => true, () => false);
    if (!isCopied) this.#link.select();
    this.#copy.textContent = isCopied ? "Copied" : "Selected";
  }

  async #revoke({ id }: Share): Promise<void> {
    await this.#try(async () => {
      await api(`api/shares/${id}`, { method: "DELETE" });
      this.#made.hidden = true;
      this.#say("Link revoked. Whoever watched by it sees nothing any more.");
    });
    await this.#refresh();
    // The button is gone with its link.
    this.#form.querySelector("select")?.focus();
  }

  async #refresh(): Promise<void> {
    await this.#try(async () => {
      const { shares } = await api("api/shares", { method: "GET" }) as {
        shares: readonly Share[];
      };
      const own = shares.filter(({ camera }) => camera === this.#camera);
      this.#title.hidden = own.length === 0;
      this.#list.replaceChildren(...own.map((share) => this.#row(share)));
    });
  }

  #row(share: Share): HTMLElement {
    const name = share.note ?? `by ${share.by}`;
    const until = new Date(share.expiresAt).toLocaleString([], {
      dateStyle: "medium",
      timeStyle: "short",
    });
    const button = element("button", "", "Revoke");
    button.type = "button";
    button.ariaLabel = `Revoke the link ${name}`;
    button.addEventListener("click", () => {
      button.disabled = true;
      void this.#revoke(share);
    });
    return element(
      "li",
      "",
      element("span", "", element("bdi", "", name)),
      element("small", "soft", `until ${until}`),
      button,
    );
  }

  async #try(run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      this.#say(explain(error));
    }
  }
}
