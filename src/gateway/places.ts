/**
 * How many tunnels there may be: over all, of one user, from one address.
 *
 * @module
 */

import type { ViewerLimits } from "../config/config.ts";
import { GatewayError } from "../errors.ts";
import { network } from "./auth/rate_limit.ts";

/** Counts tunnels. */
export class Places {
  #count = 0;
  readonly #byKey = new Map<string, number>();
  readonly #limits: () => ViewerLimits;

  constructor(limits: () => ViewerLimits) {
    this.#limits = limits;
  }

  get count(): number {
    return this.#count;
  }

  /**
   * Takes a place; dispose it when the tunnel ends.
   *
   * @throws {GatewayError} `overloaded` or `rate_limited`.
   */
  take(
    { userId, address }: {
      userId: string;
      /** None: not the user's own, but that of a hub which counts by itself. */
      address: string | undefined;
    },
  ): Disposable {
    const { viewers, viewersPerUser, viewersPerAddress } = this.#limits();
    const keys = [
      [`user ${userId}`, viewersPerUser],
      ...address === undefined
        ? []
        : [[`network ${network(address)}`, viewersPerAddress] as const],
    ] as const;
    if (this.#count >= viewers) {
      throw new GatewayError("overloaded", {
        context: { tunnels: this.#count },
      });
    }
    for (const [key, max] of keys) {
      if ((this.#byKey.get(key) ?? 0) >= max) {
        throw new GatewayError("rate_limited", {
          context: { tunnelsMax: max },
        });
      }
    }
    this.#add(keys.map(([key]) => key), 1);
    let taken = true;
    return {
      [Symbol.dispose]: () => {
        if (taken) this.#add(keys.map(([key]) => key), -1);
        taken = false;
      },
    };
  }

  #add(keys: readonly string[], difference: 1 | -1): void {
    this.#count += difference;
    for (const key of keys) {
      const count = (this.#byKey.get(key) ?? 0) + difference;
      if (count === 0) this.#byKey.delete(key);
      else this.#byKey.set(key, count);
    }
  }
}
