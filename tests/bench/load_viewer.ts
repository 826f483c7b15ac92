/**
 * A viewer as the tunnel sees it: a WebSocket, a session, a handle. Run as a
 * program it holds as many as its first line says, until its input ends.
 *
 * @module
 */

// @ts-types="@types/ws"
import { WebSocket } from "ws";
import { eachLine } from "../../src/supervisor/lines.ts";
import { print } from "./table.ts";

/** Where to connect, and as whom. */
export interface Target {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What a program of viewers is told. */
export interface Order extends Target {
  readonly viewers: number;
}

/** Handshakes at once: a gateway behind a proxy sees no more. */
const OPENING_MAX = 50;

/** One connection with a session and a handle. */
export class LoadViewer {
  readonly #socket: WebSocket;
  #address: Readonly<Record<string, number>> = {};
  #answered: (message: Answer) => void = () => {};

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => this.#answered(JSON.parse(String(data))));
  }

  static async open({ url, headers }: Target): Promise<LoadViewer> {
    const socket = new WebSocket(url, "janus-protocol", { headers });
    await new Promise((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    });
    const viewer = new LoadViewer(socket);
    const session = await viewer.#ask({ janus: "create" });
    viewer.#address = { session_id: session.data?.id ?? 0 };
    const plugin = "janus.plugin.ustreamer";
    const handle = await viewer.#ask({ janus: "attach", plugin });
    viewer.#address = { ...viewer.#address, handle_id: handle.data?.id ?? 0 };
    return viewer;
  }

  /** A request that travels to the plugin and back; milliseconds. */
  async roundTrip(): Promise<number> {
    const startMs = performance.now();
    await this.#ask({ janus: "message", body: { request: "features" } });
    return performance.now() - startMs;
  }

  close(): void {
    this.#socket.terminate();
  }

  #ask(fields: Readonly<Record<string, unknown>>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#answered = (message) => {
        if (message.janus === "ack") return;
        if (message.janus === "error") return reject(new Error("refused"));
        resolve(message);
      };
      this.#socket.send(
        JSON.stringify({ ...fields, ...this.#address, transaction: "t" }),
      );
    });
  }
}

interface Answer {
  readonly janus: string;
  readonly data?: { readonly id: number };
}

/** Opens many, a few at a time. */
export async function openViewers(
  { viewers, ...target }: Order,
): Promise<LoadViewer[]> {
  const opened: LoadViewer[] = [];
  let left = viewers;
  const lane = async () => {
    while (left-- > 0) opened.push(await LoadViewer.open(target));
  };
  await Promise.all(Array.from({ length: OPENING_MAX }, lane));
  return opened;
}

if (import.meta.main) {
  await eachLine(Deno.stdin.readable, async (line) => {
    const opened = await openViewers(JSON.parse(line));
    print(`${opened.length}`);
  });
  Deno.exit(0);
}
