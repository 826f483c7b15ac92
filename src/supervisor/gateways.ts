/**
 * The gateway and its predecessors. What a process may reach is fixed at its
 * start, so a configuration that needs more needs another process. It starts
 * beside the first and listens at the same address, so that nobody finds the
 * door closed; then the first lets go of it, and keeps its viewers until they
 * leave.
 *
 * @module
 */

import type { GatewayOrder, GatewayReady } from "../config/handover.ts";
import { GATEWAY_STOP_TIMEOUT_MS, GATEWAYS_RETIRED_MAX } from "../limits.ts";
import type { Logger } from "../log.ts";
import { ADDRESS_IN_USE } from "./backoff.ts";
import type { Program } from "./child.ts";
import type { Service, ServiceOptions } from "./service.ts";

/** What it takes to run gateways. */
export interface GatewaysOptions {
  readonly service: (options: Omit<ServiceOptions, "log">) => Service;
  readonly program: (how: { readonly takesOver: boolean }) => Program;
  readonly onReady: (answer: GatewayReady) => void;
  readonly onRefused: (code: number) => void;
  /** Called when a successor could not serve; the one before it stays. */
  readonly onStays: () => void;
  readonly log: Logger;
}

/** One gateway that serves newcomers, and those that serve the rest. */
export class Gateways {
  readonly #options: GatewaysOptions;
  #current: Service | undefined;
  #successor: Service | undefined;
  /** Oldest first; those that were told to stop, too. */
  readonly #retired = new Set<Service>();
  /** Another successor is wanted, when this one has come or not. */
  #wanted: { readonly keepsViewers: boolean } | undefined;
  #stopping = false;

  constructor(options: GatewaysOptions) {
    this.#options = options;
  }

  get isStarted(): boolean {
    return this.#current !== undefined;
  }

  start(): void {
    const { service, program, onReady, onRefused } = this.#options;
    this.#current ??= service({
      program: () => program({ takesOver: false }),
      onReady: (answer) => onReady(answer as GatewayReady),
      onRefused,
      stopTimeoutMs: GATEWAY_STOP_TIMEOUT_MS,
    });
  }

  /** Starts the gateway anew; its viewers have to come back. */
  restart(): void {
    this.#current?.restart();
    if (this.#successor !== undefined) this.replace({ keepsViewers: true });
  }

  /** Tells all of them. */
  send(order: GatewayOrder): void {
    for (const service of this.#all) service.send(order);
  }

  /** Starts a successor. */
  replace(how: { readonly keepsViewers: boolean }): void {
    const old = this.#current;
    if (old === undefined || this.#stopping) return;
    if (this.#successor !== undefined) {
      const keepsViewers = how.keepsViewers &&
        (this.#wanted?.keepsViewers ?? true);
      this.#wanted = { keepsViewers };
      return;
    }
    const { service, program, onReady, onRefused } = this.#options;
    let hasServed = false;
    this.#successor = service({
      program: () => program({ takesOver: !hasServed }),
      onReady: (answer) => {
        if (!hasServed) this.#succeeded(old, how);
        hasServed = true;
        onReady(answer as GatewayReady);
      },
      onRefused: (code) => {
        if (hasServed) onRefused(code);
        else this.#failed(code);
      },
      stopTimeoutMs: GATEWAY_STOP_TIMEOUT_MS,
    });
  }

  /** Ends all of them. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#all.map((service) => service.stop()));
  }

  kill(): void {
    this.#stopping = true;
    for (const service of this.#all) service.kill();
  }

  get #all(): readonly Service[] {
    return [this.#current, this.#successor, ...this.#retired]
      .filter((service) => service !== undefined);
  }

  #succeeded(old: Service, { keepsViewers }: { keepsViewers: boolean }): void {
    this.#current = this.#successor;
    this.#successor = undefined;
    old.leaveAlone();
    this.#retired.add(old);
    old.ended.finally(() => this.#retired.delete(old));
    if (keepsViewers) old.send({ kind: "retire" } satisfies GatewayOrder);
    else old.stop();
    for (const service of [...this.#retired].slice(0, -GATEWAYS_RETIRED_MAX)) {
      service.stop();
    }
    this.#options.log.info("another gateway serves", {
      retired: this.#retired.size,
    });
    this.#goOn();
  }

  #failed(code: number): void {
    this.#successor?.leaveAlone();
    this.#successor = undefined;
    if (this.#stopping) return;
    const reason = code === ADDRESS_IN_USE
      ? "an address is in use"
      : "another gateway does not start";
    this.#options.log.error("configuration not fully applied", {
      exitCode: code,
      reason: `${reason}; the one before it goes on`,
    });
    this.#options.onStays();
    this.#goOn();
  }

  #goOn(): void {
    const wanted = this.#wanted;
    this.#wanted = undefined;
    if (wanted !== undefined) this.replace(wanted);
  }
}
