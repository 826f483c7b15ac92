/**
 * Serves the Janus API to one client on one WebSocket.
 *
 * How a client learns that it is over, and what janus.js makes of it:
 *
 * | what happened                   | messages          | close | janus.js   |
 * |---------------------------------|-------------------|-------|------------|
 * | rights or login ended           | hangup            | 4403, | oncleanup, |
 * |                                 |                   | 4401  | error      |
 * | camera removed                  | hangup            | 4404  | the same   |
 * | camera configured anew          | hangup            | 1013  | the same   |
 * | gateway stops                   | hangup            | 1001  | the same   |
 * | upstream lost, silent or broken | hangup, timeout   | 1013  | the same   |
 * | rights ended on another device  | hangup            | 4403  | the same   |
 * | upstream not there at `create`  | error 490         | 1013  | error      |
 * | client too fast, slow or broken | hangup            | 1008, | the same   |
 * |                                 |                   | 1013  |            |
 * | client's message over the size  | none              | 1009  | error      |
 * | upstream ended one handle only  | hangup / detached | none  | oncleanup  |
 *
 * `hangup` carries the reason as text for people. The socket is closed when
 * the upstream is lost although it could stay open: janus.js notices a lost
 * session only by its socket, so closing is what makes every client come back
 * at once; and its next `create` waits here until the upstream is back.
 *
 * @module
 */

// @ts-types="@types/ws"
import type { RawData, WebSocket } from "ws";
import { type ErrorCode, GatewayError } from "../../errors.ts";
import {
  CLIENT_MESSAGE_BURST,
  CLIENT_MESSAGE_RATE,
  CLIENT_MESSAGE_UNIT_SIZE,
} from "../../limits.ts";
import { JANUS_ERROR, type JanusResponse } from "../../janus/message.ts";
import { type ParsedRequest, parseJanusRequest } from "../../janus/request.ts";
import {
  errorMessage,
  pongMessage,
  serverInfoMessage,
  successMessage,
  timeoutMessage,
} from "../../janus/response.ts";
import type { JanusSession } from "../../janus/session.ts";
import { ClientSession } from "./client_session.ts";
import { ClientSocket } from "./client_socket.ts";
import { withIceServers } from "./features.ts";
import { TokenBucket } from "./token_bucket.ts";
import type { TunnelOptions } from "./tunnel_options.ts";

/** A client being served. */
export interface Tunnel {
  /** Resolves when the socket is closed and nothing is left upstream. */
  readonly closed: Promise<void>;
}

/** Serves the Janus API to one client until either side ends. */
export function openTunnel(socket: WebSocket, options: TunnelOptions): Tunnel {
  return new ClientTunnel(socket, options);
}

type State = "open" | "closing" | "closed";

class ClientTunnel implements Tunnel {
  readonly closed: Promise<void>;
  readonly #socket: ClientSocket;
  readonly #options: TunnelOptions;
  readonly #ticker: Disposable;
  readonly #bucket: TokenBucket;
  readonly #resolveClosed: () => void;
  readonly #onAbort = () => this.#abort();
  #state: State = "open";
  #session: ClientSession | undefined;
  #isCreating = false;

