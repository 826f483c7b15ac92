/**
 * What each process may do: the table of the design's second section as
 * flags of Deno.
 *
 * @module
 */

import { fromFileUrl, join } from "@std/path";
import type { Config } from "../config/config.ts";

/** Where nalgate itself lies. */
export const ROOT = fromFileUrl(new URL("../../", import.meta.url));

/** What a process may do; what is not here, it may not. */
export interface Permissions {
  readonly net?: readonly string[];
  readonly read?: readonly string[];
  readonly write?: readonly string[];
  /** Folders within those that it may not write after all. */
  readonly denyWrite?: readonly string[];
  readonly env?: readonly string[];
  readonly sys?: readonly string[];
  /** A list could not name libc: ld.so finds it, not a path of ours. */
  readonly ffi?: readonly [];
}

/** What every child's logger looks at. */
const LOG_ENV = ["JOURNAL_STREAM", "NO_COLOR"];

/** Our own code: a worker may load only what its process may read. */
const CODE = [join(ROOT, "src"), join(ROOT, "node_modules")];

/** The packetizer; the access unit splitter uses it too. */
const WASM = join(ROOT, "wasm", "build");

/** Where the native package looks which libc this is: glibc or musl. */
const LDD = "/usr/bin/ldd";

/** What Januses of ours read at their start: plugins too, which are code. */
export function janusFolder({ stateDir }: Config): string {
  return join(stateDir, "janus");
}

/** The gateway holds secrets and speaks to strangers: no native code. */
export function gatewayPermissions(
  config: Config,
  engineUrl: string | undefined,
): Permissions {
  const { listen: { hostname, port }, metricsListen: metrics } = config;
  return {
    net: [
      ...new Set([
        hostPort(hostname, port),
        ...metrics === undefined ? [] : [
          hostPort(metrics.hostname, metrics.port),
        ],
        ...dialled(config, engineUrl),
      ]),
    ],
    read: [
      ...CODE,
      join(ROOT, "build", "web"),
      config.stateDir,
      ...secretFiles(config),
    ],
    write: [config.stateDir],
    ...(config.januses.length > 0 && { denyWrite: [janusFolder(config)] }),
    env: LOG_ENV,
  };
}

/** Whom the gateway speaks to: what the configuration names, and no other. */
function dialled(config: Config, engineUrl: string | undefined): string[] {
  const urls = [
    engineUrl,
    ...config.upstreams.map(({ url }) => url),
    ...config.devices.map(({ url }) => url),
    ...config.access.identityProviders.flatMap((
      { issuer, jwksUrl },
    ) => [issuer, jwksUrl]),
  ];
  return [
    ...urls.filter((url) => url !== undefined).map(urlHostPort),
    // Without a port any port of that host: it may be a token endpoint.
    ...config.access.identityProviders.flatMap(({ hosts }) => hosts),
  ];
}

/** Secrets that lie elsewhere than in the state folder. */
function secretFiles({ upstreams, devices, iceServers, access }: Config) {
  return [
    ...upstreams.map(({ apiSecretFile }) => apiSecretFile),
    ...devices.map((device) =>
      device.kind === "nalgate" ? device.tokenFile : device.apiSecretFile
    ),
    ...iceServers.flatMap((
      { credentialFile, secretFile },
    ) => [credentialFile, secretFile]),
    ...access.identityProviders.map(({ clientSecretFile }) => clientSecretFile),
    access.proxyAuth.secretFile,
  ].filter((file) => file !== undefined);
}

/** The engine runs native code and sees no secret of a user. */
export function enginePermissions(config: Config, port: number): Permissions {
  return {
    net: [hostPort("127.0.0.1", port)],
    read: [
      ...CODE,
      WASM,
      LDD,
      ...config.engine.iceServers.flatMap(({ credentialFile }) =>
        credentialFile ?? []
      ),
    ],
    env: LOG_ENV,
    ffi: [],
  };
}

/** The doctor dials what is configured; a list could name no resolved name. */
export function doctorPermissions(config: Config): Permissions {
  return {
    net: [],
    read: [
      ...CODE,
      ...secretFiles(config),
      ...config.engine.iceServers.flatMap(({ credentialFile }) =>
        credentialFile ?? []
      ),
    ],
    env: LOG_ENV,
    sys: ["networkInterfaces"],
  };
}

/**
 * Whether a process with the permissions `has` may do all that `wants` says,
 * and nothing that `wants` denies.
 */
export function covers(has: Permissions, wants: Permissions): boolean {
  const { denyWrite: denied = [], ...allowed } = has;
  const { denyWrite = [], ...wanted } = wants;
  const isAllowed = Object.entries(wanted).every(([kind, names]) => {
    const granted = allowed[kind as keyof typeof allowed];
    if (granted === undefined) return false;
    // An empty list allows all of its kind.
    return granted.length === 0 ||
      (names.length > 0 && names.every((name) => includes(granted, name)));
  });
  return isAllowed && denyWrite.every((folder) => includes(denied, folder));
}

function includes(names: readonly string[], name: string): boolean {
  return names.includes(name);
}

/** The demo's cameras write shared memory through libc. */
export function feedPermissions(clip: string): Permissions {
  return { read: [clip, WASM], env: LOG_ENV, ffi: [] };
}

/**
 * The flags; an empty list allows all of its kind. Variables that packages
 * look for when they are loaded are not set, rather than refused.
 */
export function permissionFlags(permissions: Permissions): string[] {
  const { denyWrite = [], ...allowed } = permissions;
  const flags = Object.entries(allowed).map(([kind, names]) =>
    names.length === 0 ? `--allow-${kind}` : `--allow-${kind}=${list(names)}`
  );
  if (denyWrite.length > 0) flags.push(`--deny-write=${list(denyWrite)}`);
  return ["--no-prompt", "--ignore-env", ...flags];
}

function list(names: readonly string[]): string {
  return names.map((name) => name.replaceAll(",", ",,")).join(",");
}

function urlHostPort(url: string): string {
  const { hostname, port, protocol } = new URL(url);
  const byDefault = /^(?:wss|https):$/.test(protocol) ? 443 : 80;
  return hostPort(hostname, port === "" ? byDefault : Number(port));
}

function hostPort(hostname: string, port: number): string {
  const bare = hostname.replace(/^\[|\]$/g, "");
  return bare.includes(":") ? `[${bare}]:${port}` : `${bare}:${port}`;
}
