/**
 * Sign-ins under way at an identity provider, each bound to the browser that
 * began it: whoever sends somebody else the end of their own is refused.
 *
 * @module
 */

import { FLOW_AGE_MAX_MS, FLOWS_MAX } from "../../limits.ts";
import { hashOf, newSecret, sameSecret } from "./secret.ts";

/** What is remembered of a sign-in until the browser is back. */
export interface Flow {
  readonly provider: string;
  readonly state: string;
  readonly nonce: string;
  /** PKCE's (RFC 7636). */
  readonly verifier: string;
  /** Where the user wanted to go. */
  readonly next: string;
}

/** Remembers flows in memory, for a while. */
export class Flows {
  readonly #now: () => number;
  /** By the state's hash, oldest first. */
  readonly #flows = new Map<
    string,
    { readonly flow: Flow; readonly browser: string; readonly endsAt: number }
  >();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Remembers a flow; returns the secret for the browser's cookie. */
  begin(flow: Flow): string {
    this.#prune();
    // Strangers begin flows: one too many costs the oldest.
    const [oldest = ""] = this.#flows.keys();
    if (this.#flows.size >= FLOWS_MAX) this.#flows.delete(oldest);
    const secret = newSecret();
    this.#flows.set(hashOf(flow.state), {
      flow,
      browser: hashOf(secret),
      endsAt: this.#now() + FLOW_AGE_MAX_MS,
    });
    return secret;
  }

  /** The flow of this state and this browser, once. */
  take(
    { state, secret }: { state: string; secret: string },
  ): Flow | undefined {
    this.#prune();
    const key = hashOf(state);
    const found = this.#flows.get(key);
    if (found === undefined || !sameSecret(found.browser, hashOf(secret))) {
      return undefined;
    }
    this.#flows.delete(key);
    return found.flow;
  }

  /** All live equally long, so that the oldest end first. */
  #prune(): void {
    const now = this.#now();
    for (const [key, { endsAt }] of this.#flows) {
      if (now < endsAt) return;
      this.#flows.delete(key);
    }
  }
}
