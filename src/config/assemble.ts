/**
 * From the file's keys to {@linkcode Config}: defaults that depend on other
 * keys or on the machine.
 *
 * @module
 */

import { PACKET_SIZE_DEFAULT } from "../limits.ts";
import { assembleAccess, optional } from "./assemble_access.ts";
import { assembleDevices } from "./assemble_devices.ts";
import type {
  CameraConfig,
  Config,
  IceServer,
  JanusConfig,
  Name,
  UpstreamConfig,
} from "./config.ts";
import type { ConfigFile } from "./schema.ts";

/** The configuration that a valid file means. */
export function assemble(
  file: ConfigFile,
  { cameraNames, deviceNames, env, resolve }: {
    /** In the file's order, which objects do not keep for `2` and `1`. */
    cameraNames: readonly string[];
    deviceNames: readonly string[];
    env: (name: string) => string | undefined;
    resolve: (path: string) => string;
  },
): Config {
  return {
    listen: file.listen,
    publicUrl: file.public_url,
    stateDir: file.state === undefined
      ? defaultStateDir(env)
      : resolve(file.state),
    logLevel: file.log.level,
    trustedProxies: file.trusted_proxies,
    cameras: cameraNames.map((name) =>
      assembleCamera(name as Name, file.cameras[name as Name]!)
    ),
    ...assembleUpstreams(file.upstreams, resolve),
    engine: {
      udpPort: file.engine.udp_port,
      addresses: file.engine.addresses,
      iceServers: file.engine.ice_servers.map((server) =>
        assembleIceServer(server, resolve)
      ),
    },
    devices: assembleDevices(file.devices, { deviceNames, resolve }),
    iceServers: file.ice_servers.map((server) => ({
      ...assembleIceServer(server, resolve),
      secretFile: optional(server.secret_file, resolve),
      ttlMs: server.ttl,
      cameras: server.cameras,
      networks: server.networks,
    })),
    access: assembleAccess(file, resolve),
    frameAncestors: file.frame_ancestors,
    limits: {
      viewers: file.limits.viewers,
      viewersPerUser: file.limits.viewers_per_user,
      viewersPerAddress: file.limits.viewers_per_address,
      memory: file.limits.memory,
    },
    metricsListen: file.metrics.listen,
  };
}

function assembleIceServer(
  server: ConfigFile["engine"]["ice_servers"][number],
  resolve: (path: string) => string,
): IceServer {
  const { url, username } = server;
  const credentialFile = optional(server.credential_file, resolve);
  return {
    url,
    ...(username !== undefined && { username }),
    ...(credentialFile !== undefined && { credentialFile }),
  };
}

function assembleUpstreams(
  entries: ConfigFile["upstreams"],
  resolve: (path: string) => string,
) {
  const upstreams: UpstreamConfig[] = [];
  const januses: JanusConfig[] = [];
  for (const [key, { janus, udp_ports: udpPorts }] of Object.entries(entries)) {
    const name = key as Name;
    if (janus === "spawn") {
      januses.push({ name, udpPorts });
      continue;
    }
    const { url, api_secret_file: file } = janus;
    const apiSecretFile = optional(file, resolve);
    upstreams.push({ name, url, apiSecretFile });
  }
  return { upstreams, januses };
}

function assembleCamera(
  name: Name,
  camera: ConfigFile["cameras"][Name],
): CameraConfig {
  const { sink, title = name, upstream } = camera;
  return {
    name,
    title,
    upstream: upstream === undefined ? "engine" : upstream as Name,
    plugin: camera.plugin ?? "janus.plugin.ustreamer",
    // What we tell the engine or our Janus; another has names of its own.
    id: sink === undefined ? camera.id : name,
    sink,
    packetSizeMax: camera.packet_size ?? PACKET_SIZE_DEFAULT,
  };
}

/** Where the XDG base directory specification puts state. */
export function defaultStateDir(
  env: (name: string) => string | undefined,
): string {
  const home = env("HOME");
  const base = env("XDG_STATE_HOME") ||
    (home ? `${home}/.local/state` : "/var/lib");
  return `${base}/nalgate`;
}
