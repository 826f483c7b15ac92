/**
 * A device that is another nalgate. Its cameras are asked for in the
 * background, again and again, so that no page ever waits for it.
 *
 * @module
 */

import { Agent } from "node:http";
import { deadline } from "@std/async/deadline";
import { delay } from "@std/async/delay";
import {
  cameraKey,
  type DeviceConfig,
  type Name,
} from "../../config/config.ts";
import { type ErrorCode, GatewayError } from "../../errors.ts";
import {
  DEVICE_POLL_INTERVAL_MS,
  TICK_MS,
  UPSTREAM_WAIT_MS,
} from "../../limits.ts";
import type { Logger } from "../../log.ts";
import type { JanusClient } from "../../janus/client.ts";
import { dialer } from "../../janus/dial.ts";
import { USTREAMER_PLUGIN } from "../../janus/message.ts";
import { createCounters } from "../tunnel/counters.ts";
import type {
  Device,
  DeviceCamera,
  DeviceState,
  DeviceStatus,
} from "./device.ts";
import { type DeviceLink, DeviceUpstream } from "./device_upstream.ts";
import { failureWords } from "./failure.ts";
import {
  askListing,
  type DeviceListedCamera,
  type ListingAnswer,
  parseListing,
} from "./listing.ts";

/** What a device is reached with. */
export interface NalgateDeviceOptions {
  /** Which nalgate this is. */
  readonly instance: string;
  /** Read afresh each time: the token may have been replaced. */
  readonly token: () => Promise<string>;
  readonly log: Logger;
  /** Tests ask more often. */
  readonly pollIntervalMs?: number;
}

/** What a poll has found. */
interface Finding {
  readonly state: DeviceState;
  readonly detail?: string | undefined;
}

/** Another nalgate. */
export class NalgateDevice implements Device, DeviceLink {
  readonly kind = "nalgate";
  readonly name: Name;
  title: string;
  readonly url: string;
  readonly counters = createCounters();
  readonly #options: NalgateDeviceOptions;
  readonly #agent: Agent;
  readonly #abort = new AbortController();
  readonly #tickers = new Set<() => void>();
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #clients = new Set<JanusClient>();
  readonly #polling: Promise<void>;
  #pause = new AbortController();
  #opened = Promise.withResolvers<void>();
  #status: DeviceStatus = {
    state: "device_connecting",
    detail: undefined,
    since: Date.now(),
  };
  /** None until it has told us. */
  #listed: readonly DeviceListedCamera[] | undefined;

  constructor(
    { name, title, url }: DeviceConfig & { readonly kind: "nalgate" },
    options: NalgateDeviceOptions,
  ) {
    this.name = name;
    this.title = title;
    this.url = url;
    this.#options = options;
    this.#agent = agentFor(new URL(url));
    this.#timer = setInterval(() => {
      for (const callback of [...this.#tickers]) callback();
    }, TICK_MS);
    this.#polling = this.#run();
  }

  get status(): DeviceStatus {
    return this.#status;
  }

  configure({ title }: DeviceConfig): void {
    this.title = title;
  }

  get cameras(): readonly DeviceCamera[] {
    return (this.#listed ?? []).map((camera) => this.#camera(camera));
  }

  find(name: Name): DeviceCamera | undefined {
    if (this.#listed === undefined) return this.#camera({ name, title: name });
    const found = this.#listed.find((camera) => camera.name === name);
    return found && this.#camera(found);
  }

  get instance(): string {
    return this.#options.instance;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  token(): Promise<string> {
    return this.#options.token();
  }

  async whenOpen(): Promise<void> {
    if (!isLasting(this.#status.state)) {
      await deadline(this.#opened.promise, UPSTREAM_WAIT_MS).catch(() => {});
    }
    const { state } = this.#status;
    if (state === "open") return;
    throw new GatewayError(codeOf(state), { context: { device: this.name } });
  }

  onTick(callback: () => void): Disposable {
    this.#tickers.add(callback);
    return { [Symbol.dispose]: () => void this.#tickers.delete(callback) };
  }

  opened(client: JanusClient): void {
    this.#clients.add(client);
    client.closed.then(() => this.#clients.delete(client));
  }

  missed(): void {
    if (this.#status.state === "open") this.#pause.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort(new GatewayError("shutting_down"));
    this.#pause.abort();
    clearInterval(this.#timer);
    const clients = [...this.#clients];
    await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
    await this.#polling;
    this.#agent.destroy();
  }

  #camera(
    { name, title }: Pick<DeviceListedCamera, "name" | "title">,
  ): DeviceCamera {
    const report = () =>
      this.#listed?.find((camera) => camera.name === name)?.report;
    return {
      name,
      title,
      route: {
        camera: cameraKey({ device: this.name, name }),
        upstream: new DeviceUpstream(this, { camera: name, report }),
        plugin: USTREAMER_PLUGIN,
        // The path says which camera it is.
        id: undefined,
      },
    };
  }

  /** Polls until disposed of. */
  async #run(): Promise<void> {
    const { signal } = this.#abort;
    const { pollIntervalMs = DEVICE_POLL_INTERVAL_MS } = this.#options;
    while (!signal.aborted) {
      this.#pause = new AbortController();
      const finding = await this.#poll();
      if (signal.aborted) break;
      this.#settle(finding);
      // Cut short when a viewer's connection is lost.
      await delay(pollIntervalMs, { signal: this.#pause.signal })
        .catch(() => {});
    }
    this.#opened.resolve();
  }

  async #poll(): Promise<Finding> {
    let token: string;
    try {
      token = await this.#options.token();
    } catch {
      const detail = "The file with the token cannot be read.";
      return { state: "device_refused", detail };
    }
    try {
      const url = new URL("api/cameras", this.url);
      const { signal } = this;
      return this.#judge(
        await askListing(url, { agent: this.#agent, token, signal }),
      );
    } catch (error) {
      return { state: "device_offline", detail: failureWords(error) };
    }
  }

  #judge({ status, instance, body }: ListingAnswer): Finding {
    if (instance === this.instance) return { state: "device_loop" };
    if (status === 401 || status === 403) return { state: "device_refused" };
    if (status !== 200) {
      const context = { status };
      throw new GatewayError("device_offline", { context });
    }
    const listed = parseListing(body);
    if (listed === undefined) {
      const detail = "What it answers is no list of cameras.";
      return { state: "device_offline", detail };
    }
    this.#listed = listed;
    return { state: "open" };
  }

  #settle({ state, detail }: Finding): void {
    const before = this.#status;
    if (before.state === state && before.detail === detail) return;
    const since = before.state === state ? before.since : Date.now();
    this.#status = { state, detail, since };
    if (state === "open") this.#opened.resolve();
    else if (before.state === "open") this.#opened = Promise.withResolvers();
    this.#options.log.log(state === "open" ? "info" : "warn", "device", {
      device: this.name,
      state,
      reason: detail,
    });
  }
}

/** Somebody has to do something about it: nobody waits for that. */
function isLasting(state: DeviceState): boolean {
  return state === "device_refused" || state === "device_loop";
}

function codeOf(state: DeviceState): ErrorCode {
  return state === "device_refused" || state === "device_loop"
    ? state
    : "device_offline";
}

/** Keeps one connection for the polls, TLS and all. */
function agentFor(url: URL): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  agent.createConnection = dialer(url);
  return agent;
}
