/**
 * The keys of `nalgate.yaml`: one row each, with what it takes, its default
 * and what it is for. README.md's table is checked against this one.
 *
 * @module
 */

import { z } from "zod";
import {
  PACKET_SIZE_CONFIGURED_MAX,
  PACKET_SIZE_CONFIGURED_MIN,
  TITLE_LENGTH_MAX,
} from "../limits.ts";
import { isName } from "./config.ts";
import {
  ADDRESS,
  integer,
  IP,
  matching,
  NETWORK,
  PORTS,
  scalar,
  url,
  word,
} from "./scalar.ts";

const SINK = scalar(
  "a shared memory name such as demo::ustreamer::h264",
  // shm_overview(7): one path component of at most 255 bytes.
  (text) => /^(?!\.{1,2}$)[!-.0-~]{1,250}$/.test(text) ? text : undefined,
).meta({ doc: "µStreamer's `--h264-sink`" });

const TITLE = scalar(
  `1–${TITLE_LENGTH_MAX} printable characters`,
  (text) =>
    text.length <= TITLE_LENGTH_MAX && /^[^\p{C}]+$/u.test(text)
      ? text
      : undefined,
).meta({ doc: "what the page calls it", byDefault: "its name" });

const PATH = matching(/^[^\0]+$/, "a path");

const NAME = z.string().refine(isName, {
  error: "expected a name of a–z, 0–9, _ and -",
});

const camera = z.strictObject({
  title: TITLE.optional(),
  sink: SINK.optional(),
  packet_size: integer(
    PACKET_SIZE_CONFIGURED_MIN,
    PACKET_SIZE_CONFIGURED_MAX,
    "a size in bytes",
  ).meta({
    doc: "largest RTP packet, header included; lower it for VPNs",
    byDefault: "1200",
  }).optional(),
  upstream: matching(/^[a-z0-9][a-z0-9_-]{0,62}$/, "a key of upstreams")
    .meta({ doc: "the Janus that serves it, not the built-in engine" })
    .optional(),
  plugin: matching(/^[\w.-]{1,100}$/, "a Janus plugin name").meta({
    doc: "the plugin to attach to there",
    byDefault: "janus.plugin.ustreamer",
  }).optional(),
  id: matching(/^[\w.:-]{1,64}$/, "an id of letters, digits and _ . : -")
    .meta({
      doc: "the camera's `id` in that plugin",
      byDefault: "its first camera",
    }).optional(),
});

/** A Janus that runs already. */
const JANUS = z.strictObject({
  url: url(["ws", "wss"]).meta({ doc: "a Janus API WebSocket" }),
  api_secret_file: PATH.meta({ doc: "file with Janus's `api_secret`" })
    .optional(),
});

const upstream = z.strictObject({
  janus: z.union([
    scalar(
      "spawn, or keys of a Janus that runs",
      (text) => text === "spawn" ? text : undefined,
    ).meta({ doc: "`nalgate serve` runs a Janus of its own" }),
    JANUS,
  ]),
  udp_ports: PORTS.meta({
    doc: "for that Janus's media, one for each viewer; none: any",
  }).optional(),
});

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
  trusted_proxies: z.array(
    NETWORK.meta({ doc: "peers whose X-Forwarded-… headers are believed" }),
  ).prefault([]),
  cameras: z.record(NAME, camera).prefault({}),
  upstreams: z.record(
    NAME.refine((name) => name !== "engine", {
      error: "expected another name: engine is the built-in one",
    }),
    upstream,
  ).prefault({}),
  engine: z.strictObject({
    udp_port: integer(1, 65535, "a port").meta({
      doc: "one UDP port for all viewers' media",
      byDefault: "a random one each",
    }).optional(),
    addresses: z.array(
      IP.meta({ doc: "addresses to offer to viewers; none: all" }),
    ).prefault([]),
    ice_servers: z.array(z.strictObject({
      url: matching(
        /^(stuns?:[^\s?]+|turns?:[^\s?]+(\?transport=(udp|tcp))?)$/,
        "a stun: or turn: URI",
      ).meta({ doc: "a STUN or TURN server" }),
      username: matching(/^[^\p{C}]{1,256}$/u, "a user name")
        .meta({ doc: "its user" }).optional(),
      credential_file: PATH.meta({ doc: "file with that user's password" })
        .optional(),
    })).prefault([]),
  }).prefault({}),
});

/** What the schema makes of a file. */
export type ConfigFile = z.output<typeof SCHEMA>;
