/**
 * One-time codes: the setup link of the first start, the demo's login link.
 * A code lives in memory only, hashed, until its one use or its end.
 *
 * @module
 */

import { hashOf, newSecret, sameSecret } from "./secret.ts";

/** A code that works once. */
export class OneTimeCode {
  readonly #now: () => number;
  #hash: string | undefined;
  readonly #expiresAt: number;

  private constructor(hash: string, expiresAt: number, now: () => number) {
    this.#hash = hash;
    this.#expiresAt = expiresAt;
    this.#now = now;
  }

  /** Makes a code: the text for the link, and what checks it. */
  static issue(
    { ageMaxMs, now }: { ageMaxMs: number; now: () => number },
  ): { text: string; code: OneTimeCode } {
    const text = newSecret();
    const code = new OneTimeCode(hashOf(text), now() + ageMaxMs, now);
    return { text, code };
  }

  /** Whether this is the code. */
  matches(text: string): boolean {
    return this.#hash !== undefined && this.#now() < this.#expiresAt &&
      sameSecret(hashOf(text), this.#hash);
  }

  /** Makes the code worthless. */
  spend(): void {
    this.#hash = undefined;
  }
}
