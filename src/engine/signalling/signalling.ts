/**
 * The Janus API as the gateway speaks it, on loopback, for one plugin.
 *
 * Requests come in one direction: socket → core verb → plugin request →
 * media. `janus.js` cannot tell it from Janus.
 *
 * @module
 */

import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import {
  JANUS_ERROR,
  JANUS_SUBPROTOCOL,
  type JanusResponse,
  USTREAMER_PLUGIN,
} from "../../janus/message.ts";
import {
  type ParsedRequest,
  parseJanusRequest,
  type RefusedRequest,
} from "../../janus/request.ts";
import {
  CLIENT_MESSAGE_SIZE_MAX,
  ENGINE_SESSIONS_MAX,
  ENGINE_SOCKETS_MAX,
  HANDLES_MAX,
  HEADERS_TIMEOUT_MS,
  SESSION_TIMEOUT_MS,
  TICK_MS,
} from "../../limits.ts";
import type {
  SignallingStart,
  ToMedia,
  ToSignalling,
} from "../channel/messages.ts";
import { type Handle, randomId, send, Session } from "./session.ts";
import { UstreamerPlugin } from "./ustreamer_plugin.ts";

/** What signalling needs. */
export interface SignallingParts extends SignallingStart {
  readonly post: (message: ToMedia) => void;
  /** A clock that only goes forward, milliseconds. */
  readonly nowMs: () => number;
}

