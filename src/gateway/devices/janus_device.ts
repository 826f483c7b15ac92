/**
 * A device that is a bare Janus: an upstream like any other, whose cameras
 * the configuration names.
 *
 * @module
 */

import {
  cameraKey,
  type DeviceConfig,
  type Name,
} from "../../config/config.ts";
import { Upstream, type UpstreamOptions } from "../tunnel/upstream.ts";
import type { Device, DeviceCamera, DeviceStatus } from "./device.ts";
import { failureWords } from "./failure.ts";

/** A Janus on another device. */
export class JanusDevice implements Device {
  readonly kind = "janus";
  readonly name: Name;
  title: string;
  cameras: readonly DeviceCamera[];
  readonly upstream: Upstream;

  constructor(
    config: DeviceConfig & { readonly kind: "janus" },
    options: Pick<UpstreamOptions, "apiSecret" | "log">,
  ) {
    const { name, title, url } = config;
    this.name = name;
    this.title = title;
    this.upstream = new Upstream({
      ...options,
      name,
      url,
      asksVersion: true,
      isDevice: true,
    });
    this.cameras = camerasOf(config, this.upstream);
  }

  configure(config: DeviceConfig): void {
    this.title = config.title;
    this.cameras = camerasOf(config, this.upstream);
  }

  get status(): DeviceStatus {
    const { state, failure, changedAt: since } = this.upstream;
    return {
      state: state === "open"
        ? "open"
        : failure === undefined
        ? "device_connecting"
        : "device_offline",
      detail: failureWords(failure),
      since,
    };
  }

  find(name: Name): DeviceCamera | undefined {
    return this.cameras.find((camera) => camera.name === name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.upstream[Symbol.asyncDispose]();
  }
}

function camerasOf(device: DeviceConfig, upstream: Upstream): DeviceCamera[] {
  if (device.kind !== "janus") return [];
  return device.cameras.map(({ name, title, plugin, id }) => ({
    name,
    title,
    route: {
      camera: cameraKey({ device: device.name, name }),
      upstream,
      plugin,
      id,
    },
  }));
}
