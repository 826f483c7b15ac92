/**
 * A tunnel between real sockets: clients on one side, an upstream on the
 * other, all on loopback.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
// @ts-types="@types/ws"
import { WebSocket, WebSocketServer } from "ws";
import { CLIENT_MESSAGE_SIZE_MAX } from "../../src/limits.ts";
import { Logger } from "../../src/log.ts";
import { openTunnel, type Tunnel } from "../../src/gateway/tunnel/tunnel.ts";
import { Upstream } from "../../src/gateway/tunnel/upstream.ts";
import type { Recorded } from "./janus_server.ts";

/** Generous: a test that waits this long has failed. */
const PATIENCE_MS = 10_000;

/** How the gateway's side is set up. */
export interface TunnelServerOptions {
  readonly url: string;
  readonly apiSecret?: string | (() => string);
  readonly plugin?: string;
  /** The camera's id in the plugin. */
  readonly id?: string | undefined;
  readonly tickMs?: number;
  readonly allowLoopback?: boolean;
}

/** Serves tunnels as the gateway does, without HTTP, users or rights. */
export class TunnelServer implements AsyncDisposable {
  readonly upstream: Upstream;
  readonly tunnels: Tunnel[] = [];
  readonly viewing: boolean[] = [];
  readonly logLines: string[] = [];
  /** Ends the rights of all clients. */
  readonly rights = new AbortController();
  readonly #server: WebSocketServer;

  static async start(options: TunnelServerOptions): Promise<TunnelServer> {
    const server = new WebSocketServer({
      host: "127.0.0.1",
      port: 0,
      maxPayload: CLIENT_MESSAGE_SIZE_MAX,
      perMessageDeflate: false,
      handleProtocols: () => "janus-protocol",
    });
    await new Promise((resolve) => server.once("listening", resolve));
    return new TunnelServer(server, options);
  }

  private constructor(server: WebSocketServer, options: TunnelServerOptions) {
    this.#server = server;
    const log = new Logger("tunnel", {
      level: "debug",
      format: "text",
      write: (line) => void this.logLines.push(line),
    });
    this.upstream = new Upstream({
      name: "test",
      url: options.url,
      apiSecret: () =>
        typeof options.apiSecret === "function"
          ? options.apiSecret()
          : options.apiSecret,
      log,
      ...(options.tickMs === undefined ? {} : { tickMs: options.tickMs }),
    });
    server.on("connection", (socket) => {
      this.tunnels.push(openTunnel(socket, {
        route: {
          camera: "front",
          upstream: this.upstream,
          plugin: options.plugin ?? "janus.plugin.ustreamer",
          id: options.id,
        },
        viewer: { user: "ann" },
        signal: this.rights.signal,
        log,
        allowLoopback: options.allowLoopback ?? false,
        onViewing: (active) => void this.viewing.push(active),
      }));
    });
  }

  /** Serves a client whose bytes come by this stream, not by a network. */
  serve(stream: Duplex): void {
    const handshake = {
      method: "GET",
      headers: {
        upgrade: "websocket",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
        "sec-websocket-version": "13",
        "sec-websocket-protocol": "janus-protocol",
      },
    } as unknown as IncomingMessage;
    this.#server.handleUpgrade(
      handshake,
      stream,
      Buffer.alloc(0),
      (socket) => this.#server.emit("connection", socket, handshake),
    );
  }

  get url(): string {
    const { port } = this.#server.address() as { port: number };
    return `ws://127.0.0.1:${port}/`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#server.clients) socket.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
    await Promise.all(this.tunnels.map(({ closed }) => closed));
    await this.upstream[Symbol.asyncDispose]();
  }
}

/** A browser's socket, without the browser. */
export class TestClient implements AsyncDisposable {
  readonly messages: Recorded[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly socket: WebSocket;
  readonly #waiting = new Set<() => void>();
  #transactions = 0;
  sessionId = 0;
  handleId = 0;

  static async connect(
    url: string,
    options: { autoPong?: boolean; headers?: Record<string, string> } = {},
  ): Promise<TestClient> {
    const socket = new WebSocket(url, "janus-protocol", options);
    const client = new TestClient(socket);
    await new Promise((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    });
    return client;
  }

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("error", () => {});
    socket.on("message", (data) => {
      this.messages.push(JSON.parse(String(data)));
      for (const check of this.#waiting) check();
    });
    this.closed = new Promise((resolve) =>
      socket.once(
        "close",
        (code, reason) => resolve({ code, reason: String(reason) }),
      )
    );
  }

  send(message: Recorded | string): void {
    this.socket.send(
      typeof message === "string" ? message : JSON.stringify(message),
    );
  }

  /** Sends under a transaction of its own; waits for the first answer. */
  ask(message: Recorded): Promise<Recorded> {
    const transaction = `tx-${++this.#transactions}`;
    this.send({ transaction, ...message });
    return this.next((answer) => answer.transaction === transaction);
  }

  /** As `ask`, within the session and the handle. */
  askHandle(message: Recorded): Promise<Recorded> {
    return this.ask({
      "session_id": this.sessionId,
      "handle_id": this.handleId,
      ...message,
    });
  }

  /** Waits for a plugin's answer to a request. */
  async askPlugin(body: unknown, jsep?: Recorded): Promise<Recorded> {
    const ack = await this.askHandle({
      janus: "message",
      body,
      ...(jsep === undefined ? {} : { jsep }),
    });
    if (ack.janus !== "ack") return ack;
    return await this.next((event) =>
      event.janus === "event" && event.transaction === ack.transaction
    );
  }

  /** The first message, past or coming, that matches. */
  next(matches: (message: Recorded) => boolean): Promise<Recorded> {
    return new Promise<Recorded>((resolve, reject) => {
      // Not `deadline`, whose timer outlives the answer, and holds it.
      const timer = setTimeout(
        () => reject(new DOMException("No such message", "TimeoutError")),
        PATIENCE_MS,
      );
      const check = () => {
        const message = this.messages.find(matches);
        if (message === undefined) return;
        clearTimeout(timer);
        this.#waiting.delete(check);
        resolve(message);
      };
      this.#waiting.add(check);
      check();
    });
  }

  /** `create`, and `attach` if a plugin is named. */
  async open(plugin?: string): Promise<this> {
    this.sessionId = (await this.ask({ janus: "create" })).data.id;
    if (plugin !== undefined) {
      const answer = await this.ask({
        janus: "attach",
        "session_id": this.sessionId,
        plugin,
      });
      this.handleId = answer.data.id;
    }
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return;
    this.socket.terminate();
    await this.closed;
  }
}

/** Waits until something is so; fails when it never is. */
export async function until(
  isSo: () => boolean,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  for (const start = Date.now(); !isSo();) {
    if (Date.now() - start > patienceMs) throw new Error("It never came true");
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
