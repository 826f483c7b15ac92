/** The page at `/login`. */

import { html } from "hono/html";
import {
  type FormModel,
  type Html,
  htmlDocument,
  needsScript,
  plainHttpNotice,
} from "./document.ts";
import { MODULES } from "./modules.ts";

/** What the page shows. */
export interface LoginModel extends FormModel {
  /** Where to go afterwards, relative to the base. */
  readonly next: string;
  /** Identity providers to sign in with. */
  readonly providers: readonly SignInProvider[];
  /** What went wrong before, if anything did. */
  readonly problem: string | undefined;
}

/** An identity provider as its button names it. */
export interface SignInProvider {
  readonly name: string;
  readonly title: string;
}

/** The page that signs a user in; a link's `#code=…` does it at once. */
export function loginPage(model: LoginModel): Html {
  const { base, isReadable, next, providers, problem } = model;
  return htmlDocument({
    base,
    title: "Sign in – nalgate",
    kind: "form",
    modules: MODULES.login,
    body: html`<main class="card">
<img src="assets/icon.svg" alt="" width="56" height="56">
<h1>Sign in</h1>
${needsScript()}
${isReadable ? plainHttpNotice() : ""}
<p class="notice" id="notice" role="alert" ${
      problem === undefined ? "hidden" : ""
    }>${problem ?? ""}</p>
${providerLinks(providers, next)}
<form id="form" method="post" novalidate>
<label for="user">Name</label>
<input id="user" name="user" autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<div id="totp-field" hidden>
<label for="totp">Code</label>
<input id="totp" name="totp" inputmode="numeric" autocomplete="one-time-code" maxlength="16">
</div>
<button type="submit" class="primary">Sign in</button>
</form>
</main>`,
  });
}

function providerLinks(providers: readonly SignInProvider[], next: string) {
  if (providers.length === 0) return "";
  const query = next === "" ? "" : `?next=${encodeURIComponent(next)}`;
  return html`<nav class="providers" aria-label="Other ways to sign in">
${
    providers.map(({ name, title }) =>
      html`
        <a class="button"
          href="login/oidc/${name}${query}">Sign in with <bdi>${title}</bdi></a>
      `
    )
  }
</nav>
<p class="or">or</p>`;
}
