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

/** The page that signs a user in; a link's `#code=…` does it at once. */
export function loginPage({ base, isReadable }: FormModel): Html {
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
<p class="notice" id="notice" role="alert" hidden></p>
<form id="form" method="post" novalidate>
<label for="user">Name</label>
<input id="user" name="user" autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button type="submit" class="primary">Sign in</button>
</form>
</main>`,
  });
}
