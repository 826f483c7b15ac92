/**
 * The gateway process: upstreams, users, cameras and the server, put
 * together.
 *
 * @module
 */

import { delay } from "@std/async/delay";
import type { Address, DeviceConfig } from "../config/config.ts";
import type {
  GatewayHandover,
  GatewayOrder,
  GatewayReady,
} from "../config/handover.ts";
import {
  DRAIN_POLL_MS,
  DRAIN_TIMEOUT_MS,
  RETIRED_POLL_INTERVAL_MS,
  SESSION_AGE_MAX_MS,
  TICK_MS,
} from "../limits.ts";
import type { Logger } from "../log.ts";
import { readAssets } from "./assets.ts";
import { Audit } from "./audit.ts";
import { addressList } from "./auth/addresses.ts";
import { Auth } from "./auth/auth.ts";
import { Cameras } from "./cameras.ts";
import { Current } from "./current.ts";
import type { Device } from "./devices/device.ts";
import { iceServersOf } from "./ice_servers.ts";
import { Metrics } from "./metrics.ts";
import { MetricsServer } from "./metrics_server.ts";
import type { NamedParts } from "./named_parts.ts";
import { Overload } from "./overload.ts";
import { readyAnswer } from "./ready_answer.ts";
import { createApp } from "./routes.ts";
import { GatewayServer } from "./server.ts";
import { Places } from "./places.ts";
import type { Upstream } from "./tunnel/upstream.ts";
import {
  createDevices,
  createUpstreams,
  type UpstreamEntry,
  type UpstreamSource,
  withinReach,
} from "./upstreams.ts";

/** What the gateway gets besides its handover. */
export interface GatewayOptions {
  readonly log: Logger;
  readonly now?: () => number;
  /** Folders of the pages' assets, if not the usual ones. */
  readonly assetFolders?: readonly string[];
  /** One beat in milliseconds; tests make time go faster with it. */
  readonly tickMs?: number;
}

/** Serves until told to end; returns when all viewers have been told. */
export async function runGateway(
  handover: GatewayHandover,
  { log, ended, ready, onOrder }: {
    log: Logger;
    ended: AbortSignal;
    ready: (answer: GatewayReady) => void;
    onOrder?: (take: (order: GatewayOrder) => void) => void;
  },
): Promise<void> {
  await using gateway = await Gateway.start(handover, { log });
  ready(gateway.ready);
  log.info("ready", { url: gateway.ready.url });
  const finished = Promise.withResolvers<void>();
  onOrder?.((order) => gateway.obey(order));
  ended.addEventListener("abort", () => finished.resolve(), { once: true });
  if (ended.aborted) finished.resolve();
  gateway.left.then(finished.resolve);
  await finished.promise;
  log.info("draining");
  await gateway.drain();
}

/** A running gateway. */
export class Gateway implements AsyncDisposable {
  readonly #parts: GatewayParts;
  readonly #left = Promise.withResolvers<void>();
  #around = new AsyncDisposableStack();
  #draining = false;
  #leaving: ReturnType<typeof setInterval> | undefined;
  #ready: GatewayReady = { url: "", port: 0 };
  #server: GatewayServer | undefined;
  #metrics: MetricsServer | undefined;

  private constructor(parts: GatewayParts) {
    this.#parts = parts;
  }