  constructor(socket: WebSocket, options: TunnelOptions) {
    this.#socket = new ClientSocket(socket);
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    this.#resolveClosed = resolve;
    this.#bucket = new TokenBucket({
      burst: CLIENT_MESSAGE_BURST,
      perSecond: CLIENT_MESSAGE_RATE,
      nowMs: performance.now(),
    });
    this.#ticker = options.route.upstream.onTick(() => this.#socket.tick());
    socket.on(
      "message",
      (data, binary) => this.#guard(() => this.#receive(data, binary)),
    );
    // Control frames cost time too, and nobody needs many.
    socket.on("ping", () => this.#spend(1));
    socket.on("pong", () => this.#spend(1));
    socket.on("error", (error) => this.#broken(error));
    socket.once("close", () => this.#finish());
    options.signal.addEventListener("abort", this.#onAbort);
    if (options.signal.aborted) this.#abort();
  }

  #receive(data: RawData, binary: boolean): void {
    this.#socket.sawLife();
    if (this.#state !== "open") return;
    if (binary) return this.#close(new GatewayError("bad_request"));
    const text = String(data);
    const cost = Math.ceil(text.length / CLIENT_MESSAGE_UNIT_SIZE);
    if (!this.#spend(Math.max(1, cost))) return;
    this.#dispatch(parseJanusRequest(text));
  }

  /** What the client costs; false, and the end, when it is too much. */
  #spend(count: number): boolean {
    if (this.#state !== "open") return false;
    if (this.#bucket.take(performance.now(), count)) return true;
    this.#options.route.upstream.counters.cutClients++;
    this.#close(new GatewayError("rate_limited"));
    return false;
  }

  /**
   * An oversized or malformed frame: ws says so and begins to close. The media
   * need not wait until the client has closed too.
   */
  #broken(error: Error): void {
    this.#debug("socket error", error);
    if (this.#state !== "open") return;
    this.#state = "closing";
    this.#endSession();
    this.#socket.expectClose();
  }

  #dispatch(request: ParsedRequest): void {
    const { transaction } = request;
    if (request.verb !== "refused" && request.token !== undefined) {
      this.#options.onToken?.(request.token);
    }
    switch (request.verb) {
      case "refused":
        // Janus looks for the session first, so this must look the same.
        return this.#hasSession(request)
          ? this.#refuse(request, request.code, request.reason)
          : undefined;
      case "ping":
        return this.#send(pongMessage({ transaction }));
      case "info":
        return this.#send(serverInfoMessage({ transaction }));
      case "create":
        return void this.#create(request.transaction);
    }
    if (!this.#hasSession(request)) return;
    // Cleared first: a `destroy` may be followed by a `create` at once.
    const session = this.#session;
    if (request.verb === "destroy") this.#session = undefined;
    session?.receive(request);
  }

  /** Whether a session named is this socket's own; if not, says so. */
  #hasSession(
    request: { transaction: string | undefined; sessionId: number | undefined },
  ): boolean {
    const { sessionId } = request;
    if (sessionId === undefined || sessionId === this.#session?.id) return true;
    this.#options.route.upstream.counters.foreignIds++;
    const reason = `No such session ${sessionId}`;
    this.#refuse(request, JANUS_ERROR.sessionNotFound, reason);
    return false;
  }

  /** One session per socket, which is what every client does. */
  async #create(transaction: string): Promise<void> {
    const { route, viewer, signal: _, ...options } = this.#options;
    if (this.#session !== undefined || this.#isCreating) {
      const code = JANUS_ERROR.notAcceptingSessions;
      return this.#refuse({ transaction }, code, "One session per connection");
    }
    this.#isCreating = true;
    let upstream: JanusSession;
    try {
      upstream = await route.upstream.openSession({
        onEvent: (event) => this.#session?.deliver(event),
        onEnd: (error) => this.#close(error),
      }, viewer);
    } catch (error) {
      return this.#createFailed(transaction, error);
    } finally {
      this.#isCreating = false;
    }
    if (this.#state !== "open") return upstream.destroy();
    this.#session = new ClientSession({
      upstream,
      plugin: route.plugin,
      cameraId: route.id,
      addresses: { allowLoopback: options.allowLoopback ?? false },
      counters: route.upstream.counters,
      send: (message) => this.#send(message),
      onViewing: (active, end) => this.#options.onViewing?.(active, end),
      features: (reply) => withIceServers(reply, options.iceServers?.() ?? []),
    });
    this.#send(successMessage({ transaction }, this.#session.id));
  }

  /** janus.js gives up such a socket without closing it, so we do. */
  #createFailed(transaction: string, cause: unknown): void {
    const error = cause instanceof GatewayError
      ? cause
      : new GatewayError("internal", { cause });
    this.#refuse({ transaction }, JANUS_ERROR.unknown, error.face.text);
    this.#close(error);
  }

  #refuse(
    to: { transaction: string | undefined; sessionId?: number | undefined },
    code: number,
    reason: string,
  ): void {
    this.#options.route.upstream.counters.refusedRequests++;
    this.#send(errorMessage(to, code, reason));
  }

  #send(message: JanusResponse): void {
    if (this.#state !== "open") return;
    if (this.#socket.send(message)) return;
    this.#options.route.upstream.counters.cutClients++;
    this.#close(new GatewayError("slow_client"));
  }

  #abort(): void {
    const { reason } = this.#options.signal;
    this.#close(
      reason instanceof GatewayError
        ? reason
        : new GatewayError("session_ended", { cause: reason }),
    );
  }

  /** A mistake of ours costs one client its tunnel, not all of them. */
  #guard(work: () => void): void {
    try {
      work();
    } catch (cause) {
      const context = { cause: cause instanceof Error ? cause.message : "" };
      this.#close(new GatewayError("internal", { cause, context }));
    }
  }

  /** Ends it from our side: says why, stops the media, closes. */
  #close(error: GatewayError): void {
    if (this.#state !== "open") return;
    const { log, route } = this.#options;
    const { face, code, context } = error;
    const session = this.#session;
    // A slow client would have to read all that it has not read before.
    if (session !== undefined && code !== "slow_client") {
      session.hangUp(face.text);
      if (UPSTREAM_ENDED.has(code)) this.#send(timeoutMessage(session.id));
    }
    this.#state = "closing";
    log.log(face.level, "tunnel closed", {
      ...context,
      camera: route.camera,
      reason: code,
    });
    this.#options.onViewing?.(false, String(context.end ?? code));
    this.#endSession();
    this.#socket.close(error);
  }

  #finish(): void {
    this.#state = "closed";
    this.#ticker[Symbol.dispose]();
    this.#options.signal.removeEventListener("abort", this.#onAbort);
    this.#endSession();
    this.#debug("client left");
    this.#resolveClosed();
  }

  #endSession(): void {
    this.#session?.destroy();
    this.#session = undefined;
  }

  #debug(event: string, error?: Error): void {
    const { log, route } = this.#options;
    log.debug(event, { camera: route.camera, reason: error?.message });
  }
}

const UPSTREAM_ENDED: ReadonlySet<ErrorCode> = new Set([
  "upstream_lost",
  "upstream_timeout",
  "upstream_invalid",
  "device_offline",
]);
