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
  UPSTREAM_PING_INTERVAL_MS,
} from "../limits.ts";
import { JANUS_ERROR, type JanusResponse } from "./message.ts";
import { type DialOptions, openSocket } from "./open_socket.ts";
import { parseJanusResponse } from "./response.ts";
import {
  JanusSession,
  type RequestFields,
  type SessionEvents,
} from "./session.ts";

/** How to connect. */
export interface JanusClientOptions extends DialOptions {
  /** Sent along with every request. */
  readonly apiSecret?: string | undefined;
  /** The connection serves one session, and ends with it. */
  readonly isForOneSession?: boolean;
  /** One beat in milliseconds; tests make time go faster with it. */
  readonly tickMs?: number | undefined;
}

const KEEPALIVE_TRANSACTION = "keepalive";

/** One connection to a Janus API endpoint. */
export class JanusClient implements AsyncDisposable {
  /** Resolves when the connection is gone, with why. Never rejects. */
  readonly closed: Promise<GatewayError>;
  readonly #socket: WebSocket;
  readonly #options: JanusClientOptions;
  readonly #sessions = new Map<number, JanusSession>();
  /** Requests outside of sessions. */
  readonly #asked = new Map<string, Asked>();
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #resolveClosed: (error: GatewayError) => void;
  #ended: GatewayError | undefined;
  #lostCount = 0;
  #ticks = 0;
  #pingsMissed = 0;
  #transactions = 0;

  /** Dials; rejects with `upstream_unreachable`, or the signal's reason. */
  static async connect(
    url: string,
    options: JanusClientOptions = {},
  ): Promise<JanusClient> {
    const socket = await openSocket(url, options);
    return new JanusClient(socket, options);
  }

  private constructor(socket: WebSocket, options: JanusClientOptions) {
    this.#socket = socket;
    this.#options = options;
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

  /** Sessions that the end of the connection has ended. */
  get lostCount(): number {
    return this.#lostCount;
  }

  /** Opens a session; it ends with the connection. */
  create(events: SessionEvents = {}): Promise<JanusSession> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const { promise, resolve, reject } = Promise.withResolvers<JanusSession>();
    this.#ask("create", {
      reject,
      onReply: (response) => {
        const id = response.data?.id;
        if (response.janus !== "success" || id === undefined) {
          const context = { janusError: response.error?.code };
          reject(new GatewayError("upstream_unreachable", { context }));
          return;
        }
        const session = new JanusSession({ client: this, id, events });
        this.#sessions.set(id, session);
        resolve(session);
      },
    });
    return promise;
  }

  /** Asks what is at the other end. */
  info(): Promise<JanusResponse> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const { promise, resolve, reject } = Promise.withResolvers<JanusResponse>();
    this.#ask("info", { reject, onReply: resolve });
    return promise;
  }

  #ask(janus: string, asked: Omit<Asked, "expires">): void {
    const transaction = `c${++this.#transactions}`;
    const expires = this.#ticks + JANUS_REQUEST_TIMEOUT_MS / TICK_MS;
    this.#asked.set(transaction, { ...asked, expires });
    this.send({ janus, transaction });
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
    const { apiSecret } = this.#options;
    this.#socket.send(
      JSON.stringify(
        apiSecret === undefined ? fields : { ...fields, apisecret: apiSecret },
      ),
    );
  }

  /** Stops routing to a session. Used by the sessions. */
  forget(session: JanusSession): void {
    this.#sessions.delete(session.id);
    if (this.#options.isForOneSession) {
      this.#end(new GatewayError("upstream_lost"));
    }
  }

  /** Whether the other end takes less than it is sent. Used by the sessions. */
  get isBusy(): boolean {
    return this.#socket.bufferedAmount > UPSTREAM_BUSY_BUFFERED;
  }

  /** Ticks since the connection was made. Used by the sessions. */
  get ticks(): number {
    return this.#ticks;
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
      return asked.onReply(response);
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

  #tick(): void {
    this.#ticks++;
    if (isDue(this.#ticks, UPSTREAM_PING_INTERVAL_MS)) this.#ping();
    for (const session of [...this.#sessions.values()]) {
      session.expire(this.#ticks);
      // Each in its own turn: thousands at once would hold up all else.
      const turn = this.#ticks + session.id;
      if (!isDue(turn, SESSION_KEEPALIVE_INTERVAL_MS)) continue;
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
    this.#lostCount = this.#sessions.size;
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
  readonly onReply: (response: JanusResponse) => void;
  readonly reject: (error: GatewayError) => void;
  readonly expires: number;
}

function isDue(ticks: number, intervalMs: number): boolean {
  return ticks % Math.ceil(intervalMs / TICK_MS) === 0;
}
