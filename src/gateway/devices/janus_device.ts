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
  readonly name: Name;
  readonly title: string;
  readonly cameras: readonly DeviceCamera[];
  readonly upstream: Upstream;

  constructor(
    { name, title, url, cameras }: DeviceConfig & { readonly kind: "janus" },
    options: Pick<UpstreamOptions, "apiSecret" | "log">,
  ) {
    this.name = name;
    this.title = title;
    const upstream = this.upstream = new Upstream({
      ...options,
      name,
      url,
      asksVersion: true,
      isDevice: true,
    });
    this.cameras = cameras.map(({ name: camera, title, plugin, id }) => ({
      name: camera,
      title,
      route: {
        camera: cameraKey({ device: name, name: camera }),
        upstream,
        plugin,
        id,
      },
    }));
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
