/**
 * Takes requests with `Upgrade` through the same app as all others. Only
 * when a route has accepted one, the 101 goes out.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { Hono } from "hono";
import type { WebSocketServer } from "ws";
import { REFUSAL_LINGER_MS } from "../limits.ts";
import type { Logger } from "../log.ts";
import { logBug } from "./answer.ts";
import type { AppEnv, Upgrade } from "./context.ts";
import { asksForWebSocket, handshakeRefusal } from "./handshake.ts";

/** What the listener hands over to. */
export interface UpgradeParts {
  readonly app: Hono<AppEnv>;
  readonly sockets: WebSocketServer;
  readonly log: Logger;
}

/** The server's listener for `upgrade`. */
export function upgradeListener({ app, sockets, log }: UpgradeParts) {
  // A mistake of ours costs one client its socket, not all of them.
  return (incoming: IncomingMessage, socket: Duplex, head: Buffer): void => {
    serve(incoming, socket, head).catch((error) => {
      logBug(log, error);
      socket.destroy();
    });
  };

  async function serve(
    incoming: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): Promise<void> {
    const destroy = () => socket.destroy();
    socket.on("error", destroy);
    const request = requestOf(incoming);
    if (request === undefined) return refuse(socket, badRequest());
    // Whatever else a client offers (curl: h2c), it is served as it is.
    const upgrade: Upgrade | undefined = asksForWebSocket(incoming)
      ? { refusal: handshakeRefusal(incoming) }
      : undefined;
    const response = await app.fetch(request, {
      peer: incoming.socket.remoteAddress ?? "",
      rawHeaders: incoming.rawHeaders,
      ...upgrade === undefined ? {} : { upgrade },
    });
    const opened = upgrade?.opened;
    if (upgrade === undefined || opened === undefined) {
      return await refuse(socket, response);
    }
    socket.off("error", destroy);
    let isOpen = false;
    sockets.handleUpgrade(incoming, socket, head, (webSocket) => {
      isOpen = true;
      opened(webSocket);
    });
    if (!isOpen) upgrade.abandoned?.();
  }
}

/** The request without its body, which an upgrade has none of. */
function requestOf(incoming: IncomingMessage): Request | undefined {
  const { url = "", method = "", rawHeaders } = incoming;
  try {
    const headers = new Headers();
    for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
      headers.append(rawHeaders[at] ?? "", rawHeaders[at + 1] ?? "");
    }
    // The host is never looked at here: only the path counts.
    return new Request(`http://nalgate.invalid${url}`, { method, headers });
  } catch {
    return undefined;
  }
}

function badRequest(): Response {
  return new Response(null, { status: 400 });
}

async function refuse(socket: Duplex, response: Response): Promise<void> {
  const { status } = response;
  const body = Buffer.from(await response.arrayBuffer());
  const headers = new Headers(response.headers);
  headers.set("Connection", status === 426 ? "Upgrade, close" : "close");
  headers.set("Content-Length", String(body.length));
  const lines = [...headers].map(([name, value]) => `${name}: ${value}\r\n`);
  const start = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n`;
  socket.end(Buffer.concat([
    Buffer.from(`${start}${lines.join("")}\r\n`, "latin1"),
    body,
  ]));
  // A client that does not close its side is not waited for.
  const timer = setTimeout(() => socket.destroy(), REFUSAL_LINGER_MS);
  socket.once("close", () => clearTimeout(timer));
  socket.resume();
}
