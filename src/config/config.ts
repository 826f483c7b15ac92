/**
 * nalgate's configuration after parsing: narrow types that inner code takes
 * without checking anything again.
 *
 * @module
 */

import type { LogLevel } from "../log.ts";
import type { Grant } from "./grant.ts";

/** A camera or device name that passed `[a-z0-9](?:[a-z0-9_-]{0,62})`. */
export type Name = string & { readonly __brand: "Name" };

const NAME = /^[a-z0-9](?:[a-z0-9_-]{0,62})$/;

/** Whether a text may name a camera, a device or an upstream. */
export function isName(text: string): text is Name {
  return NAME.test(text);
}

/** What grants are matched with: `front`, or `garage/front`. */
export function cameraKey(
  { device, name }: { device?: string | undefined; name: string },
): string {
  return device === undefined ? name : `${device}/${name}`;
}

/** A key's names again; they may be nobody's. */
export function namesOfKey(
  key: string,
): { readonly device: string | undefined; readonly name: string } {
  const [name = "", device] = key.split("/").reverse();
  return { device, name };
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

/** An ICE server for browsers, and for which of them. */
export interface ViewerIceServer extends IceServer {
  /** Shared with the TURN server: credentials are minted for each viewer. */
  readonly secretFile: string | undefined;
  /** How long minted credentials are good for. */
  readonly ttlMs: number;
  /** Globs over camera keys; empty: for all cameras. */
  readonly cameras: readonly string[];
  /** Addresses or CIDR blocks of browsers; empty: for all. */
  readonly networks: readonly string[];
}

/** A camera of a bare Janus on another device. */
export interface DeviceCameraConfig {
  readonly name: Name;
  readonly title: string;
  readonly plugin: string;
  readonly id: string | undefined;
}

/** Another device: a nalgate, which lists its cameras itself, or a Janus. */
export type DeviceConfig =
  & { readonly name: Name; readonly title: string }
  & (
    | {
      readonly kind: "nalgate";
      /** `http:` or `https:`, ending in `/`. */
      readonly url: string;
      readonly tokenFile: string;
    }
    | {
      readonly kind: "janus";
      /** `ws:` or `wss:`. */
      readonly url: string;
      readonly apiSecretFile: string | undefined;
      readonly cameras: readonly DeviceCameraConfig[];
    }
  );

/** A name for a set of grants. */
export interface RoleConfig {
  readonly name: Name;
  readonly grants: readonly Grant[];
}

/** An OpenID provider (OpenID Connect Core 1.0). */
export interface IdentityProviderConfig {
  readonly name: Name;
  readonly title: string;
  readonly issuer: string;
  /** None: its bearer tokens are not accepted. */
  readonly audience: string | undefined;
  /** None: as the discovery document says. */
  readonly jwksUrl: string | undefined;
  /** None: nobody signs in with it in the browser. */
  readonly clientId: string | undefined;
  readonly clientSecretFile: string | undefined;
  /** Beside `openid`. */
  readonly scopes: readonly string[];
  /** `host` or `host:port`, beside those of `issuer` and `jwksUrl`. */
  readonly hosts: readonly string[];
  readonly userClaim: string;
  /** Whoever has the claim with the value, or a list with it, has the role. */
  readonly roles: readonly {
    readonly claim: string;
    readonly value: string;
    readonly role: string;
  }[];
}

/** A proxy that signs users in and says in headers who they are. */
export interface ProxyAuthConfig {
  /** Addresses or CIDR blocks; empty: nobody is believed. */
  readonly peers: readonly string[];
  readonly secretFile: string | undefined;
  /** Header names in lower case. */
  readonly secretHeader: string;
  readonly userHeader: string;
  readonly groupsHeader: string;
  /** Whoever is in the group (`*`: everybody) has the role. */
  readonly roles: readonly { readonly group: string; readonly role: string }[];
}

/** Who may come in how, and see what, beside the state folder's users. */
export interface AccessConfig {
  readonly roles: readonly RoleConfig[];
  readonly identityProviders: readonly IdentityProviderConfig[];
  readonly proxyAuth: ProxyAuthConfig;
  readonly basicAuth: boolean;
}

/** How much one gateway takes upon itself. */
export interface Limits extends ViewerLimits {
  /** Of the gateway's process, bytes. */
  readonly memory: number;
}

/** Viewers at once: over all, of one user, from one address. */
export interface ViewerLimits {
  readonly viewers: number;
  readonly viewersPerUser: number;
  readonly viewersPerAddress: number;
}

/** The settings of the built-in engine; a Janus of ours heeds them too. */
export interface EngineConfig {
  /** One UDP port for the media of all viewers; none: a random port each. */
  readonly udpPort: number | undefined;
  /** Addresses to offer as host candidates; empty: those of the machine. */
  readonly addresses: readonly string[];
  /** What the engine itself uses to find a route. */
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
  /** Other devices, in the file's order. */
  readonly devices: readonly DeviceConfig[];
  /** What browsers use to find a route. */
  readonly iceServers: readonly ViewerIceServer[];
  readonly access: AccessConfig;
  /** Origins of pages that may show a camera in a frame. */
  readonly frameAncestors: readonly string[];
  readonly limits: Limits;
  /** Where `/metrics` is served; none: nowhere. */
  readonly metricsListen: Address | undefined;
}
