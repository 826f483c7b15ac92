/**
 * The way from a camera to its picture.
 *
 * @module
 */

import type { CameraReport } from "../../janus/message.ts";
import type { JanusSession, SessionEvents } from "../../janus/session.ts";
import type { TunnelCounters } from "./counters.ts";

/** Whether an upstream can be asked anything just now. */
export type UpstreamState = "connecting" | "open" | "closed";

/** Who watches, for a device that wants to know. */
export interface Viewer {
  readonly user: string;
}

/** Where a camera's sessions are opened. */
export interface CameraUpstream {
  readonly state: UpstreamState;
  readonly counters: TunnelCounters;
  /** The newest known state of a camera; never waits. */
  cameraReport(plugin: string, id: string | undefined): CameraReport;
  /**
   * Opens a session of its own for a viewer.
   *
   * @throws {GatewayError} why there is none.
   */
  openSession(events: SessionEvents, viewer: Viewer): Promise<JanusSession>;
  /** Calls back about once a second, until disposed of. */
  onTick(callback: () => void): Disposable;
}

/** One camera's upstream, and what it is called there. */
export interface CameraRoute {
  /** The camera's key, for the log. */
  readonly camera: string;
  readonly upstream: CameraUpstream;
  readonly plugin: string;
  /** The camera's id in the plugin; none: the plugin's first camera. */
  readonly id: string | undefined;
}
