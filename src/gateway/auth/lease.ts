/**
 * The right of a live viewer, which ends when it ends: a signal that aborts
 * within two seconds of a logout, an expiry, a revocation, a removed user or
 * a changed grant.
 *
 * @module
 */

import { type ErrorCode, GatewayError } from "../../errors.ts";
import type { Credential } from "./principal.ts";

/** One viewer's right on one camera. Dispose it when the viewer leaves. */
export interface Lease extends Disposable {
  /** Aborts with a {@linkcode GatewayError}. */
  readonly signal: AbortSignal;
  /** Goes on with another credential, if that has the right. */
  renew(credential: Credential): void;
  /** Ends it for a reason that is not its right. */
  end(code: ErrorCode): void;
}

/** Whether the right still stands; else why not. */
export type LeaseCheck = (
  credential: Credential,
  camera: string,
) => ErrorCode | undefined;

/** What else may end it, beside the right; else nothing. */
export type LeaseEnd = () => ErrorCode | undefined;

interface Entry {
  credential: Credential;
  readonly camera: string;
  readonly otherwise: LeaseEnd;
  readonly controller: AbortController;
}

/** All viewers' rights. */
export class Leases {
  readonly #check: LeaseCheck;
  readonly #entries = new Set<Entry>();
  #allEnded: ErrorCode | undefined;

  constructor(check: LeaseCheck) {
    this.#check = check;
  }

  open(
    credential: Credential,
    camera: string,
    { otherwise = () => undefined }: { otherwise?: LeaseEnd } = {},
  ): Lease {
    const entry: Entry = {
      credential,
      camera,
      otherwise,
      controller: new AbortController(),
    };
    this.#entries.add(entry);
    if (this.#allEnded !== undefined) this.#end(entry, this.#allEnded);
    else this.#review(entry);
    return {
      signal: entry.controller.signal,
      renew: (newer) => {
        if (this.#check(newer, camera) === undefined) entry.credential = newer;
      },
      end: (code) => this.#end(entry, code),
      [Symbol.dispose]: () => this.#entries.delete(entry),
    };
  }

  /** Asks again for each; one timer serves all. */
  review(): void {
    for (const entry of this.#entries) this.#review(entry);
  }

  /** Ends all of them, and those still to come, for one reason. */
  endAll(code: ErrorCode): void {
    this.#allEnded = code;
    for (const entry of this.#entries) this.#end(entry, code);
  }

  #review(entry: Entry): void {
    const code = this.#check(entry.credential, entry.camera) ??
      entry.otherwise();
    if (code !== undefined) this.#end(entry, code);
  }

  #end(entry: Entry, code: ErrorCode): void {
    this.#entries.delete(entry);
    const end = code === "session_ended"
      ? entry.credential.endedBy?.()
      : undefined;
    entry.controller.abort(new GatewayError(code, { context: { end } }));
  }
}
