/**
 * A client of the Janus API over one WebSocket, for any number of sessions.
 *
 * Answers are told by callback, synchronously and in the order in which they
 * arrive: an event never overtakes the `ack` before it. All waits count the
 * ticks of one timer per connection.
 *
 * @module
 */

// @ts-types="@types/ws"
import { type RawData, WebSocket } from "ws";
import { GatewayError } from "../errors.ts";
import {
  JANUS_REQUEST_TIMEOUT_MS,
  PINGS_MISSED_MAX,
  SESSION_KEEPALIVE_INTERVAL_MS,
  TICK_MS,
  UPSTREAM_BUFFERED_MAX,
  UPSTREAM_BUSY_BUFFERED,
  UPSTREAM_DIAL_TIMEOUT_MS,
  UPSTREAM_MESSAGE_SIZE_MAX,
  UPSTREAM_PING_INTERVAL_MS,
} from "../limits.ts";
import {
  JANUS_ERROR,
  JANUS_SUBPROTOCOL,
  type JanusResponse,
} from "./message.ts";
import { parseJanusResponse } from "./response.ts";
import {
  JanusSession,
  type RequestFields,
  type SessionEvents,
} from "./session.ts";

/** How to connect. */
export interface JanusClientOptions {
  /** Sent along with every request. */
  readonly apiSecret?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** One beat in milliseconds; tests make time go faster with it. */
  readonly tickMs?: number | undefined;
  readonly dialTimeoutMs?: number | undefined;
}

const KEEPALIVE_TRANSACTION = "keepalive";

/** One connection to a Janus API endpoint. */
export class JanusClient implements AsyncDisposable {
  /** Resolves when the connection is gone, with why. Never rejects. */
  readonly closed: Promise<GatewayError>;
  readonly #socket: WebSocket;
  readonly #apiSecret: string | undefined;
  readonly #sessions = new Map<number, JanusSession>();
  /** Requests outside of any session, by transaction. */
  readonly #asked = new Map<string, Asked>();
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #resolveClosed: (error: GatewayError) => void;
  #ended: GatewayError | undefined;
  #ticks = 0;
  #pingsMissed = 0;
  #transactions = 0;

  /** Dials; rejects with `upstream_unreachable`, or the signal's reason. */
  static async connect(
    url: string,
    options: JanusClientOptions = {},
  ): Promise<JanusClient> {
    options.signal?.throwIfAborted();
    const socket = new WebSocket(url, JANUS_SUBPROTOCOL, {
      maxPayload: UPSTREAM_MESSAGE_SIZE_MAX,
      perMessageDeflate: false,
      followRedirects: false,
    });
    // Without a listener a late error would end the process; "close" follows
    // every error and says what there is to say.
    socket.on("error", () => {});
    await opened(socket, options);
    return new JanusClient(socket, options);
  }

  private constructor(socket: WebSocket, options: JanusClientOptions) {
    this.#socket = socket;
    this.#apiSecret = options.apiSecret;
    const { promise, resolve } = Promise.withResolvers<GatewayError>();
    this.closed = promise;
    this.#resolveClosed = resolve;
    this.#timer = setInterval(() => this.#tick(), options.tickMs ?? TICK_MS);
    socket.on("message", (data, binary) => this.#receive(data, binary));
    socket.on("pong", () => this.#pingsMissed = 0);
    socket.on("error", (cause: Error & { code?: string }) => {
      // Too large, or not RFC 6455; the network's own errors close anyway.
      if (!cause.code?.startsWith("WS_ERR_")) return;
      this.#end(new GatewayError("upstream_invalid", { cause }));
    });
    socket.on("close", (code) =>
      this.#end(
        new GatewayError("upstream_lost", { context: { closeCode: code } }),
      ));
  }

  /** Sessions that are alive. */
  get sessionCount(): number {
    return this.#sessions.size;
  }

  /** Opens a session; it ends with the connection. */
  create(events: SessionEvents = {}): Promise<JanusSession> {
    // Not by `then`: an event may follow in the same turn.
    return this.#ask("create", (response) => this.#created(events, response));
  }

  /** Asks what server this is; every Janus says, even without a secret. */
  info(): Promise<JanusResponse> {
    return this.#ask("info", (response) => response);
  }

  /** Ends the connection, and all sessions with it. */
  async [Symbol.asyncDispose](): Promise<void> {
    const gone = this.#socket.readyState === WebSocket.CLOSED
      ? undefined
      : new Promise((resolve) => this.#socket.once("close", resolve));
    this.#end(new GatewayError("shutting_down"));
    await gone;
  }

  /** Sends one request as it is, with the secret. Used by the sessions. */
  send(fields: RequestFields & { readonly transaction: string }): void {
    if (this.#ended !== undefined) return;
    if (this.#socket.bufferedAmount > UPSTREAM_BUFFERED_MAX) {
      this.#end(new GatewayError("upstream_timeout"));
      return;
    }
    this.#socket.send(
      JSON.stringify(
        this.#apiSecret === undefined
          ? fields
          : { ...fields, apisecret: this.#apiSecret },
      ),
    );
  }

  /** Stops routing to a session. Used by the sessions. */
  forget(session: JanusSession): void {
    this.#sessions.delete(session.id);
  }

  /** Whether the other end takes less than it is sent. Used by the sessions. */
  get isBusy(): boolean {
    return this.#socket.bufferedAmount > UPSTREAM_BUSY_BUFFERED;
  }

  /** Ticks since the connection was made. Used by the sessions. */
  get ticks(): number {
    return this.#ticks;
  }

  #ask<T>(janus: string, read: (response: JanusResponse) => T): Promise<T> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const transaction = `c${++this.#transactions}`;
    this.#asked.set(transaction, {
      answer: (response) => {
        try {
          resolve(read(response));
        } catch (error) {
          reject(error);
        }
      },
      reject,
      expires: this.#ticks + JANUS_REQUEST_TIMEOUT_MS / TICK_MS,
    });
    this.send({ janus, transaction });
    return promise;
  }

