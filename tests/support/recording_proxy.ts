/**
 * A TCP proxy on loopback that can be cut like a cable, and keeps what
 * clients have sent through it.
 *
 * @module
 */

import { connect, createServer, type Server, type Socket } from "node:net";

/** A cable to a server. */
export class RecordingProxy implements AsyncDisposable {
  /** What each connection has sent, as text. */
  readonly sent: string[] = [];
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;

  private constructor(target: number) {
    this.#target = target;
  }

  static async to(target: number): Promise<RecordingProxy> {
    const proxy = new RecordingProxy(target);
    await proxy.plug();
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/`;
  }

  /** The heads of the requests whose first line matches. */
  heads(pattern: RegExp): readonly string[] {
    return this.sent.flatMap((text) => text.split("\r\n\r\n"))
      .filter((head) => pattern.test(head.split("\r\n")[0] ?? ""));
  }

  /** Listens, at the same port as before. */
  async plug(): Promise<void> {
    const server = this.#server = createServer((socket) =>
      this.#accept(socket)
    );
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(this.#port, "127.0.0.1", () => resolve());
    });
    this.#port = (server.address() as { port: number }).port;
  }

  /** Cuts all connections and refuses new ones. */
  async unplug(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise<void>((resolve) =>
      server.close(() => resolve())
    );
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.unplug();
  }

  #accept(client: Socket): void {
    const index = this.sent.push("") - 1;
    const server = connect(this.#target, "127.0.0.1");
    for (const [from, to] of [[client, server], [server, client]] as const) {
      this.#sockets.add(from);
      from.on("error", () => {});
      from.on("data", (data) => to.write(data));
      from.on("close", () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
    client.on("data", (data) => this.sent[index] += data.toString("latin1"));
  }
}
