/// <reference no-default-lib="true" />
/// <reference lib="esnext" />
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** The script of `/login`. */

import { CredentialForm, takeCode } from "./credential_form.ts";

const form = new CredentialForm((fields) => {
  const user = String(fields.get("user")).trim();
  const password = String(fields.get("password"));
  if (user === "" || password === "") return "Name and password, please.";
  return ["api/login", { user, password }];
});

const code = takeCode();
if (code !== undefined) void form.send("api/login", { code });
