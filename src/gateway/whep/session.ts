/**
 * One WHEP viewer: a Janus session of its own, from the offer to the end.
 *
 * Nobody tells a WHEP viewer anything after the answer. So whatever would end
 * a tunnel, and a hangup too, ends the session at once, upstream and here; the
 * viewer sees its connection close and, if it asks, that there is nothing.
 *
 * @module
 */

import { GatewayError } from "../../errors.ts";
import {
  CLIENT_MESSAGE_BURST,
  CLIENT_MESSAGE_RATE,
  TICK_MS,
  WHEP_CONNECT_TIMEOUT_MS,
} from "../../limits.ts";
import type { Logger } from "../../log.ts";
import type { JanusResponse } from "../../janus/message.ts";
import type { JanusSession } from "../../janus/session.ts";
import type { Credential } from "../auth/principal.ts";
import { newId } from "../auth/secret.ts";
import type { AddressPolicy } from "../tunnel/address.ts";
import { messageFields, trickleFields } from "../tunnel/handle_fields.ts";
import { TokenBucket } from "../tunnel/token_bucket.ts";
import type { CameraRoute, Viewer } from "../tunnel/route.ts";
import { Gathering } from "./gathering.ts";
import { answerOf, type WatchMessage } from "./offer.ts";
import { type OfferedIce, offeredIce, parseSdpFragment } from "./sdpfrag.ts";

/** A viewer's leave to be here; disposed of when the session ends. */
export interface ViewerStay extends Disposable {
  /** Aborts with the `GatewayError` that ends the viewer's rights. */
  readonly signal: AbortSignal;
  /** Told when a picture begins to reach the viewer, and why it ends. */
  readonly onViewing: (active: boolean, end?: string) => void;
  /** Goes on with another credential, if that has the right. */
  readonly renew: (credential: Credential) => void;
}

/** What a session is made of. */
export interface WhepSessionParts {
  readonly route: CameraRoute;
  readonly viewer: Viewer;
  readonly watch: WatchMessage;
  readonly addresses: AddressPolicy;
  readonly stay: ViewerStay;
  readonly log: Logger;
}

/** A viewer's session. */
export class WhepSession {
  /** Names the one ICE session that it ever has (RFC 9110 section 8.8.3). */
  readonly etag = `"${newId()}"`;
  /** Resolves when nothing is left of it. Never rejects. */
  readonly ended: Promise<void>;
  readonly #parts: WhepSessionParts;
  readonly #ice: OfferedIce;
  readonly #gathering = new Gathering();
  readonly #handle = { upstreamId: 0, candidates: 0 };
  readonly #bucket: TokenBucket;
  readonly #resolveEnded: () => void;
  readonly #onAbort = () => this.end(this.#parts.stay.signal.reason);
  #deadline: Disposable | undefined;
  #upstream: JanusSession | undefined;
  #end: GatewayError | undefined;

  constructor(parts: WhepSessionParts) {
    this.#parts = parts;
    this.#ice = offeredIce(parts.watch.jsep?.sdp ?? "");
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.#resolveEnded = resolve;
    this.#bucket = new TokenBucket({
      burst: CLIENT_MESSAGE_BURST,
      perSecond: CLIENT_MESSAGE_RATE,
      nowMs: performance.now(),
    });
    const { signal } = parts.stay;
    signal.addEventListener("abort", this.#onAbort);
    if (signal.aborted) this.#onAbort();
  }

  /**
   * Begins to watch; gives the answer with all candidates in it.
   *
   * @throws {GatewayError} Why there is no picture. The session has ended.
   */
  async start(): Promise<string> {
    try {
      const answer = await this.#watch();
      if (this.#end !== undefined) throw this.#end;
      return answer;
    } catch (error) {
      const isKnown = error instanceof GatewayError;
      this.end(isKnown ? error : new GatewayError("internal"));
      // What ended it says more than what that made of the request.
      throw isKnown ? this.#end : error;
    }
  }

  /**
   * Takes the body of a `PATCH`.
   *
   * @throws {GatewayError} `bad_request`, `ice_restart_refused`,
   * `rate_limited` or `overloaded`; the session goes on.
   */
  trickle(fragment: string): void {
    const { addresses, route } = this.#parts;
    if (!this.#bucket.take(performance.now())) {
      throw new GatewayError("rate_limited");
    }
    const parsed = parseSdpFragment(fragment, this.#ice);
    if (parsed.kind === "restart") {
      throw new GatewayError("ice_restart_refused");
    }
    if (parsed.kind === "malformed") {
      const context = { reason: parsed.reason };
      throw new GatewayError("bad_request", { context });
    }
    const fields = trickleFields(parsed.candidates, {
      handle: this.#handle,
      addresses,
      counters: route.upstream.counters,
    });
    if (fields === undefined) return;
    // What an upstream cannot use is one route less, no error.
    const sent = this.#upstream?.request(fields, () => {}) ?? false;
    if (!sent) throw new GatewayError("overloaded");
  }

  /** From now on its rights are those of a newer credential. */
  renew(credential: Credential): void {
    this.#parts.stay.renew(credential);
  }

  /** Ends it, and its media upstream. The first reason counts. */
  end(error: GatewayError): void {
    if (this.#end !== undefined) return;
    this.#end = error;
    const { stay, route, log } = this.#parts;
    const { code, face, context } = error;
    log.log(face.level, "whep closed", {
      ...context,
      camera: route.camera,
      reason: code,
    });
    this.#deadline?.[Symbol.dispose]();
    stay.signal.removeEventListener("abort", this.#onAbort);
    this.#gathering.end();
    this.#upstream?.destroy();
    const isLeaving = code === "viewer_left";
    stay.onViewing(false, isLeaving ? "left" : String(context.end ?? code));
    stay[Symbol.dispose]();
    this.#resolveEnded();
  }

  async #watch(): Promise<string> {
    const { route, viewer, watch } = this.#parts;
    if (this.#end !== undefined) throw this.#end;
    this.#awaitMedia();
    const upstream = await route.upstream.openSession({
      onEvent: (event) => this.#receive(event),
      onEnd: (error) => this.end(error),
    }, viewer);
    this.#upstream = upstream;
    // Who has left meanwhile did so before there was anything to destroy.
    if (this.#end !== undefined) upstream.destroy();
    const { id } = await upstream.attach(route.plugin);
    this.#handle.upstreamId = id;
    const reply = await upstream.ask(
      messageFields(watch, {
        handle: this.#handle,
        counters: route.upstream.counters,
      }),
    );
    return await this.#gathering.complete(answerOf(reply));
  }

  /** A viewer that never comes up has no other way to end. */
  #awaitMedia(): void {
    let ticks = WHEP_CONNECT_TIMEOUT_MS / TICK_MS;
    this.#deadline = this.#parts.route.upstream.onTick(() => {
      if (--ticks <= 0) this.end(new GatewayError("never_connected"));
    });
  }

  #receive(event: JanusResponse): void {
    if (event.sender !== this.#handle.upstreamId) return;
    switch (event.janus) {
      case "trickle":
        return this.#gathering.take(event);
      case "webrtcup":
        this.#deadline?.[Symbol.dispose]();
        return this.#parts.stay.onViewing(true);
      case "hangup":
      case "detached":
        return this.end(new GatewayError("hung_up"));
    }
  }
}
