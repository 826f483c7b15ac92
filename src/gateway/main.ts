/**
 * The gateway process: upstreams, users, cameras and the server, put
 * together.
 *
 * @module
 */

import { delay } from "@std/async/delay";
import type { Address } from "../config/config.ts";
import type { GatewayHandover, GatewayReady } from "../config/handover.ts";
import { DRAIN_POLL_MS, DRAIN_TIMEOUT_MS, TICK_MS } from "../limits.ts";
import type { Logger } from "../log.ts";
import { readAssets } from "./assets.ts";
import { Auth } from "./auth/auth.ts";
import { Cameras } from "./cameras.ts";
import { openDevice } from "./devices/open_device.ts";
import { isExposed } from "./exposure.ts";
import { iceServersOf } from "./ice_servers.ts";
import { Metrics } from "./metrics.ts";
import { MetricsServer } from "./metrics_server.ts";
import { baseUrl } from "./origin.ts";
import { Overload } from "./overload.ts";
import { createApp } from "./routes.ts";
import { GatewayServer } from "./server.ts";
import { Upstream, type UpstreamOptions } from "./tunnel/upstream.ts";
import { Places } from "./places.ts";

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
  { log, ended, ready }: {
    log: Logger;
    ended: AbortSignal;
    ready: (answer: GatewayReady) => void;
  },
): Promise<void> {
  await using gateway = await Gateway.start(handover, { log });
  ready(gateway.ready);
  log.info("ready", { url: gateway.ready.url });
  await new Promise<void>((resolve) => {
    if (ended.aborted) resolve();
    else ended.addEventListener("abort", () => resolve(), { once: true });
  });
  log.info("draining");
  await gateway.drain();
}

/** A running gateway. */
export class Gateway implements AsyncDisposable {
  readonly #auth: Auth;
  readonly #places: Places;
  #parts = new AsyncDisposableStack();
  #draining = false;
  #ready: GatewayReady = { url: "" };
  #address: Address = { hostname: "", port: 0 };
  #metricsAddress: Address | undefined;

  private constructor(auth: Auth, places: Places) {
    this.#auth = auth;
    this.#places = places;
  }

  /** Starts all parts; if one cannot start, none is left running. */
  static async start(
    handover: GatewayHandover,
    { log, now = Date.now, assetFolders, tickMs = TICK_MS }: GatewayOptions,
  ): Promise<Gateway> {
    await using parts = new AsyncDisposableStack();
    const { config } = handover;
    const auth = parts.use(
      await Auth.open({
        stateDir: config.stateDir,
        access: config.access,
        log: log.module("auth"),
        now,
      }),
    );
    const upstreams = new Map<string, Upstream>();
    for (const options of upstreamOptions(handover, log)) {
      const upstream = parts.use(new Upstream({ ...options, tickMs }));
      upstreams.set(options.name, upstream);
    }
    const devices = config.devices.map((device) =>
      parts.use(openDevice(device, {
        instance: auth.instance,
        readSecret,
        log: log.module("device"),
      }))
    );
    const cameras = new Cameras(config.cameras, { upstreams, devices });
    const iceServers = iceServersOf({
      servers: config.iceServers,
      log: log.module("ice"),
      now,
    });
    const metrics = new Metrics();
    const assets = await readAssets(assetFolders);
    const gateway = new Gateway(auth, new Places(config.limits));
    const overload = parts.use(
      new Overload({
        memoryMax: config.limits.memory,
        log: log.module("gateway"),
      }),
    );
    const server = parts.use(
      await GatewayServer.listen({
        listen: config.listen,
        trustedProxies: config.trustedProxies,
        limits: config.limits,
        log: log.module("gateway"),
        createApp: (listen) =>
          createApp({
            publicUrl: config.publicUrl,
            frameAncestors: config.frameAncestors,
            trustedProxies: config.trustedProxies,
            listen,
            auth,
            cameras,
            upstreams,
            assets,
            places: gateway.#places,
            overload,
            iceServers,
            metrics,
            log: log.module("gateway"),
            draining: () => gateway.#draining,
          }),
      }),
    );
    gateway.#address = server.address;
    if (config.metricsListen !== undefined) {
      const counted = { metrics, cameras, upstreams };
      const { address } = parts.use(
        await MetricsServer.listen(config.metricsListen, counted),
      );
      gateway.#metricsAddress = address;
    }
    gateway.#ready = await readyAnswer(handover, {
      auth,
      address: server.address,
    });
    gateway.#parts = parts.move();
    return gateway;
  }

  /** Where it serves, and the one-time link if there is one. */
  get ready(): GatewayReady {
    return this.#ready;
  }

  /** Where it listens, with the real port. */
  get address(): Address {
    return this.#address;
  }

  /** Where `/metrics` is, with the real port. */
  get metricsAddress(): Address | undefined {
    return this.#metricsAddress;
  }

  /** Users and their rights; the tests' way in. */
  get auth(): Auth {
    return this.#auth;
  }

  /** Takes no more viewers and waits until those there have gone. */
  async drain(): Promise<void> {
    this.#draining = true;
    this.#auth.leases.endAll("shutting_down");
    const until = performance.now() + DRAIN_TIMEOUT_MS;
    while (this.#places.count > 0 && performance.now() < until) {
      await delay(DRAIN_POLL_MS);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts[Symbol.asyncDispose]();
  }
}

function upstreamOptions(
  { engine, config }: GatewayHandover,
  log: Logger,
): readonly UpstreamOptions[] {
  const others = config.upstreams.map(({ name, url, apiSecretFile }) => ({
    name,
    url,
    apiSecret: () => apiSecretFile && readSecret(apiSecretFile),
    // Of those that it has started, the supervisor has told already.
    asksVersion: config.januses.every((janus) => janus.name !== name),
    log: log.module("upstream"),
  }));
  if (engine === undefined) return others;
  const { url, apiSecret } = engine;
  return [{
    name: "engine",
    url,
    apiSecret: () => apiSecret,
    log: log.module("upstream"),
  }, ...others];
}

async function readSecret(path: string): Promise<string> {
  return (await Deno.readTextFile(path)).trim();
}

async function readyAnswer(
  { config, demo }: GatewayHandover,
  { auth, address }: { auth: Auth; address: Address },
): Promise<GatewayReady> {
  const url = baseUrl({ publicUrl: config.publicUrl, listen: address });
  // In the fragment, which browsers keep to themselves.
  if (demo) {
    return {
      url,
      link: `${url}login#code=${await auth.login.issueDemoCode()}`,
    };
  }
  // Where strangers are, nobody becomes the first user by a link.
  const code = isExposed(config.listen)
    ? undefined
    : auth.login.issueSetupCode();
  return code === undefined
    ? { url }
    : { url, link: `${url}setup#code=${code}` };
}
