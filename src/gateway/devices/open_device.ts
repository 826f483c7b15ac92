/**
 * From a device's configuration to the device.
 *
 * @module
 */

import type { DeviceConfig } from "../../config/config.ts";
import type { Logger } from "../../log.ts";
import type { Device } from "./device.ts";
import { JanusDevice } from "./janus_device.ts";
import { NalgateDevice } from "./nalgate_device.ts";

/** What devices are reached with. */
export interface DevicesOptions {
  /** Which nalgate this is. */
  readonly instance: string;
  readonly readSecret: (path: string) => Promise<string>;
  readonly log: Logger;
}

/** Begins to look for a device. */
export function openDevice(
  config: DeviceConfig,
  { instance, readSecret, log }: DevicesOptions,
): Device {
  if (config.kind === "janus") {
    const { apiSecretFile: file } = config;
    return new JanusDevice(config, {
      apiSecret: () => file === undefined ? undefined : readSecret(file),
      log,
    });
  }
  return new NalgateDevice(config, {
    instance,
    token: () => readSecret(config.tokenFile),
    log,
  });
}
