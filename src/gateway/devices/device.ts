/**
 * Another device, as pages and routes see it.
 *
 * @module
 */

import type { DeviceConfig, Name } from "../../config/config.ts";
import type { CameraState } from "../../janus/status.ts";
import type { CameraRoute } from "../tunnel/route.ts";

/** `open`, or why its cameras cannot be seen (`janus/status.ts`). */
export type DeviceState = "open" | Extract<CameraState, `device_${string}`>;

/** How a device is, and since when. */
export interface DeviceStatus {
  readonly state: DeviceState;
  /** The reason in words, such as a certificate's. */
  readonly detail: string | undefined;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

/** One camera of a device. */
export interface DeviceCamera {
  readonly name: Name;
  readonly title: string;
  readonly route: CameraRoute;
}

/** One device. Dispose it when it is no longer configured. */
export interface Device extends AsyncDisposable {
  readonly kind: DeviceConfig["kind"];
  readonly name: Name;
  readonly title: string;
  readonly status: DeviceStatus;
  /** Those known so far, in the device's own order. */
  readonly cameras: readonly DeviceCamera[];
  /**
   * A camera by its name. As long as the device has not said which it has,
   * any may be one of them: a page that is opened meanwhile must not claim
   * that it does not exist.
   */
  find(name: Name): DeviceCamera | undefined;
  /** Takes what may change while it goes on: all but the way to it. */
  configure(config: DeviceConfig): void;
}
