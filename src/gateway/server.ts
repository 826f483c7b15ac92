/**
 * The gateway's socket: HTTP with limits on everything, and WebSockets.
 *
 * @module
 */

import { createServer, type Server, type ServerResponse } from "node:http";
import {
  createServer as createNetServer,
  type Server as NetServer,
} from "node:net";
import type { Duplex } from "node:stream";
import { getRequestListener } from "@hono/node-server";
import type { Hono } from "hono";
import { WebSocketServer } from "ws";
import type { Address, ViewerLimits } from "../config/config.ts";
import {
  CLIENT_MESSAGE_SIZE_MAX,
  CONNECTIONS_CHECK_INTERVAL_MS,
  CONNECTIONS_PER_VIEWER,
  HEADERS_COUNT_MAX,
  HEADERS_SIZE_MAX,
  HEADERS_TIMEOUT_MS,
  KEEP_ALIVE_TIMEOUT_MS,
  REQUEST_TIMEOUT_MS,
  SOCKET_IDLE_TIMEOUT_MS,
} from "../limits.ts";
import { JANUS_SUBPROTOCOL } from "../janus/message.ts";
import type { Logger } from "../log.ts";
import { Connections } from "./connections.ts";
import type { AppEnv } from "./context.ts";
import { Ear } from "./ear.ts";
import { type Refusal, refusalOf } from "./strict_http.ts";
import { upgradeListener } from "./upgrade.ts";

/** What {@linkcode GatewayServer.listen} needs. */
export interface ServerOptions {
  readonly listen: Address;
  /** Makes the app, once the port is known. */
  readonly createApp: (listen: Address) => Hono<AppEnv>;
  /** Whether a peer is a proxy that we know. */
  readonly isProxy: () => (address: string) => boolean;
  readonly limits: () => ViewerLimits;
  readonly log: Logger;
  /** Whether the address is our predecessor's still. */
  readonly takesOver: boolean;
}

/** A listening server. */
export class GatewayServer implements AsyncDisposable {
  readonly #http: Server;
  readonly #sockets: WebSocketServer;
  readonly #ear: Ear;
  readonly #connections: Connections;
  /** With the real port. */
  readonly address: Address;

  private constructor(
    http: Server,
    { sockets, connections, ear, address }: {
      sockets: WebSocketServer;
      connections: Connections;
      ear: Ear;
      address: Address;
    },
  ) {
    this.#http = http;
    this.#ear = ear;
    this.#sockets = sockets;
    this.#connections = connections;
    this.address = address;
  }

  /** Binds and serves. */
  static async listen(
    { listen, createApp, isProxy, limits, log, takesOver }: ServerOptions,
  ): Promise<GatewayServer> {
    const sockets = new WebSocketServer({
      noServer: true,
      clientTracking: true,
      maxPayload: CLIENT_MESSAGE_SIZE_MAX,
      // Compressing secrets next to chosen text tells them (CRIME, BREACH).
      perMessageDeflate: false,
      handleProtocols: () => JANUS_SUBPROTOCOL,
    });
    const http = createServer({
      maxHeaderSize: HEADERS_SIZE_MAX,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      connectionsCheckingInterval: CONNECTIONS_CHECK_INTERVAL_MS,
    });
    http.maxHeadersCount = HEADERS_COUNT_MAX + 1;
    http.timeout = SOCKET_IDLE_TIMEOUT_MS;
    const connections = new Connections({ isProxy, limits, log });
    http.on("connection", (socket) => connections.admit(socket));
    http.on("clientError", (error: ClientError, socket) => {
      // The parser may stumble over the rest of what is refused already.
      if (!connections.isEnding(socket)) answerClientError(error, socket);
    });
    const address = await bind(http, listen, { takesOver });
    const app = createApp(address);
    const onRequest = getRequestListener(
      (request, { incoming }) =>
        app.fetch(request, {
          peer: incoming.socket.remoteAddress ?? "",
          rawHeaders: incoming.rawHeaders,
        }),
      { overrideGlobalObjects: false },
    );
    const onUpgrade = upgradeListener({ app, sockets, log });
    http.on("request", (incoming, outgoing) => {
      // One that still lives when we have let go: its next is another's.
      if (!http.listening) outgoing.setHeader("Connection", "close");
      if (!connections.begin(incoming.socket, outgoing)) return;
      const refusal = refusalOf(incoming);
      if (refusal === undefined) return void onRequest(incoming, outgoing);
      connections.end(incoming.socket);
      answerRefusal(outgoing, refusal);
    });
    http.on("upgrade", (incoming, socket, head) => {
      if (connections.isEnding(incoming.socket)) return void socket.destroy();
      const refusal = refusalOf(incoming);
      if (refusal === undefined) return void onUpgrade(incoming, socket, head);
      endWith(socket, refusal);
    });
    const ear = new Ear(http, { address, log });
    const server = new GatewayServer(http, {
      sockets,
      connections,
      ear,
      address,
    });
    server.limit(limits());
    return server;
  }

  /** Takes so many connections, for so many viewers. */
  limit({ viewers }: ViewerLimits): void {
    this.#http.maxConnections = CONNECTIONS_PER_VIEWER * viewers;
  }

  /** Lets go of the address; who is connected stays. */
  release(): void {
    this.#ear[Symbol.dispose]();
    if (!this.#http.listening) return;
    this.#http.close();
  }

  /** Whether no request waits for its answer. */
  get isIdle(): boolean {
    return this.#connections.unfinishedCount === 0;
  }

  /** Stops listening and cuts whatever is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ear[Symbol.dispose]();
    const closed = this.#http.listening
      ? new Promise<void>((resolve) => this.#http.close(() => resolve()))
      : undefined;
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#http.closeAllConnections();
    await closed;
  }
}

/**
 * Binds so that a successor can listen beside it. Because of that a stranger's
 * server of the same kind would not be noticed: who does not take over makes
 * sure first that the address is nobody's.
 */
export async function bind(
  http: Server,
  listen: Address,
  { takesOver }: { takesOver: boolean },
): Promise<Address> {
  if (!takesOver && listen.port !== 0) {
    const probe = createNetServer((socket) => socket.destroy());
    await listening(probe, listen, { reusePort: false });
    await new Promise((resolve) => probe.close(resolve));
  }
  await listening(http, listen, { reusePort: true });
  const address = http.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return { ...listen, port: port ?? listen.port };
}

async function listening(
  server: NetServer,
  { hostname: host, port }: Address,
  { reusePort }: { reusePort: boolean },
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen({ host, port, reusePort }, resolve);
  await promise;
  server.off("error", reject);
}

function answerRefusal(outgoing: ServerResponse, refusal: Refusal): void {
  const status = Number(refusal.slice(0, 3));
  outgoing.writeHead(status, { "Connection": "close", "Content-Length": "0" });
  outgoing.end();
}

type ClientError = Error & { readonly code?: string };

/** What is no HTTP gets a bare answer and is gone. */
function answerClientError(error: ClientError, socket: Duplex): void {
  const status = {
    HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
    ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
  }[error.code ?? ""] ?? "400 Bad Request";
  endWith(socket, status);
}

function endWith(socket: Duplex, status: string): void {
  socket.on("error", () => {});
  if (!socket.writable) return void socket.destroy();
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
    () => socket.destroy(),
  );
}
