/**
 * A camera of another nalgate: each viewer gets a connection of their own to
 * it, so that the device knows who watches, and can end it for one.
 *
 * @module
 */

import { GatewayError } from "../../errors.ts";
import { JanusClient } from "../../janus/client.ts";
import type { CameraReport } from "../../janus/message.ts";
import type { JanusSession, SessionEvents } from "../../janus/session.ts";
import { signUserClaim } from "../auth/user_claim.ts";
import type { TunnelCounters } from "../tunnel/counters.ts";
import type { CameraUpstream, UpstreamState, Viewer } from "../tunnel/route.ts";
import type { DeviceStatus } from "./device.ts";
import { dialError, endError } from "./session_end.ts";

/** A device, as its cameras need it. */
export interface DeviceLink {
  /** As configured: the audience of what it is told of users. */
  readonly url: string;
  /** Which nalgate speaks. */
  readonly instance: string;
  readonly counters: TunnelCounters;
  readonly status: DeviceStatus;
  /** Aborts when the device is no longer wanted. */
  readonly signal: AbortSignal;
  /** Reads the token of this nalgate there. */
  readonly token: () => Promise<string>;
  /**
   * Waits a little for a device that is away, as a viewer does who comes back.
   *
   * @throws {GatewayError} why it cannot be used.
   */
  whenOpen(): Promise<void>;
  onTick(callback: () => void): Disposable;
  /** A connection has been made, which ends with the device at the latest. */
  opened(client: JanusClient): void;
  /** A connection was lost, or did not come to be: has the device gone? */
  missed(): void;
}

/** One camera's upstream. */
export class DeviceUpstream implements CameraUpstream {
  readonly #device: DeviceLink;
  readonly #camera: string;
  readonly #report: () => CameraReport | undefined;

  constructor(
    device: DeviceLink,
    { camera, report }: {
      camera: string;
      report: () => CameraReport | undefined;
    },
  ) {
    this.#device = device;
    this.#camera = camera;
    this.#report = report;
  }

  get state(): UpstreamState {
    const { signal, status } = this.#device;
    if (signal.aborted) return "closed";
    return status.state === "open" ? "open" : "connecting";
  }

  get counters(): TunnelCounters {
    return this.#device.counters;
  }

  cameraReport(): CameraReport {
    const { state } = this.#device.status;
    const none = { id: this.#camera, state: "unknown" };
    return state === "open"
      ? this.#report() ?? none
      : { id: this.#camera, state };
  }

  onTick(callback: () => void): Disposable {
    return this.#device.onTick(callback);
  }

  async openSession(
    { onEvent, onEnd }: SessionEvents,
    viewer: Viewer,
  ): Promise<JanusSession> {
    const device = this.#device;
    await device.whenOpen();
    let client: JanusClient;
    try {
      client = await this.#dial(viewer);
    } catch (error) {
      throw this.#missed(dialError(error));
    }
    device.opened(client);
    try {
      return await client.create({
        ...onEvent && { onEvent },
        onEnd: (error) => onEnd?.(this.#missed(endError(error))),
      });
    } catch (error) {
      await client[Symbol.asyncDispose]();
      throw error instanceof GatewayError
        ? this.#missed(endError(error))
        : error;
    }
  }

  #missed(error: GatewayError): GatewayError {
    if (error.code.startsWith("device_")) this.#device.missed();
    return error;
  }

  async #dial({ user }: Viewer): Promise<JanusClient> {
    const { url: audience, instance, signal } = this.#device;
    const token = await this.#device.token();
    const claim = { token, instance, audience, user, now: Date.now };
    const url = new URL(`cameras/${this.#camera}/janus`, audience);
    url.protocol = url.protocol.replace("http", "ws");
    return await JanusClient.connect(url.href, {
      // The user's own token or cookie never travels: it is good for more.
      headers: {
        "authorization": `Bearer ${token}`,
        "nalgate-user": await signUserClaim(claim),
      },
      signal,
      isForOneSession: true,
    });
  }
}
