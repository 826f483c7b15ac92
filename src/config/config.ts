/**
 * nalgate's configuration after parsing: narrow types that inner code takes
 * without checking anything again.
 *
 * @module
 */

import type { LogLevel } from "../log.ts";

/** A camera or device name that passed `[a-z0-9](?:[a-z0-9_-]{0,62})`. */
export type Name = string & { readonly __brand: "Name" };

const NAME = /^[a-z0-9](?:[a-z0-9_-]{0,62})$/;

/** Whether a text may name a camera, a device or an upstream. */
export function isName(text: string): text is Name {
  return NAME.test(text);
}

/** Where a server listens. */
export interface Address {
  readonly hostname: string;
  readonly port: number;
}

/** One camera that a user can see. */
export interface CameraConfig {
  readonly name: Name;
  /** What the page calls it. */
  readonly title: string;
  /** The upstream that serves it: `engine`, or a key of `upstreams`. */
  readonly upstream: "engine" | Name;
  /** The Janus plugin to attach to. */
  readonly plugin: string;
  /** The camera's `id` in the plugin's `watch`; none: the plugin's first. */
  readonly id: string | undefined;
  /** The memsink's shared memory name; none: another Janus knows it. */
  readonly sink: string | undefined;
  /** Largest RTP packet in bytes, header included. */
  readonly packetSizeMax: number;
}

/** A Janus API endpoint that runs already. */
export interface UpstreamConfig {
  readonly name: Name;
  /** `ws:` or `wss:`. */
  readonly url: string;
  /** File holding Janus's `api_secret`. */
  readonly apiSecretFile: string | undefined;
}

/** UDP ports, both ends included. */
export interface PortRange {
  readonly from: number;
  readonly to: number;
}

/** A Janus that `nalgate serve` runs by itself. */
export interface JanusConfig {
  readonly name: Name;
  /** For media, one for each viewer; none: any. */
  readonly udpPorts: PortRange | undefined;
}

/** An ICE server (RFC 8445; `stun:` and `turn:` URIs of RFC 7064, 7065). */
export interface IceServer {
  readonly url: string;
  readonly username?: string;
  readonly credentialFile?: string;
}

/** The settings of the built-in engine; a Janus of ours heeds them too. */
export interface EngineConfig {
  /** One UDP port for the media of all viewers; none: a random port each. */
  readonly udpPort: number | undefined;
  /** Addresses to offer as host candidates; empty: those of the machine. */
  readonly addresses: readonly string[];
  /** What the engine itself and the browsers use to find a route. */
  readonly iceServers: readonly IceServer[];
}

/** Everything a nalgate needs to know. */
export interface Config {
  readonly listen: Address;
  /** The URL in the browser's address bar, ending in `/`; none: `listen`. */
  readonly publicUrl: string | undefined;
  /** Folder for users, sessions and keys; created with mode 0700. */
  readonly stateDir: string;
  readonly logLevel: LogLevel;
  /** Peers whose forwarded headers are believed: addresses or CIDR blocks. */
  readonly trustedProxies: readonly string[];
  /** In the file's order; the first is the default camera. */
  readonly cameras: readonly CameraConfig[];
  readonly upstreams: readonly UpstreamConfig[];
  readonly januses: readonly JanusConfig[];
  readonly engine: EngineConfig;
}
