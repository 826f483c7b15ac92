/**
 * Does each nalgate among the devices answer, and take the token that it gave.
 *
 * @module
 */

import { delay } from "@std/async/delay";
import type { Config, DeviceConfig } from "../../config/config.ts";
import { openDevice } from "../../gateway/devices/open_device.ts";
import { CAMERA_STATES } from "../../janus/status.ts";
import { DEVICE_LISTING_TIMEOUT_MS } from "../../limits.ts";
import { Logger } from "../../log.ts";
import { fail, type Finding, ok } from "./finding.ts";

const POLL_MS = 50;

/** Asks them as the gateway does; the Januses among them are checked as such. */
export function deviceFindings({ devices }: Config): Promise<Finding[]> {
  return Promise.all(
    devices.filter(({ kind }) => kind === "nalgate").map(checkDevice),
  );
}

async function checkDevice(config: DeviceConfig): Promise<Finding> {
  const about = `devices.${config.name}`;
  await using device = openDevice(config, {
    // Only the gateway knows whether it would reach itself.
    instance: "nalgate-doctor",
    readSecret: async (file) => (await Deno.readTextFile(file)).trim(),
    log: new Logger("doctor", {
      level: "error",
      format: "text",
      write: () => {},
    }),
  });
  const untilMs = performance.now() + 2 * DEVICE_LISTING_TIMEOUT_MS;
  while (
    device.status.state === "device_connecting" && performance.now() < untilMs
  ) await delay(POLL_MS);
  const { state, detail } = device.status;
  if (state === "open") {
    return ok(about, `${config.url}: ${device.cameras.length} cameras`);
  }
  const { title, remedy } = CAMERA_STATES[state];
  const text = [`${config.url}: ${title}`, detail].filter(Boolean).join(". ");
  return fail(about, { text, remedy });
}
