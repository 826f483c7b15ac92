/**
 * The keys of `nalgate.yaml`: one row each, with what it takes, its default
 * and what it is for. README.md's table is checked against this one.
 *
 * @module
 */

import { z } from "zod";
import { ADDRESS, NETWORK, PATH, url, word } from "./scalar.ts";
import {
  BASIC_AUTH,
  FRAME_ANCESTORS,
  IDENTITY_PROVIDERS,
  LIMITS,
  PROXY_AUTH,
  ROLES,
} from "./schema_access.ts";
import {
  CAMERAS,
  DEVICES,
  ENGINE,
  ICE_SERVERS,
  UPSTREAMS,
} from "./schema_media.ts";

/** The whole file. */
export const SCHEMA = z.strictObject({
  listen: ADDRESS.meta({ doc: "where browsers or the reverse proxy connect" })
    .prefault("127.0.0.1:8080"),
  public_url: url(["http", "https"]).meta({
    doc: "the address in the browser's address bar",
    byDefault: "listen",
  }).optional(),
  state: PATH.meta({
    doc: "folder for users, sessions and keys",
    byDefault: "~/.local/state/nalgate",
  }).optional(),
  log: z.strictObject({
    level: word("debug", "info", "warn", "error")
      .meta({ doc: "the least severity to log" }).prefault("info"),
  }).prefault({}),
  metrics: z.strictObject({
    listen: ADDRESS.meta({
      doc: "serve `/metrics` here",
      byDefault: "nowhere",
    }).optional(),
  }).prefault({}),
  trusted_proxies: z.array(
    NETWORK.meta({ doc: "peers whose X-Forwarded-… headers are believed" }),
  ).prefault([]),
  cameras: CAMERAS,
  upstreams: UPSTREAMS,
  devices: DEVICES,
  engine: ENGINE,
  ice_servers: ICE_SERVERS,
  roles: ROLES,
  identity_providers: IDENTITY_PROVIDERS,
  proxy_auth: PROXY_AUTH,
  basic_auth: BASIC_AUTH,
  frame_ancestors: FRAME_ANCESTORS,
  limits: LIMITS,
});

/** What the schema makes of a file. */
export type ConfigFile = z.output<typeof SCHEMA>;
