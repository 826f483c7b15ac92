/**
 * The configs folder of a Janus of ours: one transport, on loopback; one
 * plugin; no administration.
 *
 * @module
 */

import { encodeBase64Url } from "@std/encoding";
import { join } from "@std/path";
import type {
  CameraConfig,
  EngineConfig,
  IceServer,
  PortRange,
} from "../config/config.ts";

/** 256 bits that nobody knows. */
export function randomSecret(): string {
  return encodeBase64Url(crypto.getRandomValues(new Uint8Array(32)));
}

/** What a Janus of ours is told. */
export interface JanusSettings {
  readonly folder: string;
  readonly port: number;
  readonly apiSecret: string;
  readonly cameras: readonly CameraConfig[];
  readonly udpPorts: PortRange | undefined;
  readonly engine: EngineConfig;
  /** A credential file's text. */
  readonly readSecret: (file: string) => string;
}

/** Folders of {@linkcode JanusSettings.folder}: Janus loads all in them. */
export const JANUS_FOLDERS = ["plugins", "transports", "loggers"] as const;

type Value = string | number | boolean;
type Section = Readonly<Record<string, Value | undefined>>;

/** The files of the folder, by name. */
export function janusConfigs(settings: JanusSettings): Record<string, string> {
  const { port, cameras } = settings;
  const mounts = cameras.map(({ id = "", sink = "", packetSizeMax }) =>
    `  { id = ${literal(id)}, sink = ${literal(sink)}, ` +
    `packet_size = ${packetSizeMax} }`
  );
  return {
    "janus.jcfg": mainFile(settings),
    "janus.transport.websockets.jcfg": section("general", {
      ws: true,
      "ws_port": port,
      "ws_ip": "127.0.0.1",
      wss: false,
    }) + section("admin", { "admin_ws": false, "admin_wss": false }),
    "janus.plugin.ustreamer.jcfg": `cameras: (\n${mounts.join(",\n")}\n)\n`,
  };
}

function mainFile(settings: JanusSettings): string {
  const { folder, apiSecret, udpPorts, engine } = settings;
  const addresses = engine.addresses.join(",");
  return section("general", {
    "configs_folder": folder,
    "plugins_folder": join(folder, "plugins"),
    "transports_folder": join(folder, "transports"),
    "loggers_folder": join(folder, "loggers"),
    // Its lines on standard output are ours to sort; 4 says when it serves.
    "debug_level": 4,
    "debug_colors": false,
    "api_secret": apiSecret,
    // No transport of ours takes it, but its default is known to everybody.
    "admin_secret": randomSecret(),
  }) + section("media", {
    ipv6: true,
    "rtp_port_range": udpPorts && `${udpPorts.from}-${udpPorts.to}`,
  }) + section("nat", {
    // A viewer's own checks reveal the address behind a `.local` name.
    "ignore_mdns": true,
    // A viewer by WHEP has no socket that would tell that he is gone.
    "ice_keepalive_conncheck": true,
    "ice_enforce_list": addresses === "" ? undefined : addresses,
    ...iceServers(settings),
    // A camera must not stay dark because a server elsewhere does.
    "ignore_unreachable_ice_server": true,
  }) + section("events", { broadcast: false });
}

const ICE_URL =
  /^(stun|turns?):(\[[^\]]+\]|[^:?]+)(?::(\d+))?(?:\?transport=(udp|tcp))?$/;

/** Janus knows one STUN and one TURN server: the first of each. */
function iceServers({ engine, readSecret }: JanusSettings): Section {
  const stun = engine.iceServers.find(({ url }) => url.startsWith("stun:"));
  const turn = engine.iceServers.find(({ url }) => url.startsWith("turn"));
  return {
    ...(stun && place("stun", stun)),
    ...(turn && place("turn", turn)),
    ...(turn && {
      "turn_type": turnType(turn),
      "turn_user": turn.username,
      "turn_pwd": turn.credentialFile && readSecret(turn.credentialFile),
    }),
  };
}

function place(kind: "stun" | "turn", { url }: IceServer): Section {
  const [, scheme, host = "", port] = ICE_URL.exec(url) ?? [];
  return {
    [`${kind}_server`]: host.replace(/^\[|\]$/g, ""),
    [`${kind}_port`]: Number(port ?? (scheme === "turns" ? 5349 : 3478)),
  };
}

function turnType({ url }: IceServer): string {
  if (url.startsWith("turns:")) return "tls";
  return url.endsWith("?transport=tcp") ? "tcp" : "udp";
}

/** A group in libconfig's syntax, which jcfg is. */
function section(name: string, values: Section): string {
  const lines = Object.entries(values)
    .filter((entry): entry is [string, Value] => entry[1] !== undefined)
    .map(([key, value]) => `  ${key} = ${literal(value)}\n`);
  return `${name}: {\n${lines.join("")}}\n`;
}

function literal(value: Value): string {
  return JSON.stringify(value);
}
