/**
 * The keys of who may come in and see what.
 *
 * @module
 */

import { z } from "zod";
import {
  CAMERA_GLOB,
  DOCUMENT_URL,
  HEADER_NAME,
  integer,
  line,
  matching,
  NETWORK,
  ORIGIN,
  PATH,
  size,
  word,
} from "./scalar.ts";
import { NAME } from "./schema_media.ts";

const ROLE = matching(/^[a-z0-9][a-z0-9_-]{0,62}$/, "a key of roles");

/** Names for sets of grants. */
export const ROLES = z.record(
  NAME,
  z.strictObject({
    view: z.array(CAMERA_GLOB.meta({ doc: "cameras it may view" }))
      .prefault([]),
    admin: z.array(CAMERA_GLOB.meta({ doc: "cameras it may administer too" }))
      .prefault([]),
  }),
).prefault({});

const provider = z.strictObject({
  title: line("1–100 printable characters", 100).meta({
    doc: "what the sign-in button says",
    byDefault: "its name",
  }).optional(),
  issuer: DOCUMENT_URL.meta({ doc: "its issuer, as in its tokens' `iss`" }),
  audience: line("1–256 characters").meta({
    doc: "accept its bearer tokens with this `aud`",
    byDefault: "no bearer tokens",
  }).optional(),
  jwks_url: DOCUMENT_URL.meta({
    doc: "where its keys are",
    byDefault: "as its discovery document says",
  }).optional(),
  client_id: line("1–256 characters").meta({
    doc: "sign in with it in the browser, as this client",
    byDefault: "no sign-in",
  }).optional(),
  client_secret_file: PATH.meta({ doc: "file with that client's secret" })
    .optional(),
  scopes: z.array(
    matching(/^[!#-[\]-~]{1,64}$/, "a scope").meta({
      doc: "asked for beside openid",
    }),
  ).prefault([]),
  hosts: z.array(
    matching(/^[\w.-]+(:\d{1,5})?$|^\[[\da-f:]+\](:\d{1,5})?$/i, "a host")
      .meta({ doc: "further hosts that its discovery document names" }),
  ).prefault([]),
  user_claim: line("a claim").meta({ doc: "the claim that names the user" })
    .prefault("sub"),
  roles: z.array(z.strictObject({
    claim: line("a claim").meta({ doc: "whoever has this claim…" }),
    value: line("1–256 characters").meta({
      doc: "…with this value, or a list that holds it…",
    }),
    role: ROLE.meta({ doc: "…has this role" }),
  })).prefault([]),
});

/** Identity providers that speak OpenID Connect. */
export const IDENTITY_PROVIDERS = z.record(NAME, provider).prefault({});

/** A proxy that has signed users in already. */
export const PROXY_AUTH = z.strictObject({
  peers: z.array(NETWORK.meta({
    doc: "proxies whose identity headers are believed",
  })).prefault([]),
  secret_file: PATH.meta({
    doc: "file with the secret that they must send along",
  }).optional(),
  secret_header: HEADER_NAME.meta({ doc: "the header with that secret" })
    .prefault("nalgate-proxy-secret"),
  user_header: HEADER_NAME.meta({ doc: "the header with the user's name" })
    .prefault("remote-user"),
  groups_header: HEADER_NAME.meta({
    doc: "the header with their groups, separated by commas",
  }).prefault("remote-groups"),
  roles: z.array(z.strictObject({
    group: line("1–256 characters").meta({
      doc: "whoever is in this group (*: everybody)…",
    }),
    role: ROLE.meta({ doc: "…has this role" }),
  })).prefault([]),
}).prefault({});

/** `Authorization: Basic`. */
export const BASIC_AUTH = word("on", "off").meta({
  doc: "whether programs may send name and password with each request",
}).prefault("off");

/** Pages that may show ours in a frame. */
export const FRAME_ANCESTORS = z.array(
  ORIGIN.meta({ doc: "pages that may show a camera in a frame" }),
).prefault([]);

/** How much one nalgate takes upon itself. */
export const LIMITS = z.strictObject({
  viewers: integer(1, 20_000, "a number")
    .meta({ doc: "viewers at once" }).prefault("1000"),
  viewers_per_user: integer(1, 20_000, "a number")
    .meta({ doc: "viewers of one user" }).prefault("32"),
  viewers_per_address: integer(1, 20_000, "a number")
    .meta({ doc: "viewers from one address" }).prefault("64"),
  memory: size(2 ** 27, 2 ** 36, "a size such as 512MiB, 128MiB–64GiB").meta({
    doc: "memory of the gateway; close to it nobody new is let in",
  }).prefault("1GiB"),
}).prefault({});
