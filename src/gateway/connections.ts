/**
 * What one TCP connection may cost before anybody knows whose it is.
 *
 * @module
 */

import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { ViewerLimits } from "../config/config.ts";
import { CONNECTIONS_PER_VIEWER, PIPELINED_REQUESTS_MAX } from "../limits.ts";
import type { Logger } from "../log.ts";
import { plainAddress } from "./auth/addresses.ts";
import { network } from "./auth/rate_limit.ts";

/** Counts connections by address, and unfinished answers by connection. */
export class Connections {
  readonly #byNetwork = new Map<string, number>();
  readonly #unfinished = new WeakMap<Socket, number>();
  readonly #ending = new WeakSet<Duplex>();
  readonly #isProxy: () => (address: string) => boolean;
  readonly #limits: () => ViewerLimits;
  readonly #log: Logger;
  /** Whom the log has told of, as long as they have connections. */
  readonly #told = new Set<string>();
  #unfinishedCount = 0;

  constructor(
    { isProxy, limits, log }: {
      isProxy: () => (address: string) => boolean;
      limits: () => ViewerLimits;
      log: Logger;
    },
  ) {
    this.#isProxy = isProxy;
    this.#limits = limits;
    this.#log = log;
  }

  /** Requests whose answers are not out, over all connections. */
  get unfinishedCount(): number {
    return this.#unfinishedCount;
  }

  /** Counts a new connection, or cuts it: one host must not take them all. */
  admit(socket: Socket): void {
    const address = plainAddress(socket.remoteAddress ?? "");
    // Everybody comes through the proxy, which has limits of its own.
    if (this.#isProxy()(address)) return;
    const key = network(address);
    const count = this.#byNetwork.get(key) ?? 0;
    const { viewersPerAddress } = this.#limits();
    if (count >= CONNECTIONS_PER_VIEWER * viewersPerAddress) {
      if (!this.#told.has(key)) {
        this.#log.warn("connections refused", { ip: address, count });
      }
      this.#told.add(key);
      socket.destroy();
      return;
    }
    this.#byNetwork.set(key, count + 1);
    socket.once("close", () => {
      const left = (this.#byNetwork.get(key) ?? 1) - 1;
      if (left > 0) return void this.#byNetwork.set(key, left);
      this.#byNetwork.delete(key);
      this.#told.delete(key);
    });
  }

  /**
   * Whether a request may be served. Nobody sends the next one before the
   * answer (browsers and proxies do not pipeline), except to have answers
   * pile up here that are never read. Such a connection is cut.
   */
  begin(socket: Socket, outgoing: ServerResponse): boolean {
    if (socket.destroyed || this.isEnding(socket)) return false;
    const count = (this.#unfinished.get(socket) ?? 0) + 1;
    if (count > PIPELINED_REQUESTS_MAX) {
      socket.destroy();
      return false;
    }
    this.#unfinished.set(socket, count);
    this.#unfinishedCount++;
    outgoing.once("close", () => {
      this.#unfinishedCount--;
      this.#unfinished.set(socket, (this.#unfinished.get(socket) ?? 1) - 1);
    });
    return true;
  }

  /** What follows a refused request may be its body: nobody reads it. */
  end(socket: Duplex): void {
    this.#ending.add(socket);
  }

  /** Whether whatever else comes on this connection is ignored. */
  isEnding(socket: Duplex): boolean {
    return this.#ending.has(socket);
  }
}
