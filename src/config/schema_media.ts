/**
 * The keys of what is seen and how it travels: cameras, media servers, the
 * way through networks.
 *
 * @module
 */

import { z } from "zod";
import {
  PACKET_SIZE_CONFIGURED_MAX,
  PACKET_SIZE_CONFIGURED_MIN,
  TITLE_LENGTH_MAX,
  TURN_TTL_DEFAULT,
  TURN_TTL_MAX_MS,
  TURN_TTL_MIN_MS,
} from "../limits.ts";
import { isName } from "./config.ts";
import {
  CAMERA_GLOB,
  duration,
  integer,
  IP,
  line,
  matching,
  NETWORK,
  PATH,
  PORTS,
  scalar,
  url,
} from "./scalar.ts";

/** The name of a camera, a device or the like. */
export const NAME = z.string().refine(isName, {
  error: "expected a name of a–z, 0–9, _ and -",
});

const SINK = scalar(
  "a shared memory name such as demo::ustreamer::h264",
  // shm_overview(7): one path component of at most 255 bytes.
  (text) => /^(?!\.{1,2}$)[!-.0-~]{1,250}$/.test(text) ? text : undefined,
).meta({ doc: "µStreamer's `--h264-sink`" });

const TITLE = line(
  `1–${TITLE_LENGTH_MAX} printable characters`,
  TITLE_LENGTH_MAX,
);

const PLUGIN = matching(/^[\w.-]{1,100}$/, "a Janus plugin name").meta({
  doc: "the plugin to attach to there",
  byDefault: "janus.plugin.ustreamer",
});

const PLUGIN_CAMERA = matching(
  /^[\w.:-]{1,64}$/,
  "an id of letters, digits and _ . : -",
).meta({
  doc: "the camera's `id` in that plugin",
  byDefault: "its first camera",
});

const CAMERA_TITLE = TITLE
  .meta({ doc: "what the page calls it", byDefault: "its name" });

const camera = z.strictObject({
  title: CAMERA_TITLE.optional(),
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
  plugin: PLUGIN.optional(),
  id: PLUGIN_CAMERA.optional(),
});

/** The cameras of this device. */
export const CAMERAS = z.record(NAME, camera).prefault({});

const JANUS_URL = url(["ws", "wss"]).meta({ doc: "a Janus API WebSocket" });
const API_SECRET_FILE = PATH.meta({ doc: "file with Janus's `api_secret`" });

/** A Janus that runs already. */
const JANUS = z.strictObject({
  url: JANUS_URL,
  api_secret_file: API_SECRET_FILE.optional(),
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

/** The media servers beside the engine. */
export const UPSTREAMS = z.record(
  NAME.refine((name) => name !== "engine", {
    error: "expected another name: engine is the built-in one",
  }),
  upstream,
).prefault({});

const deviceCamera = z.strictObject({
  title: CAMERA_TITLE.optional(),
  plugin: PLUGIN.optional(),
  id: PLUGIN_CAMERA.optional(),
});

const device = z.strictObject({
  title: TITLE.meta({ doc: "what the page calls it", byDefault: "its name" })
    .optional(),
  url: url(["http", "https"]).meta({ doc: "the nalgate of that device" })
    .optional(),
  token_file: PATH.meta({
    doc: "file with a token that this nalgate was given there",
  }).optional(),
  janus: JANUS.optional(),
  cameras: z.record(NAME, deviceCamera).prefault({}),
});

/** Other devices, each a nalgate or a bare Janus. */
export const DEVICES = z.record(NAME, device).prefault({});

const ICE_URL = matching(
  /^(stuns?:[^\s?]+|turns?:[^\s?]+(\?transport=(udp|tcp))?)$/,
  "a stun: or turn: URI",
).meta({ doc: "a STUN or TURN server" });

const ICE_USER = matching(/^[^\p{C}]{1,256}$/u, "a user name")
  .meta({ doc: "its user" });

const ICE_CREDENTIAL_FILE = PATH
  .meta({ doc: "file with that user's password" });

/** What browsers use to find a route. */
export const ICE_SERVERS = z.array(z.strictObject({
  url: ICE_URL,
  username: ICE_USER.optional(),
  credential_file: ICE_CREDENTIAL_FILE.optional(),
  secret_file: PATH.meta({
    doc: "file with coturn's `static-auth-secret`: each viewer gets " +
      "credentials of their own",
  }).optional(),
  ttl: duration(
    TURN_TTL_MIN_MS,
    TURN_TTL_MAX_MS,
    "a time such as 10m or 1h, 1m–24h",
  ).meta({ doc: "how long those are good for" }).prefault(TURN_TTL_DEFAULT),
  cameras: z.array(CAMERA_GLOB.meta({
    doc: "for these cameras only; none: for all",
  })).prefault([]),
  networks: z.array(NETWORK.meta({
    doc: "for browsers in these networks only; none: for all",
  })).prefault([]),
})).prefault([]);

/** The built-in engine. */
export const ENGINE = z.strictObject({
  udp_port: integer(1, 65535, "a port").meta({
    doc: "one UDP port for all viewers' media",
    byDefault: "a random one each",
  }).optional(),
  addresses: z.array(
    IP.meta({ doc: "addresses to offer to viewers; none: all" }),
  ).prefault([]),
  ice_servers: z.array(z.strictObject({
    url: ICE_URL.meta({ doc: "a STUN or TURN server for the engine itself" }),
    username: ICE_USER.optional(),
    credential_file: ICE_CREDENTIAL_FILE.optional(),
  })).prefault([]),
}).prefault({});
