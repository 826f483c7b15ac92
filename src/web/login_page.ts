/// <reference no-default-lib="true" />
/// <reference lib="esnext" />
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** The script of `/login`. */

import { CredentialForm, takeCode } from "./credential_form.ts";
import { byId } from "./element.ts";

const totpField = byId("totp-field", HTMLElement);
const totpInput = byId("totp", HTMLInputElement);

const form = new CredentialForm((fields) => {
  const user = String(fields.get("user")).trim();
  const password = String(fields.get("password"));
  if (user === "" || password === "") return "Name and password, please.";
  const totp = String(fields.get("totp")).trim();
  if (totpField.hidden) return ["api/login", { user, password }];
  return ["api/login", { user, password, totp }];
}, (code) => {
  if (code !== "totp_needed" && code !== "totp_refused") return;
  totpField.hidden = false;
  totpInput.value = "";
  totpInput.focus();
});

const code = takeCode();
if (code !== undefined) void form.send("api/login", { code });
