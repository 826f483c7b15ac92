/**
 * WebSocket handshakes that may be refused.
 *
 * @module
 */

// @ts-types="@types/ws"
import { WebSocket } from "ws";

/** What became of one. */
export interface WatchResult {
  readonly status: number;
  readonly socket: WebSocket;
  readonly closed: Promise<{ code: number; reason: string }>;
}

/** Tries one: it opens, or is refused with a status. */
export function handshake(
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<WatchResult> {
  const socket = new WebSocket(url, "janus-protocol", { headers });
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.once(
      "close",
      (code, reason) => resolve({ code, reason: String(reason) }),
    )
  );
  return new Promise((resolve, reject) => {
    socket.once("open", () => resolve({ status: 101, socket, closed }));
    socket.once("unexpected-response", (_request, response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0, socket, closed });
      socket.on("error", () => {});
      socket.terminate();
    });
    socket.once("error", reject);
  });
}