  /** Starts all parts; if one cannot start, none is left running. */
  static async start(
    handover: GatewayHandover,
    { log, now = Date.now, assetFolders, tickMs = TICK_MS }: GatewayOptions,
  ): Promise<Gateway> {
    await using around = new AsyncDisposableStack();
    const { config, takesOver = false } = handover;
    const auth = around.use(
      await Auth.open({
        stateDir: config.stateDir,
        access: config.access,
        log: log.module("auth"),
        now,
      }),
    );
    const current = new Current(config);
    const upstreams = around.use(
      createUpstreams({ log: log.module("upstream"), tickMs }),
    );
    const { instance } = auth;
    const devices = around.use(
      createDevices({ log: log.module("device"), instance }),
    );
    const reach = withinReach(handover);
    upstreams.replace(reach.upstreams);
    devices.replace(reach.devices);
    const cameras = new Cameras(config.cameras, {
      upstreams: upstreams.byName,
      devices: devices.all,
      configuredDevices: config.devices,
    });
    const places = new Places(() => current.config.limits);
    const metrics = new Metrics();
    const gateway = new Gateway({
      auth,
      places,
      upstreams,
      devices,
      cameras,
      current,
      metrics,
      log,
    });
    const iceServers = iceServersOf({
      servers: () => current.config.iceServers,
      log: log.module("ice"),
      now,
    });
    const assets = await readAssets(assetFolders);
    const overload = around.use(
      new Overload({
        get memoryMax() {
          return current.config.limits.memory;
        },
        log: log.module("gateway"),
      }),
    );
    const server = around.use(
      await GatewayServer.listen({
        listen: config.listen,
        isProxy: current.derive(({ trustedProxies }) =>
          addressList(trustedProxies)
        ),
        limits: () => current.config.limits,
        log: log.module("gateway"),
        takesOver,
        createApp: (listen) =>
          createApp({
            current,
            listen,
            auth,
            cameras,
            upstreams: upstreams.byName,
            assets,
            places,
            overload,
            iceServers,
            metrics,
            log: log.module("gateway"),
            audit: new Audit(log),
            draining: () => gateway.#draining,
          }),
      }),
    );
    gateway.#server = server;
    if (config.metricsListen !== undefined) {
      const counted = { metrics, cameras, upstreams: upstreams.byName };
      gateway.#metrics = around.use(
        await MetricsServer.listen(config.metricsListen, {
          ...counted,
          takesOver,
        }),
      );
    }
    gateway.#ready = await readyAnswer(handover, {
      auth,
      address: server.address,
    });
    gateway.#around = around.move();
    return gateway;
  }

  /** Where it serves, and the one-time link if there is one. */
  get ready(): GatewayReady {
    return this.#ready;
  }

  /** Where it listens, with the real port. */
  get address(): Address {
    return this.#server?.address ?? this.#parts.current.config.listen;
  }

  /** Where `/metrics` is, with the real port. */
  get metricsAddress(): Address | undefined {
    return this.#metrics?.address;
  }

  /** Users and their rights; the tests' way in. */
  get auth(): Auth {
    return this.#parts.auth;
  }

  /** Resolves when it has retired and all its viewers have left. */
  get left(): Promise<void> {
    return this.#left.promise;
  }

  /** Does what the supervisor says. */
  obey(order: GatewayOrder): void {
    switch (order.kind) {
      case "configure":
        return this.#configure(order);
      case "retire":
        return this.#retire();
      case "reloaded":
        return this.#parts.metrics.reloaded(order.result);
    }
  }

  /** Takes no more viewers and waits until those there have gone. */
  async drain(): Promise<void> {
    const { auth, places } = this.#parts;
    this.#draining = true;
    auth.leases.endAll("shutting_down");
    const until = performance.now() + DRAIN_TIMEOUT_MS;
    while (places.count > 0 && performance.now() < until) {
      await delay(DRAIN_POLL_MS);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#leaving);
    await this.#around[Symbol.asyncDispose]();
  }

  /** All in one turn: nobody sees a part of it only. */
  #configure(source: UpstreamSource): void {
    const { current, upstreams, devices, cameras, auth, log } = this.#parts;
    const { config } = source;
    log.setLevel(config.logLevel);
    current.replace(config);
    this.#server?.limit(config.limits);
    const reach = withinReach(source);
    const endUpstreams = upstreams.replace(reach.upstreams);
    const endDevices = devices.replace(reach.devices);
    cameras.replace(config.cameras, {
      upstreams: upstreams.byName,
      devices: devices.all,
      configuredDevices: config.devices,
    });
    // Looks at all viewers: whose camera is gone or elsewhere has to go.
    auth.configure(config.access);
    endUpstreams();
    endDevices();
  }

  /** Lets go of the address, and waits for the last viewer to leave. */
  #retire(): void {
    if (this.#leaving !== undefined) return;
    const { places } = this.#parts;
    this.#server?.release();
    this.#metrics?.release();
    const untilMs = performance.now() + SESSION_AGE_MAX_MS;
    this.#leaving = setInterval(() => {
      const isEmpty = places.count === 0 && this.#server?.isIdle;
      if (isEmpty || performance.now() > untilMs) this.#left.resolve();
    }, RETIRED_POLL_INTERVAL_MS);
  }
}

/** What a gateway consists of. */
interface GatewayParts {
  readonly auth: Auth;
  readonly places: Places;
  readonly upstreams: NamedParts<UpstreamEntry, Upstream>;
  readonly devices: NamedParts<DeviceConfig, Device>;
  readonly cameras: Cameras;
  readonly current: Current;
  readonly metrics: Metrics;
  readonly log: Logger;
}
