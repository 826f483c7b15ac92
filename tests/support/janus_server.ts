/**
 * A Janus API endpoint for tests: a real WebSocket server that keeps sessions
 * and handles as Janus does, and records every message it gets.
 *
 * @module
 */

import { Buffer } from "node:buffer";
// @ts-types="@types/ws"
import { type WebSocket, WebSocketServer } from "ws";

/** A message as it came, taken apart. */
// deno-lint-ignore no-explicit-any -- tests look into whatever came
export type Recorded = Record<string, any>;

/** How the server behaves. */
export interface JanusServerOptions {
  /** Requests without it get 403, as in Janus. */
  readonly apiSecret?: string;
  /** 0 lets the system choose. */
  readonly port?: number;
  readonly plugins?: readonly string[];
  /** The SDP that `watch` brings. */
  readonly offer?: string;
  /** What `watch` brings instead; its `later` are events that follow. */
  readonly watch?: (message: Recorded) => Recorded | undefined;
  /** What `status` answers; none: 405, as µStreamer's plugin. */
  readonly cameras?: readonly Recorded[];
  /** Takes each message, instead of `texts` and `received`. */
  readonly record?: (message: Recorded, text: string) => void;
}

/** For tests that do not care. */
const OFFER = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n";

/** Serves until disposed of. */
export class JanusServer implements AsyncDisposable {
  readonly texts: string[] = [];
  readonly received: Recorded[] = [];
  /** Session id → handle ids and plugins. */
  readonly sessions = new Map<number, Map<number, string>>();
  cameras: readonly Recorded[] | undefined;
  /** While true nothing is answered, neither requests nor pings. */
  isSilent = false;
  readonly #server: WebSocketServer;
  readonly #options: JanusServerOptions;
  readonly #sockets = new Set<WebSocket>();
  readonly #owners = new Map<number, WebSocket>();
  #nextId = 4_000_000_001;

  static async start(options: JanusServerOptions = {}): Promise<JanusServer> {
    const server = new WebSocketServer({
      host: "127.0.0.1",
      port: options.port ?? 0,
      perMessageDeflate: false,
      autoPong: false,
      handleProtocols: (offered) =>
        offered.has("janus-protocol") ? "janus-protocol" : false,
    });
    await new Promise((resolve, reject) => {
      server.once("listening", resolve);
      server.once("error", reject);
    });
    return new JanusServer(server, options);
  }

  private constructor(server: WebSocketServer, options: JanusServerOptions) {
    this.#server = server;
    this.#options = options;
    this.cameras = options.cameras;
    server.on("connection", (socket) => this.#accept(socket));
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}/`;
  }

  /** Connections there have been. */
  dialCount = 0;

  /** Connections that are open. */
  get connectionCount(): number {
    return this.#sockets.size;
  }

  /** What was received with a verb, in order. */
  got(verb: string): Recorded[] {
    return this.received.filter(({ janus }) => janus === verb);
  }

  /** Sends to whoever owns the session that the message names. */
  push(message: Recorded): void {
    this.#owners.get(message.session_id)?.send(JSON.stringify(message));
  }

  /** Sends any bytes to everybody. */
  pushRaw(data: string | Uint8Array): void {
    for (const socket of this.#sockets) socket.send(data);
  }

  /** Cuts all connections; sessions die with them, as in Janus. */
  cut(): void {
    for (const socket of this.#sockets) socket.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(socket: WebSocket): void {
    this.#sockets.add(socket);
    this.dialCount++;
    socket.on("ping", (data) => this.isSilent || socket.pong(data));
    socket.on("message", (data) => {
      this.#receive(socket, Buffer.from(data as Uint8Array).toString());
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#sockets.delete(socket);
      for (const [id, owner] of this.#owners) {
        if (owner === socket) this.#forget(id);
      }
    });
  }

  #forget(sessionId: number): void {
    this.#owners.delete(sessionId);
    this.sessions.delete(sessionId);
  }

  #receive(socket: WebSocket, text: string): void {
    const message: Recorded = JSON.parse(text);
    if (this.#options.record === undefined) {
      this.texts.push(text);
      this.received.push(message);
    } else this.#options.record(message, text);
    if (this.isSilent) return;
    const { transaction, session_id } = message;
    const answer = (fields: Recorded) =>
      socket.send(JSON.stringify({ ...fields, session_id, transaction }));
    const fail = (code: number, reason: string) =>
      answer({ janus: "error", error: { code, reason } });
    const secret = this.#options.apiSecret;
    if (secret !== undefined && message.apisecret !== secret) {
      return fail(403, "Unauthorized request (wrong or missing secret/token)");
    }
    if (message.janus === "create") {
      const id = this.#nextId++;
      this.sessions.set(id, new Map());
      this.#owners.set(id, socket);
      return answer({ janus: "success", data: { id } });
    }
    const session = this.sessions.get(session_id);
    if (session === undefined) {
      return fail(458, `No such session "${session_id}"`);
    }
    this.#serve(session, message, { answer, fail });
  }

  #serve(
    session: Map<number, string>,
    message: Recorded,
    { answer, fail }: {
      answer: (fields: Recorded) => void;
      fail: (code: number, reason: string) => void;
    },
  ): void {
    const { janus, handle_id, session_id } = message;
    const plugins = this.#options.plugins ?? ["janus.plugin.ustreamer"];
    if (janus === "keepalive") return answer({ janus: "ack" });
    if (janus === "destroy") {
      this.#forget(session_id);
      return answer({ janus: "success" });
    }
    if (janus === "attach") {
      if (!plugins.includes(message.plugin)) return fail(460, "No such plugin");
      const id = this.#nextId++;
      session.set(id, message.plugin);
      return answer({ janus: "success", data: { id } });
    }
    const plugin = session.get(handle_id);
    if (plugin === undefined) return fail(459, `No such handle "${handle_id}"`);
    if (janus === "trickle") return answer({ janus: "ack" });
    if (janus === "message") {
      answer({ janus: "ack" });
      const event = this.#plugin(message);
      if (event === undefined) return;
      const { jsep, later = [], error, ...data } = event;
      if (typeof error === "object") return answer({ janus: "error", error });
      answer({
        janus: "event",
        sender: handle_id,
        plugindata: {
          plugin,
          data: { ustreamer: "event", ...data, ...error && { error } },
        },
        ...(jsep === undefined ? {} : { jsep }),
      });
      for (const event of later) {
        this.push({ ...event, session_id, sender: handle_id });
      }
      return;
    }
    if (janus === "detach") session.delete(handle_id);
    answer({ janus: "success" });
  }

  /** The table of the ustreamer plugin. */
  #plugin(message: Recorded): Recorded | undefined {
    switch (message.body.request) {
      case "watch":
        if (this.#options.watch) return this.#options.watch(message);
        return {
          result: { status: "started" },
          jsep: { type: "offer", sdp: this.#options.offer ?? OFFER },
        };
      case "start":
        return { result: { status: "started" } };
      case "stop":
        return { result: { status: "stopped" } };
      case "features":
        return {
          result: {
            status: "features",
            features: { audio: false, mic: false },
          },
        };
      case "key_required":
        return undefined;
      case "status":
        if (this.cameras === undefined) break;
        return { result: { status: "status", cameras: this.cameras } };
    }
    return { error_code: 405, error: "Not implemented" };
  }
}
