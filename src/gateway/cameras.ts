/**
 * The cameras by their keys, each with its way to an upstream: those of this
 * device, and those of the devices beside it.
 *
 * @module
 */

import {
  type CameraConfig,
  cameraKey,
  isName,
  type Name,
  namesOfKey,
} from "../config/config.ts";
import type { ErrorCode } from "../errors.ts";
import type { CameraReport } from "../janus/message.ts";
import { may, mayReach, type Principal } from "./auth/principal.ts";
import type { Device, DeviceCamera, DeviceState } from "./devices/device.ts";
import type { CameraRoute, CameraUpstream } from "./tunnel/route.ts";

/** One camera. */
export interface Camera {
  readonly name: Name;
  /** The device that it is on; none: this one. */
  readonly device: Name | undefined;
  readonly on?: Device;
  readonly deviceTitle?: string;
  /** What grants are matched with: `front`, or `garage/front`. */
  readonly key: string;
  readonly title: string;
  /** Its page, relative to the base. */
  readonly path: string;
  readonly route: CameraRoute;
}

/** What `GET /api/cameras` says of one camera. */
export interface ListedCamera {
  readonly name: string;
  readonly device?: string | undefined;
  readonly title: string;
  readonly state: string;
  readonly detail?: string | undefined;
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  readonly fps?: number | undefined;
  /** Relative to the base. */
  readonly path: string;
}

/** What it says of one device. */
export interface ListedDevice {
  readonly name: string;
  readonly title: string;
  readonly state: DeviceState;
  readonly detail?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

/** How cameras are reached. */
export interface CameraParts {
  readonly upstreams: ReadonlyMap<string, CameraUpstream>;
  readonly devices?: readonly Device[];
  /** Those too that are out of this process's reach. */
  readonly configuredDevices?: readonly { readonly name: string }[];
}

/** Finds cameras. */
export class Cameras {
  #cameras: ReadonlyMap<string, Camera> = new Map();
  #devices: ReadonlyMap<string, Device> = new Map();
  /** Those out of reach, too. */
  #configured: ReadonlySet<string> = new Set();

  constructor(
    configs: readonly CameraConfig[],
    parts: CameraParts,
  ) {
    this.replace(configs, parts);
  }

  /** Takes others. One whose upstream is out of reach is for the successor. */
  replace(
    configs: readonly CameraConfig[],
    { upstreams, devices = [], configuredDevices = devices }: CameraParts,
  ): void {
    this.#cameras = new Map(
      configs.flatMap((config) => {
        const camera = cameraOf(config, upstreams);
        return camera === undefined ? [] : [[config.name, camera]];
      }),
    );
    this.#devices = new Map(devices.map((device) => [device.name, device]));
    this.#configured = new Set([
      ...configs.map(({ name }) => name),
      ...configuredDevices.map(({ name }) => `${name}/`),
    ]);
  }

  /** Why a viewer of a camera as it was has to go, if that is so. */
  endOf(camera: Camera): ErrorCode | undefined {
    const { device, name, on } = camera;
    const place = device === undefined ? name : `${device}/`;
    if (!this.#configured.has(place)) return "camera_removed";
    if (on !== this.#devices.get(device ?? "")) return "camera_moved";
    const now = this.find({ device, name });
    if (now === undefined) {
      return device === undefined ? "camera_moved" : "camera_removed";
    }
    return isSameWay(now, camera) ? undefined : "camera_moved";
  }

  /** A camera by its name, here or on a device. */
  find(
    { device: deviceName, name }: { device: Name | undefined; name: Name },
  ): Camera | undefined {
    if (deviceName === undefined) return this.#cameras.get(name);
    const device = this.#devices.get(deviceName);
    const camera = device?.find(name);
    return device && camera && onDevice(device, camera);
  }

  /** A camera by its key, which anybody may have written. */
  findByKey(key: string): Camera | undefined {
    const { device, name } = namesOfKey(key);
    if (!isName(name)) return undefined;
    if (device !== undefined && !isName(device)) return undefined;
    const camera = this.find({ device, name });
    return camera?.key === key ? camera : undefined;
  }

  /** The configuration's first camera. */
  get default(): Camera | undefined {
    const [first] = this.#cameras.values();
    return first;
  }

  /** First our own, then by device. */
  get all(): readonly Camera[] {
    return [...this.#cameras.values(), ...this.#onDevices()];
  }

  /** Those that the principal may view: first our own, then by device. */
  visibleTo(principal: Principal): readonly Camera[] {
    // Whoever asks through another nalgate gets what is really here.
    const cameras = principal.viaDevice ? this.#cameras.values() : this.all;
    return [...cameras].filter(({ key }) => may(principal, "view", key));
  }

  #onDevices(): readonly Camera[] {
    return [...this.#devices.values()].flatMap((device) =>
      device.cameras.map((camera) => onDevice(device, camera))
    );
  }

  /**
   * The devices on which the principal may view something; one that has not
   * told of its cameras yet counts if there may be such.
   */
  devicesFor(principal: Principal): readonly ListedDevice[] {
    if (principal.viaDevice) return [];
    return [...this.#devices.values()].filter(({ name, cameras }) =>
      cameras.length === 0
        ? mayReach(principal, name)
        : cameras.some(({ route }) => may(principal, "view", route.camera))
    ).map(({ name, title, status }) => ({ name, title, ...status }));
  }
}

/** A camera with its state, as the list shows it. */
export function listed(
  { name, device, title, path, route }: Camera,
): ListedCamera {
  const report: Partial<CameraReport> = route.upstream.cameraReport(
    route.plugin,
    route.id,
  );
  const { state = "unknown", detail, width, height, fps } = report;
  return { name, device, title, state, detail, width, height, fps, path };
}

/** Where a camera's page is, relative to the base. */
export function pathOf(
  { device, name }: { device?: string | undefined; name: string },
): string {
  const path = `cameras/${name}/`;
  return device === undefined ? path : `devices/${device}/${path}`;
}

function cameraOf(
  config: CameraConfig,
  upstreams: ReadonlyMap<string, CameraUpstream>,
): Camera | undefined {
  const { name, title, plugin, id } = config;
  const upstream = upstreams.get(config.upstream);
  if (upstream === undefined) return undefined;
  const route = { camera: name, upstream, plugin, id };
  const path = pathOf({ name });
  return { name, device: undefined, key: name, title, path, route };
}

function onDevice(
  on: Device,
  { name, title, route }: DeviceCamera,
): Camera {
  const { name: device, title: deviceTitle } = on;
  const key = cameraKey({ device, name });
  const path = pathOf({ device, name });
  return { name, device, on, deviceTitle, key, title, path, route };
}

/** A device of our own kind finds its cameras by their names alone. */
function isSameWay({ route: now, on }: Camera, { route }: Camera): boolean {
  const isNamed = on?.kind === "nalgate";
  return (isNamed || now.upstream === route.upstream) &&
    now.plugin === route.plugin && now.id === route.id;
}