  #receive(data: RawData, binary: boolean): void {
    this.#pingsMissed = 0;
    const message = binary ? undefined : parseJanusResponse(String(data));
    // Whose message it was cannot be told, so nobody can go on.
    if (message === undefined) {
      this.#end(new GatewayError("upstream_invalid"));
    } else if (message.invalid) {
      this.#sessions.get(message.sessionId)?.end(
        new GatewayError("upstream_invalid"),
      );
    } else {
      this.#route(message.response);
    }
  }

  #route(response: JanusResponse): void {
    const { session_id: id, transaction } = response;
    const asked = this.#asked.get(transaction ?? "");
    if (asked !== undefined) {
      this.#asked.delete(transaction ?? "");
      return asked.answer(response);
    }
    const session = this.#sessions.get(id ?? 0);
    if (session === undefined) return;
    if (
      response.janus === "timeout" ||
      response.error?.code === JANUS_ERROR.sessionNotFound
    ) {
      session.end(new GatewayError("upstream_lost"));
    } else if (transaction !== KEEPALIVE_TRANSACTION) {
      this.#deliver(session, response);
    }
  }

  /** A mistake of one session's owner must not cost the others theirs. */
  #deliver(session: JanusSession, response: JanusResponse): void {
    try {
      session.receive(response);
    } catch (cause) {
      const context = { cause: cause instanceof Error ? cause.message : "" };
      session.end(new GatewayError("internal", { cause, context }));
    }
  }

  #created(events: SessionEvents, response: JanusResponse): JanusSession {
    const id = response.data?.id;
    if (response.janus !== "success" || id === undefined) {
      const context = { janusError: response.error?.code };
      throw new GatewayError("upstream_unreachable", { context });
    }
    const session = new JanusSession({ client: this, id, events });
    this.#sessions.set(id, session);
    return session;
  }

  #tick(): void {
    this.#ticks++;
    if (isDue(this.#ticks, UPSTREAM_PING_INTERVAL_MS)) this.#ping();
    const alive = isDue(this.#ticks, SESSION_KEEPALIVE_INTERVAL_MS);
    for (const session of [...this.#sessions.values()]) {
      session.expire(this.#ticks);
      if (!alive) continue;
      this.send({
        janus: "keepalive",
        session_id: session.id,
        transaction: KEEPALIVE_TRANSACTION,
      });
    }
    for (const [transaction, { expires, reject }] of this.#asked) {
      if (expires > this.#ticks) break;
      this.#asked.delete(transaction);
      reject(new GatewayError("upstream_timeout"));
    }
  }

  #ping(): void {
    if (this.#pingsMissed >= PINGS_MISSED_MAX) {
      this.#end(new GatewayError("upstream_timeout"));
    } else {
      this.#pingsMissed++;
      this.#socket.ping();
    }
  }

  #end(error: GatewayError): void {
    if (this.#ended !== undefined) return;
    this.#ended = error;
    clearInterval(this.#timer);
    // A peer that hangs or talks nonsense is owed no closing handshake; one
    // that is well loses nothing, since its sessions end with the socket.
    this.#socket.terminate();
    for (const { reject } of this.#asked.values()) reject(error);
    this.#asked.clear();
    for (const session of [...this.#sessions.values()]) session.end(error);
    this.#resolveClosed(error);
  }
}

interface Asked {
  readonly answer: (response: JanusResponse) => void;
  readonly reject: (error: GatewayError) => void;
  readonly expires: number;
}

function isDue(ticks: number, intervalMs: number): boolean {
  return ticks % Math.ceil(intervalMs / TICK_MS) === 0;
}

/** Waits for the handshake, and no longer than the dial timeout. */
async function opened(
  socket: WebSocket,
  { signal, dialTimeoutMs = UPSTREAM_DIAL_TIMEOUT_MS }: JanusClientOptions,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const fail = (cause?: unknown) =>
    reject(new GatewayError("upstream_unreachable", { cause }));
  const abort = () => reject(signal?.reason);
  const timer = setTimeout(fail, dialTimeoutMs);
  socket.once("open", resolve);
  socket.once("error", fail);
  socket.once("close", () => fail());
  signal?.addEventListener("abort", abort);
  try {
    await promise;
  } catch (error) {
    socket.terminate();
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}
