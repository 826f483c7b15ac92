/// <reference no-default-lib="true" />
/// <reference lib="esnext" />
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** The script of `/setup`. */

import { CredentialForm, takeCode } from "./credential_form.ts";

const code = takeCode();

const form = new CredentialForm((fields) => {
  const user = String(fields.get("user")).trim();
  const password = String(fields.get("password"));
  if (user === "" || password === "") return "Name and password, please.";
  if (password !== fields.get("repeat")) return "The passwords differ.";
  return ["api/setup", { code, user, password }];
});

if (code === undefined) {
  form.hide();
  form.say("Please open the link that nalgate printed when it started.");
}
