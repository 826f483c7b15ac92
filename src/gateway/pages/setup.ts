/** The page at `/setup`: makes the first user. */

import { html } from "hono/html";
import {
  type FormModel,
  type Html,
  htmlDocument,
  needsScript,
  plainHttpNotice,
} from "./document.ts";
import { MODULES } from "./modules.ts";

/** The page that the first start's one-time link leads to. */
export function setupPage({ base, isReadable }: FormModel): Html {
  return htmlDocument({
    base,
    title: "Set up – nalgate",
    kind: "form",
    modules: MODULES.setup,
    body: html`<main class="card">
<img src="assets/icon.svg" alt="" width="56" height="56">
<h1>Welcome</h1>
${needsScript()}
${isReadable ? plainHttpNotice() : ""}
<p class="notice" id="notice" role="alert" hidden></p>
<form id="form" method="post" novalidate>
<p>Choose a name and a password for the first user, who may see every camera.</p>
<label for="user">Name</label>
<input id="user" name="user" autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="new-password" required>
<label for="repeat">Password again</label>
<input id="repeat" name="repeat" type="password" autocomplete="new-password" required>
<button type="submit" class="primary">Create user</button>
</form>
</main>`,
  });
}