/** The Janus API server. */
export class Signalling implements AsyncDisposable {
  readonly #parts: SignallingParts;
  readonly #secretDigest: Uint8Array;
  readonly #server: Server = createServer((_request, response) => {
    response.writeHead(426, { connection: "close" }).end();
  });
  readonly #sockets = new WebSocketServer({
    server: this.#server,
    maxPayload: CLIENT_MESSAGE_SIZE_MAX,
    perMessageDeflate: false,
    handleProtocols: (offered) =>
      offered.has(JANUS_SUBPROTOCOL) ? JANUS_SUBPROTOCOL : false,
  });
  readonly #sessions = new Map<number, Session>();
  readonly #handles = new Map<number, Handle>();
  readonly #plugin: UstreamerPlugin;
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(parts: SignallingParts) {
    this.#parts = parts;
    this.#secretDigest = digest(parts.apiSecret);
    this.#plugin = new UstreamerPlugin(parts);
    this.#server.headersTimeout = HEADERS_TIMEOUT_MS;
    this.#sockets.on("connection", (socket) => this.#connected(socket));
    this.#timer = setInterval(() => this.#expire(), TICK_MS);
  }

  /** Ends all sessions. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    for (const socket of this.#sockets.clients) socket.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Listens on loopback; resolves with the port. */
  listen(): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#server.once("error", reject);
    // The WebSocket server hands on its HTTP server's errors.
    this.#sockets.on("error", reject);
    this.#server.listen(this.#parts.port, "127.0.0.1", () => {
      resolve((this.#server.address() as AddressInfo).port);
    });
    return promise;
  }

  /** Takes a message of the media half. */
  receive(message: ToSignalling): void {
    if (message.kind === "start") return;
    const handle = this.#handles.get(message.handle);
    // Its handle may have gone while the message was under way.
    if (handle !== undefined) this.#plugin.receive(handle, message);
  }

  #connected(socket: WebSocket): void {
    if (
      this.#sockets.clients.size > ENGINE_SOCKETS_MAX ||
      socket.protocol !== JANUS_SUBPROTOCOL
    ) {
      socket.close(1008);
      return;
    }
    // "close" follows every error.
    socket.on("error", () => {});
    socket.on("message", (data, binary) => {
      if (binary) socket.close(1003);
      else this.#request(socket, data);
    });
    socket.on("close", () => {
      for (const session of [...this.#sessions.values()]) {
        if (session.socket === socket) this.#endSession(session);
      }
    });
  }

  #request(socket: WebSocket, data: RawData): void {
    const request = parseJanusRequest(String(data));
    if (request.verb === "ping") return pong(socket, request.transaction);
    if (!this.#knowsSecret(request.apiSecret)) {
      return refuse(socket, request, [
        JANUS_ERROR.unauthorized,
        "Unauthorized request (wrong or missing secret/token)",
      ]);
    }
    if (isOutsideSessions(request)) {
      return request.verb === "create"
        ? this.#create(socket, request)
        : info(socket, request.transaction);
    }
    const session = this.#sessions.get(request.sessionId ?? 0);
    // A session is its socket's alone, which is more than Janus asks for.
    if (session?.socket !== socket) {
      if (request.verb === "refused" && request.sessionId === undefined) {
        return refuse(socket, request, [request.code, request.reason]);
      }
      return refuse(socket, request, [
        JANUS_ERROR.sessionNotFound,
        "No such session",
      ]);
    }
    session.lastSeenMs = this.#parts.nowMs();
    this.#inSession(session, request);
  }

  #create(socket: WebSocket, { transaction }: { transaction: string }): void {
    if (this.#sessions.size >= ENGINE_SESSIONS_MAX) {
      return refuse(socket, { transaction }, [
        JANUS_ERROR.notAcceptingSessions,
        "Too many sessions",
      ]);
    }
    const id = freshId(this.#sessions);
    this.#sessions.set(id, new Session(id, socket, this.#parts.nowMs()));
    send(socket, { janus: "success", transaction, data: { id } });
  }

  #inSession(
    session: Session,
    request: Extract<ParsedRequest, { sessionId: number | undefined }>,
  ): void {
    const { transaction } = request;
    switch (request.verb) {
      case "refused":
        return refuse(session.socket, request, [request.code, request.reason]);
      case "keepalive":
        return session.send({ janus: "ack", transaction });
      case "destroy":
        this.#endSession(session);
        return session.send({ janus: "success", transaction });
      case "attach":
        return this.#attach(session, request);
    }
    const handle = session.handles.get(request.handleId);
    if (handle === undefined) {
      return refuse(session.socket, request, [
        JANUS_ERROR.handleNotFound,
        "No such handle",
      ]);
    }
    switch (request.verb) {
      case "message":
        session.send({ janus: "ack", transaction });
        return this.#plugin.message(handle, request);
      case "trickle":
        session.send({ janus: "ack", transaction });
        return this.#plugin.trickle(handle, request.candidates);
      case "hangup":
        session.send({ janus: "success", transaction });
        return this.#plugin.hangUp(handle, "Janus API");
      case "detach":
        this.#detach(handle);
        session.send({ janus: "success", transaction });
        return session.sendEvent(handle, { janus: "detached" });
    }
  }

  #attach(
    session: Session,
    { transaction, plugin }: { transaction: string; plugin: string },
  ): void {
    if (plugin !== USTREAMER_PLUGIN) {
      return refuse(session.socket, { transaction, sessionId: session.id }, [
        JANUS_ERROR.pluginNotFound,
        `No such plugin '${plugin}'`,
      ]);
    }
    if (session.handles.size >= HANDLES_MAX) {
      return refuse(session.socket, { transaction, sessionId: session.id }, [
        JANUS_ERROR.pluginAttach,
        "Too many handles",
      ]);
    }
    const handle = { id: freshId(this.#handles), session };
    session.handles.set(handle.id, handle);
    this.#handles.set(handle.id, handle);
    session.send({ janus: "success", transaction, data: { id: handle.id } });
  }

  #detach(handle: Handle): void {
    handle.session.handles.delete(handle.id);
    this.#handles.delete(handle.id);
    this.#plugin.detached(handle);
  }

  #endSession(session: Session): void {
    for (const handle of [...session.handles.values()]) this.#detach(handle);
    this.#sessions.delete(session.id);
  }

  #expire(): void {
    const oldest = this.#parts.nowMs() - SESSION_TIMEOUT_MS;
    for (const session of [...this.#sessions.values()]) {
      if (session.lastSeenMs >= oldest) continue;
      this.#endSession(session);
      session.send({ janus: "timeout" });
    }
  }

  #knowsSecret(secret: string | undefined): boolean {
    return timingSafeEqual(digest(secret ?? ""), this.#secretDigest);
  }
}

function isOutsideSessions(
  request: ParsedRequest,
): request is Extract<ParsedRequest, { verb: "create" | "ping" | "info" }> {
  return request.verb === "create" || request.verb === "info" ||
    request.verb === "ping";
}

/** Equal in length whatever the secret: comparing tells nothing of it. */
function digest(secret: string): Uint8Array {
  return createHash("sha256").update(secret).digest();
}

function freshId(taken: ReadonlyMap<number, unknown>): number {
  let id = randomId();
  while (taken.has(id)) id = randomId();
  return id;
}

function pong(socket: WebSocket, transaction: string): void {
  send(socket, { janus: "pong", transaction });
}

function info(socket: WebSocket, transaction: string): void {
  send(socket, { janus: "server_info", transaction, name: "nalgate engine" });
}

function refuse(
  socket: WebSocket,
  { transaction, sessionId }: Partial<
    Pick<RefusedRequest, "transaction" | "sessionId">
  >,
  [code, reason]: readonly [number, string],
): void {
  const response: JanusResponse = {
    janus: "error",
    ...(sessionId !== undefined && { "session_id": sessionId }),
    ...(transaction !== undefined && { transaction }),
    error: { code, reason },
  };
  send(socket, response);
}
