/**
 * `/metrics`, on a listener of its own: nothing of it on the public one.
 *
 * @module
 */

import { createServer, type Server } from "node:http";
import type { Address } from "../config/config.ts";
import {
  HEADERS_SIZE_MAX,
  HEADERS_TIMEOUT_MS,
  LOOP_LAG_INTERVAL_MS,
  LOOP_LAG_SAMPLES,
  METRICS_CONNECTIONS_MAX,
  REQUEST_TIMEOUT_MS,
} from "../limits.ts";
import { type MetricsParts, metricsText } from "./metrics.ts";
import { bind } from "./server.ts";

/** A listening server. */
export class MetricsServer implements AsyncDisposable {
  readonly #http: Server;
  readonly #lag: LoopLag;
  /** With the real port. */
  readonly address: Address;

  private constructor(
    http: Server,
    { lag, address }: { lag: LoopLag; address: Address },
  ) {
    this.#http = http;
    this.#lag = lag;
    this.address = address;
  }

  /** Binds and serves `GET /metrics`. */
  static async listen(
    listen: Address,
    { takesOver = false, ...parts }: Omit<MetricsParts, "loopLagS"> & {
      /** From another gateway, which has not let go of the address yet. */
      readonly takesOver?: boolean;
    },
  ): Promise<MetricsServer> {
    const http = createServer({
      maxHeaderSize: HEADERS_SIZE_MAX,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
    });
    http.maxConnections = METRICS_CONNECTIONS_MAX;
    const address = await bind(http, listen, { takesOver });
    const lag = new LoopLag();
    const loopLagS = () => lag.seconds;
    http.on("request", ({ method, url }, outgoing) => {
      const isAsked = method === "GET" && url === "/metrics";
      outgoing.writeHead(isAsked ? 200 : 404, {
        "Content-Type": "text/plain; version=0.0.4; charset=utf-8",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
        "Connection": "close",
      });
      outgoing.end(isAsked ? metricsText({ ...parts, loopLagS }) : "");
    });
    return new MetricsServer(http, { lag, address });
  }

  /** Lets go of the address. */
  release(): void {
    if (this.#http.listening) this.#http.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#lag[Symbol.dispose]();
    const closed = this.#http.listening
      ? new Promise<void>((resolve) => this.#http.close(() => resolve()))
      : undefined;
    this.#http.closeAllConnections();
    await closed;
  }
}

/** Measures how late timers are: what keeps all viewers waiting. */
class LoopLag implements Disposable {
  readonly #lags: number[] = [];
  #due = performance.now() + LOOP_LAG_INTERVAL_MS;
  readonly #timer = setInterval(() => {
    const now = performance.now();
    this.#lags.push(Math.max(0, now - this.#due));
    if (this.#lags.length > LOOP_LAG_SAMPLES) this.#lags.shift();
    this.#due = now + LOOP_LAG_INTERVAL_MS;
  }, LOOP_LAG_INTERVAL_MS);

  get seconds(): number {
    return Math.max(0, ...this.#lags) / 1000;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
