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
import type { JanusSession, SessionEvents } from "../../janus/session.ts";
import { isOld, OLD_JANUS, versionIn } from "../../janus/version.ts";
import { redialDelayMs } from "./backoff.ts";
import { CameraReports } from "./camera_reports.ts";
import { createCounters, type TunnelCounters } from "./counters.ts";
import { ReturnPace } from "./return_pace.ts";
import type { CameraUpstream, UpstreamState } from "./route.ts";

/** Where an upstream is, and how to know it. */
export interface UpstreamOptions {
  readonly name: string;
  /** `ws:` or `wss:`. */
  readonly url: string;
  /** Read afresh at every dial: the secret may have been replaced. */
  readonly apiSecret: () => Promise<string | undefined> | string | undefined;
  /** A Janus that nobody of ours has started: its version is asked for. */
  readonly asksVersion?: boolean;
  /** It is another device, not a part of this one. */
  readonly isDevice?: boolean;
  readonly log: Logger;
  /** One beat in milliseconds; tests make time go faster with it. */
  readonly tickMs?: number;
  readonly random?: () => number;
}

/** One upstream of the gateway. */
export class Upstream implements CameraUpstream, AsyncDisposable {
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
  /** Viewers who lost their sessions with the last connection. */
  #lostCount = 0;
  /** Once it was lost: who comes back is let in one after another. */
  #pace: ReturnPace | undefined;
  #ticks = 0;
  #version: string | undefined;
  #saidOld = false;
  #changedAt = Date.now();
  #failure: GatewayError | undefined;

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

  /** A clock on which waits have their full length. */
  get #unscaledNowMs(): number {
    return performance.now() * TICK_MS / this.#tickMs;
  }

  get #down() {
    return this.#options.isDevice ? DEVICE_DOWN : UPSTREAM_DOWN;
  }

  get state(): UpstreamState {
    if (this.#abort.signal.aborted) return "closed";
    return this.#client === undefined ? "connecting" : "open";
  }

  /** What it has said to be, as far as it was asked. */
  get version(): string | undefined {
    return this.#version;
  }

  /** When it was found or lost, in milliseconds since the epoch. */
  get changedAt(): number {
    return this.#changedAt;
  }

  /** Why it is not there, once a dial has failed. */
  get failure(): GatewayError | undefined {
    return this.#failure;
  }

  cameraReport(plugin: string, id: string | undefined): CameraReport {
    const report = this.#reports.find(plugin, id);
    return this.state === "open"
      ? report
      : { id: id ?? "", state: this.#down.state };
  }

  /**
   * Opens a session of its own for a client. While the upstream is being
   * redialled this waits a little, so that a viewer who comes back at once
   * finds it as soon as it is there; {@linkcode ReturnPace} says whose turn
   * it is then.
   */
  async openSession(events: SessionEvents): Promise<JanusSession> {
    const client = this.#client ?? await this.#waitForClient();
    const waitMs = this.#scaled(this.#pace?.takeMs(this.#unscaledNowMs) ?? 0);
    if (waitMs === 0) return client.create(events);
    await delay(waitMs, { signal: this.#abort.signal });
    // It may be another one by now, or away again.
    const now = this.#client ?? await this.#waitForClient();
    return now.create(events);
  }

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
      throw new GatewayError(this.#down.code, { cause });
    }
    if (this.#client !== undefined) return this.#client;
    throw new GatewayError(this.#down.code);
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
      this.#changed(undefined);
      const count = this.#lostCount;
      this.#pace = count === 0
        ? undefined
        : new ReturnPace({ count, nowMs: this.#unscaledNowMs });
      log.info("upstream open", { upstream: this.name });
      this.#reports.poll(client);
      if (this.#options.asksVersion) void this.#askVersion(client);
      this.#opened.resolve();
      return await client.closed;
    } catch (error) {
      return error;
    }
  }

  /** Once per connection: it may come back as another. */
  async #askVersion(client: JanusClient): Promise<void> {
    const { log } = this.#options;
    const answer = await client.info().catch(() => undefined);
    const version = answer && versionIn(answer);
    if (version === undefined) return;
    this.#version = version;
    log.info("janus", { upstream: this.name, version });
    if (this.#saidOld || !isOld(version)) return;
    this.#saidOld = true;
    log.warn(OLD_JANUS, { upstream: this.name, version });
  }

  #changed(failure: GatewayError | undefined): void {
    const isNews = (failure === undefined) !== (this.#failure === undefined);
    if (isNews) this.#changedAt = Date.now();
    this.#failure = failure;
  }

  #lost(error: unknown, { attempt }: { attempt: number }): void {
    const isKnown = error instanceof GatewayError;
    const cause = error;
    this.#changed(
      isKnown ? error : new GatewayError("upstream_unreachable", { cause }),
    );
    const fields = {
      ...isKnown ? error.context : {},
      upstream: this.name,
      reason: isKnown ? error.code : String(error),
    };
    if (this.#client !== undefined) {
      this.#lostCount = this.#client.lostCount;
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

/** A connection that has lived this long was a good one. */
const STABLE_TICKS = 5;

const UPSTREAM_DOWN = {
  state: "upstream_down",
  code: "upstream_unreachable",
} as const;

const DEVICE_DOWN = {
  state: "device_offline",
  code: "device_offline",
} as const;
