/**
 * Slows down guessing: per account, per address and over all. Locks pass by
 * themselves, and whoever has a session is not touched by them.
 *
 * @module
 */

import { GatewayError } from "../../errors.ts";
import { LOGIN_KEYS_MAX, LOGIN_LIMITS } from "../../limits.ts";

/** So many failures within a time lock for another time. */
export interface FailureLimit {
  readonly failuresMax: number;
  readonly withinMs: number;
  readonly lockMs: number;
}

/** One attempt, counted as failed until it succeeds. */
export interface Attempt {
  readonly succeed: () => void;
  /**
   * Half way: more is asked for. The account has failed so far, for guesses
   * of what is asked would be free otherwise.
   */
  readonly goOn: () => void;
}

/** Counts failures of one kind, by key. */
class FailureCounter {
  readonly #limit: FailureLimit;
  /** Times of the latest failures, oldest first. */
  readonly #failures = new Map<string, readonly number[]>();

  constructor(limit: FailureLimit) {
    this.#limit = limit;
  }

  /** How long the key has to wait; 0 or less: not at all. */
  waitMs(key: string, now: number): number {
    const failures = this.#failures.get(key) ?? [];
    const last = failures.at(-1) ?? 0;
    const locked = failures.length >= this.#limit.failuresMax;
    return locked ? last + this.#limit.lockMs - now : 0;
  }

  fail(key: string, now: number): void {
    const { withinMs, failuresMax } = this.#limit;
    const before = (this.#failures.get(key) ?? [])
      .filter((time) => time > now - withinMs);
    // Newest last, so that the first key is the one to forget.
    this.#failures.delete(key);
    this.#failures.set(key, [...before, now].slice(-failuresMax));
    if (this.#failures.size > LOGIN_KEYS_MAX) {
      const [oldest = ""] = this.#failures.keys();
      this.#failures.delete(oldest);
    }
  }

  /** Takes one failure back: what was counted ahead turned out right. */
  forgive(key: string, time: number): void {
    const failures = this.#failures.get(key) ?? [];
    const at = failures.lastIndexOf(time);
    this.#failures.set(key, failures.filter((_, index) => index !== at));
  }

  forget(key: string): void {
    this.#failures.delete(key);
  }
}

/** Limits attempts to sign in. */
export class LoginLimit {
  readonly #now: () => number;
  readonly #accounts = new FailureCounter(LOGIN_LIMITS.account);
  readonly #addresses = new FailureCounter(LOGIN_LIMITS.address);
  readonly #all = new FailureCounter(LOGIN_LIMITS.all);

  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Begins an attempt. It counts as failed from the start, so that many at
   * once gain nothing.
   *
   * @throws {GatewayError} `rate_limited`, with `retryAfterS`.
   */
  begin(
    { account, address }: { account: string | undefined; address: string },
  ): Attempt {
    const now = this.#now();
    const counted = [
      [this.#addresses, network(address)],
      [this.#all, ""],
      ...account === undefined ? [] : [[this.#accounts, account] as const],
    ] as const;
    const waitMs = Math.max(
      ...counted.map(([counter, key]) => counter.waitMs(key, now)),
    );
    if (waitMs > 0) {
      throw new GatewayError("rate_limited", {
        context: { retryAfterS: Math.ceil(waitMs / 1000) },
      });
    }
    for (const [counter, key] of counted) counter.fail(key, now);
    const goOn = () => {
      this.#addresses.forgive(network(address), now);
      this.#all.forgive("", now);
    };
    return {
      goOn,
      succeed: () => {
        if (account !== undefined) this.#accounts.forget(account);
        goOn();
      },
    };
  }
}

/** IPv6 hosts own a /64 at least: one of its addresses stands for all. */
export function network(address: string): string {
  if (!address.includes(":")) return address;
  const [left = [], right] = address.split("::")
    .map((part) => part === "" ? [] : part.split(":"));
  const zeros = right === undefined ? 0 : 8 - left.length - right.length;
  return [...left, ...Array(Math.max(0, zeros)).fill("0"), ...right ?? []]
    .slice(0, 4).join(":");
}
