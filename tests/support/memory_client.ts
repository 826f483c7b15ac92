/**
 * A client of the tunnel without a network: frames by hand over a pair of
 * streams, so that a million messages are a matter of seconds. Behind the
 * streams is the real WebSocket code.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { type Duplex, duplexPair } from "node:stream";
import { deadline } from "@std/async/deadline";
import type { Recorded } from "./janus_server.ts";
import type { TunnelServer } from "./tunnel.ts";

/** Generous: whoever waits this long has failed. */
const PATIENCE_MS = 20_000;

/** One client, attached to the plugin. */
export class MemoryClient implements Disposable {
  readonly #stream: Duplex;
  readonly #farEnd: Duplex;
  readonly #waiting = new Map<string, PromiseWithResolvers<Recorded>>();
  readonly #closed = Promise.withResolvers<Recorded>();
  #unread: Buffer = Buffer.alloc(0);
  #isUpgraded = false;
  sessionId = 0;
  handleId = 0;
  /** Every text that came, one after the other. */
  readonly texts: string[] = [];

  /** Connects, `create`s and `attach`es. */
  static async open(
    server: TunnelServer,
    plugin: string,
  ): Promise<MemoryClient> {
    const client = new MemoryClient(server);
    const session = await client.ask({ janus: "create" });
    client.sessionId = session.data.id;
    const handle = await client.ask({
      janus: "attach",
      "session_id": client.sessionId,
      plugin,
    });
    client.handleId = handle.data.id;
    return client;
  }

  private constructor(server: TunnelServer) {
    const [near, far] = duplexPair({ readableHighWaterMark: 1024 * 1024 });
    this.#stream = near;
    this.#farEnd = far;
    near.on("data", (chunk: Buffer) => this.#read(chunk));
    far.on("close", () => {
      this.#closed.reject(new Error("the tunnel was closed"));
    });
    this.#closed.promise.catch(() => {});
    server.serve(far);
  }

  /** Sends all of them at once. */
  send(texts: readonly string[]): void {
    this.#stream.write(Buffer.concat(texts.map(textFrame)));
  }

  /** Asks under a transaction that nobody else uses. */
  async ask(message: Recorded): Promise<Recorded> {
    const transaction = `ask ${this.#waiting.size}`;
    const answer = Promise.withResolvers<Recorded>();
    this.#waiting.set(transaction, answer);
    this.send([JSON.stringify({ ...message, transaction })]);
    const either = Promise.race([answer.promise, this.#closed.promise]);
    return await deadline(either, PATIENCE_MS);
  }

  [Symbol.dispose](): void {
    this.#stream.destroy();
    this.#farEnd.destroy();
  }

  #read(chunk: Buffer): void {
    const bytes = this.#unread.length === 0
      ? chunk
      : Buffer.concat([this.#unread, chunk]);
    let at = 0;
    if (!this.#isUpgraded) {
      at = bytes.indexOf("\r\n\r\n") + 4;
      this.#isUpgraded = true;
    }
    // Unmasked, and never longer than 64 KiB (RFC 6455 section 5.2).
    while (at + 4 <= bytes.length) {
      const short = bytes[at + 1] ?? 0;
      const head = short === 126 ? 4 : 2;
      const end = at + head +
        (short === 126 ? bytes.readUInt16BE(at + 2) : short);
      if (end > bytes.length) break;
      if (bytes[at] === 0x81) {
        this.#take(bytes.toString("latin1", at + head, end));
      }
      at = end;
    }
    this.#unread = bytes.subarray(at);
  }

  #take(text: string): void {
    this.texts.push(text);
    if (!text.includes('"transaction":"ask ')) return;
    const message: Recorded = JSON.parse(text);
    this.#waiting.get(message.transaction)?.resolve(message);
  }
}

/** A text frame whose mask is all zeros: masked, and still readable. */
function textFrame(text: string): Buffer {
  const size = Buffer.byteLength(text);
  const head = size < 126 ? 6 : 8;
  const bytes = Buffer.alloc(head + size);
  bytes[0] = 0x81;
  if (size < 126) bytes[1] = 0x80 | size;
  else {
    bytes[1] = 0x80 | 126;
    bytes.writeUInt16BE(size, 2);
  }
  bytes.write(text, head);
  return bytes;
}
