/**
 * Other devices, from the file's keys to {@linkcode DeviceConfig}.
 *
 * @module
 */

import { optional } from "./assemble_access.ts";
import type { DeviceCameraConfig, DeviceConfig, Name } from "./config.ts";
import type { ConfigFile } from "./schema.ts";

type Resolve = (path: string) => string;
type DeviceKeys = ConfigFile["devices"][Name];

/** What the file says of devices. */
export function assembleDevices(
  devices: ConfigFile["devices"],
  { deviceNames, resolve }: {
    /** In the file's order. */
    deviceNames: readonly string[];
    resolve: Resolve;
  },
): readonly DeviceConfig[] {
  return deviceNames.map((name) =>
    assembleDevice(name as Name, devices[name as Name]!, resolve)
  );
}

/** One device; that it is either of the two kinds has been checked. */
function assembleDevice(
  name: Name,
  device: DeviceKeys,
  resolve: Resolve,
): DeviceConfig {
  const { title = name, url = "", token_file: file = "", janus } = device;
  if (janus === undefined) {
    return { kind: "nalgate", name, title, url, tokenFile: resolve(file) };
  }
  return {
    kind: "janus",
    name,
    title,
    url: janus.url,
    apiSecretFile: optional(janus.api_secret_file, resolve),
    cameras: Object.entries(device.cameras).map(assembleCamera),
  };
}

function assembleCamera(
  [name, camera]: [string, DeviceKeys["cameras"][Name]],
): DeviceCameraConfig {
  const { title = name, plugin = "janus.plugin.ustreamer", id } = camera;
  return { name: name as Name, title, plugin, id };
}
