/**
 * The gateway's upstreams and devices, as the configuration names them.
 *
 * @module
 */

import type { DeviceConfig } from "../config/config.ts";
import { isSame } from "../config/difference.ts";
import type { GatewayHandover } from "../config/handover.ts";
import type { Logger } from "../log.ts";
import type { Device } from "./devices/device.ts";
import { openDevice } from "./devices/open_device.ts";
import { NamedParts } from "./named_parts.ts";
import { Upstream } from "./tunnel/upstream.ts";

/** What they are made from. */
export type UpstreamSource = Pick<GatewayHandover, "engine" | "config">;

/** What an upstream is dialled with. */
export interface UpstreamEntry {
  readonly name: string;
  readonly url: string;
  readonly apiSecret: string | undefined;
  readonly apiSecretFile: string | undefined;
  readonly asksVersion: boolean;
}

/** The upstreams of this device. */
export function createUpstreams(
  { log, tickMs }: { log: Logger; tickMs: number },
): NamedParts<UpstreamEntry, Upstream> {
  return new NamedParts<UpstreamEntry, Upstream>({
    isKept: isSame,
    open: ({ apiSecret, apiSecretFile: file, ...entry }) =>
      new Upstream({
        ...entry,
        apiSecret: () => file === undefined ? apiSecret : readSecret(file),
        log,
        tickMs,
      }),
  });
}

/** The devices beside it. */
export function createDevices(
  { log, instance }: { log: Logger; instance: string },
): NamedParts<DeviceConfig, Device> {
  return new NamedParts<DeviceConfig, Device>({
    isKept: (before, after) => isSame(wayTo(before), wayTo(after)),
    open: (config) => openDevice(config, { instance, readSecret, log }),
    change: (device, config) => device.configure(config),
  });
}

/** The upstreams that this process can reach, and the devices. */
export function withinReach(source: UpstreamSource): {
  readonly upstreams: readonly UpstreamEntry[];
  readonly devices: readonly DeviceConfig[];
} {
  const upstreams = entriesOf(source)
    .filter(({ url, apiSecretFile }) => isWithinReach(url, apiSecretFile));
  const devices = source.config.devices.filter((device) => {
    const { url, file } = wayTo(device);
    return isWithinReach(url, file);
  });
  return { upstreams, devices };
}

function entriesOf({ engine, config }: UpstreamSource): UpstreamEntry[] {
  const others = config.upstreams.map(({ name, url, apiSecretFile }) => ({
    name,
    url,
    apiSecret: undefined,
    apiSecretFile,
    // Of those that it has started, the supervisor has told already.
    asksVersion: config.januses.every((janus) => janus.name !== name),
  }));
  return engine === undefined ? others : [{
    name: "engine",
    ...engine,
    apiSecretFile: undefined,
    asksVersion: false,
  }, ...others];
}

/** All else of a device may change while it goes on. */
function wayTo(device: DeviceConfig) {
  const { kind, url } = device;
  const file = device.kind === "nalgate"
    ? device.tokenFile
    : device.apiSecretFile;
  return { kind, url, file };
}

/**
 * Whether this process may dial it and read its secret. What came into the
 * configuration after its start may need the next gateway.
 */
function isWithinReach(url: string, path: string | undefined): boolean {
  const { hostname, port, protocol } = new URL(url);
  const byDefault = /^(?:wss|https):$/.test(protocol) ? 443 : 80;
  const asked: Deno.PermissionDescriptor[] = [
    { name: "net", host: `${hostname}:${port || byDefault}` },
  ];
  if (path !== undefined) asked.push({ name: "read", path });
  return asked.every((descriptor) =>
    Deno.permissions.querySync(descriptor).state === "granted"
  );
}

async function readSecret(path: string): Promise<string> {
  return (await Deno.readTextFile(path)).trim();
}
