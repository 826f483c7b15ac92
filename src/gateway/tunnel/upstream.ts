/**
 * One Janus API endpoint: dialled before anyone asks, kept alive, redialled.
 *
 * One connection serves all viewers, one Janus session each, so there is no
 * dial in the way of the first picture.
 *
 * @module
 */

import { deadline } from "@std/async/deadline";
import { delay } from "@std/async/delay";
import { GatewayError } from "../../errors.ts";
import {
  CAMERA_REPORT_INTERVAL_MS,
  TICK_MS,
  UPSTREAM_WAIT_MS,
} from "../../limits.ts";
import type { Logger } from "../../log.ts";
import { JanusClient } from "../../janus/client.ts";
import type { CameraReport } from "../../janus/message.ts";
import { isOld, OLD_JANUS } from "../../janus/version.ts";
import type { JanusSession, SessionEvents } from "../../janus/session.ts";
import { redialDelayMs } from "./backoff.ts";
import { CameraReports } from "./camera_reports.ts";
import { createCounters, type TunnelCounters } from "./counters.ts";

/** Whether an upstream can be asked anything just now. */
export type UpstreamState = "connecting" | "open" | "closed";

/** Where an upstream is, and how to know it. */
export interface UpstreamOptions {
  readonly name: string;
  /** `ws:` or `wss:`. */
  readonly url: string;
  /** Read afresh at every dial: the secret may have been replaced. */
  readonly apiSecret: () => Promise<string | undefined> | string | undefined;
  readonly log: Logger;
  /** One beat in milliseconds; tests make time go faster with it. */
  readonly tickMs?: number;
  readonly random?: () => number;
}

/** One upstream of the gateway. */
export class Upstream implements AsyncDisposable {
  readonly name: string;
  readonly counters: TunnelCounters = createCounters();
  readonly #options: UpstreamOptions;
  readonly #reports = new CameraReports();
  readonly #abort = new AbortController();
  readonly #tickers = new Set<() => void>();
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #running: Promise<void>;
  #opened = Promise.withResolvers<void>();
  #client: JanusClient | undefined;
  #version: string | undefined;
  #ticks = 0;

  constructor(options: UpstreamOptions) {
    this.name = options.name;
    this.#options = options;
    this.#timer = setInterval(() => this.#tick(), this.#tickMs);
    this.#running = this.#run();
  }

  get #tickMs(): number {
    return this.#options.tickMs ?? TICK_MS;
  }

  /** A wait, in the time that this upstream's beat makes. */
  #scaled(durationMs: number): number {
    return durationMs * this.#tickMs / TICK_MS;
  }

  get state(): UpstreamState {
    if (this.#abort.signal.aborted) return "closed";
    return this.#client === undefined ? "connecting" : "open";
  }

  /** The Janus's version; the built-in engine has none. */
  get version(): string | undefined {
    return this.#version;
  }

  /** The newest known state of a camera; never waits. */
  cameraReport(plugin: string, id: string | undefined): CameraReport {
    const report = this.#reports.find(plugin, id);
    return this.state === "open"
      ? report
      : { id: id ?? "", state: "upstream_down" };
  }

  /**
   * Opens a session of its own for a client. While the upstream is being
   * redialled this waits a little, so that a viewer who comes back at once
   * finds it as soon as it is there.
   */
  async openSession(events: SessionEvents): Promise<JanusSession> {
    const client = this.#client ?? await this.#waitForClient();
    return client.create(events);
  }

  /** Calls back about once a second, until disposed of. */
  onTick(callback: () => void): Disposable {
    this.#tickers.add(callback);
    return { [Symbol.dispose]: () => void this.#tickers.delete(callback) };
  }

  /** Ends the connection; whoever has a session here is told. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort(new GatewayError("shutting_down"));
    clearInterval(this.#timer);
    await this.#client?.[Symbol.asyncDispose]();
    await this.#running;
  }

  async #waitForClient(): Promise<JanusClient> {
    try {
      await deadline(this.#opened.promise, this.#scaled(UPSTREAM_WAIT_MS));
    } catch (cause) {
      throw new GatewayError("upstream_unreachable", { cause });
    }
    if (this.#client !== undefined) return this.#client;
    throw new GatewayError("upstream_unreachable");
  }

  /** Dials until disposed of. */
  async #run(): Promise<void> {
    const { signal } = this.#abort;
    for (let attempt = 0; !signal.aborted; attempt++) {
      const dialledAt = this.#ticks;
      const error = await this.#serve();
      if (signal.aborted) break;
      const wasOpen = this.#client !== undefined;
      this.#lost(error, { attempt });
      // One that opens and falls at once is as good as one that never opens.
      if (wasOpen && this.#ticks - dialledAt > STABLE_TICKS) attempt = 0;
      const pauseMs = this.#scaled(
        redialDelayMs(attempt, this.#options.random),
      );
      await delay(pauseMs, { signal }).catch(() => {});
    }
    this.#client = undefined;
    this.#opened.promise.catch(() => {});
    this.#opened.reject(new GatewayError("shutting_down"));
  }

  /** One connection, from the dial to its end. */
  async #serve(): Promise<unknown> {
    const { url, apiSecret, log } = this.#options;
    const { signal } = this.#abort;
    try {
      const client = await JanusClient.connect(url, {
        apiSecret: await apiSecret(),
        signal,
        tickMs: this.#tickMs,
      });
      if (signal.aborted) {
        await client[Symbol.asyncDispose]();
        return signal.reason;
      }
      this.#client = client;
      log.info("upstream open", { upstream: this.name });
      this.#reports.poll(client);
      this.#opened.resolve();
      void this.#askVersion(client);
      return await client.closed;
    } catch (error) {
      return error;
    }
  }

  async #askVersion(client: JanusClient): Promise<void> {
    const reply = await client.info().catch(() => undefined);
    const version = String(reply?.version_string ?? "");
    const isNews = version !== this.#version && VERSION.test(version);
    if (!isNews) return;
    this.#version = version;
    const level = isOld(version) ? "warn" : "info";
    this.#options.log.log(level, "janus version", {
      upstream: this.name,
      version,
      ...isOld(version) && { reason: OLD_JANUS },
    });
  }

  #lost(error: unknown, { attempt }: { attempt: number }): void {
    const fields = {
      upstream: this.name,
      reason: error instanceof GatewayError ? error.code : String(error),
    };
    if (this.#client !== undefined) {
      this.#client = undefined;
      this.#opened = Promise.withResolvers();
      this.#reports.reset();
      this.#options.log.warn("upstream lost", fields);
    } else if (attempt === 0) {
      // Once per outage: the state is visible, the log need not repeat it.
      this.#options.log.warn("upstream unreachable", fields);
    }
  }

  #tick(): void {
    this.#ticks++;
    const due = this.#ticks % (CAMERA_REPORT_INTERVAL_MS / TICK_MS) === 0;
    if (due && this.#client !== undefined) this.#reports.poll(this.#client);
    for (const callback of [...this.#tickers]) callback();
  }
}

/** It becomes a label: nothing but what versions look like. */
const VERSION = /^[\w.-]{1,32}$/;

/** A connection that has lived this long was a good one. */
const STABLE_TICKS = 5;
