/**
 * What a tunnel needs to know of its client, and whom it tells what.
 *
 * @module
 */

import type { BrowserIceServer } from "../../janus/message.ts";
import type { Logger } from "../../log.ts";
import type { CameraRoute, Viewer } from "./route.ts";

/** Given to `openTunnel`. */
export interface TunnelOptions {
  readonly route: CameraRoute;
  readonly viewer: Viewer;
  /** Aborts with the `GatewayError` that ends the client's rights. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** The client runs on this machine: its loopback candidates are good. */
  readonly allowLoopback?: boolean;
  /**
   * Called when a picture begins, or ends, to reach the client; and why it
   * ends, unless the client has left.
   */
  readonly onViewing?: (active: boolean, end?: string) => void;
  /** Called with the bearer token of each message that carries one. */
  readonly onToken?: (token: string) => void;
  /** Asked at each `features`: credentials expire. */
  readonly iceServers?: () => readonly BrowserIceServer[];
}
