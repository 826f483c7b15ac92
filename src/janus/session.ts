/**
 * A session and its handles at a Janus API endpoint, seen from the client.
 *
 * @module
 */

import { GatewayError } from "../errors.ts";
import {
  JANUS_REQUEST_TIMEOUT_MS,
  PENDING_REQUESTS_MAX,
  PLUGIN_EVENT_TIMEOUT_MS,
  TICK_MS,
} from "../limits.ts";
import type { Candidate, JanusResponse, Jsep } from "./message.ts";

/** A request's fields, in the wire's spelling, without its transaction. */
export interface RequestFields {
  readonly janus: string;
  readonly [field: string]: unknown;
}

/** What happens to a session without having been asked for. */
export interface SessionEvents {
  /** An event of a handle; see `sender`. */
  readonly onEvent?: (event: JanusResponse) => void;
  /** Once: the session is gone, and not because of `destroy`. */
  readonly onEnd?: (error: GatewayError) => void;
}

/**
 * The answer to one request. A `message` is answered twice when the plugin
 * works asynchronously: with the `ack`, and with the plugin's event.
 */
export type OnReply = (reply: JanusResponse | GatewayError) => void;

/** The connection, as a session needs it. */
interface Connection {
  readonly ticks: number;
  /** Too much is unsent: only what ends something may be added. */
  readonly isBusy: boolean;
  send(fields: RequestFields & { readonly transaction: string }): void;
  forget(session: JanusSession): void;
}

interface Pending {
  readonly onReply: OnReply;
  readonly isMessage: boolean;
  acked: boolean;
  expires: number;
}

/** One session. */
export class JanusSession {
  readonly id: number;
  readonly #client: Connection;
  readonly #events: SessionEvents;
  /** Made at the first request, dropped when empty: most viewers idle. */
  #pending: Map<string, Pending> | undefined;
  #transactions = 0;
  #ended = false;

  constructor(
    { client, id, events }: {
      client: Connection;
      id: number;
      events: SessionEvents;
    },
  ) {
    this.#client = client;
    this.id = id;
    this.#events = events;
  }

  /** Asks; false when too much is unanswered or unsent: nothing was added. */
  request(fields: RequestFields, onReply: OnReply): boolean {
    if (this.#ended || this.#client.isBusy) return false;
    const pending = this.#pending ??= new Map();
    if (pending.size >= PENDING_REQUESTS_MAX && !forgetOne(pending)) {
      return false;
    }
    const transaction = `${++this.#transactions}`;
    pending.set(transaction, {
      onReply,
      isMessage: fields.janus === "message",
      acked: false,
      expires: this.#client.ticks + JANUS_REQUEST_TIMEOUT_MS / TICK_MS,
    });
    this.#client.send({ ...fields, session_id: this.id, transaction });
    return true;
  }

  /** Asks and waits: for a `message` until the plugin's event has come. */
  ask(fields: RequestFields): Promise<JanusResponse> {
    const { promise, resolve, reject } = Promise.withResolvers<JanusResponse>();
    const sent = this.request(fields, (reply) => {
      if (reply instanceof GatewayError) reject(reply);
      else if (fields.janus !== "message" || reply.janus !== "ack") {
        resolve(reply);
      }
    });
    if (!sent) reject(new GatewayError("upstream_lost"));
    return promise;
  }

  /** Attaches to a plugin; rejects when the core refuses. */
  async attach(plugin: string): Promise<JanusHandle> {
    const reply = await this.ask({ janus: "attach", plugin });
    if (reply.data?.id === undefined) {
      const context = { janusError: reply.error?.code };
      throw new GatewayError("upstream_unreachable", { context });
    }
    return new JanusHandle(this, reply.data.id);
  }

  /** Ends the session at both ends, with all its media. */
  destroy(): void {
    if (this.#ended) return;
    this.#client.send({
      janus: "destroy",
      session_id: this.id,
      transaction: "destroy",
    });
    this.#finish(new GatewayError("upstream_lost"));
  }

  /** Takes a message that the connection routed here. */
  receive(response: JanusResponse): void {
    const { transaction, ...event } = response;
    const pending = this.#pending?.get(transaction ?? "");
    if (pending === undefined) {
      // Late answers have no meaning; events have, but nobody's transaction.
      if (!isAnswer(response)) this.#events.onEvent?.(event as JanusResponse);
      return;
    }
    if (pending.isMessage && response.janus === "ack") {
      pending.acked = true;
      pending.expires = this.#client.ticks + PLUGIN_EVENT_TIMEOUT_MS / TICK_MS;
    } else {
      this.#forget(transaction ?? "");
    }
    pending.onReply(response);
  }

  /** Fails what has waited too long. */
  expire(ticks: number): void {
    if (this.#pending === undefined) return;
    for (const [transaction, { expires, onReply }] of this.#pending) {
      if (expires > ticks) continue;
      this.#forget(transaction);
      onReply(new GatewayError("upstream_timeout"));
    }
  }

  /** The other end has gone. */
  end(error: GatewayError): void {
    if (this.#ended) return;
    this.#finish(error);
    this.#events.onEnd?.(error);
  }

  #forget(transaction: string): void {
    this.#pending?.delete(transaction);
    if (this.#pending?.size === 0) this.#pending = undefined;
  }

  #finish(error: GatewayError): void {
    this.#ended = true;
    this.#client.forget(this);
    const pending = this.#pending;
    this.#pending = undefined;
    for (const { onReply } of pending?.values() ?? []) onReply(error);
  }
}

/** One handle, for whoever talks to a plugin himself. */
export class JanusHandle {
  constructor(readonly session: JanusSession, readonly id: number) {}

  /** Sends a plugin request and waits for the plugin's event. */
  message(body: unknown, jsep?: Jsep): Promise<JanusResponse> {
    return this.session.ask({
      janus: "message",
      handle_id: this.id,
      body,
      ...(jsep === undefined ? {} : { jsep }),
    });
  }

  /** Sends a candidate, or the end of them. */
  trickle(candidate: Candidate): Promise<JanusResponse> {
    return this.session.ask({
      janus: "trickle",
      handle_id: this.id,
      candidate,
    });
  }

  detach(): Promise<JanusResponse> {
    return this.session.ask({ janus: "detach", handle_id: this.id });
  }
}

function isAnswer({ janus }: JanusResponse): boolean {
  return janus === "ack" || janus === "success" || janus === "error";
}

/**
 * Drops the oldest request that has its `ack` and waits for an event only:
 * some requests (`key_required`) never get one.
 */
function forgetOne(pending: Map<string, Pending>): boolean {
  for (const [transaction, { acked }] of pending) {
    if (acked) return pending.delete(transaction);
  }
  return false;
}
