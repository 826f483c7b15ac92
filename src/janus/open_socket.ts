/**
 * Dials a Janus API endpoint.
 *
 * @module
 */

import type { IncomingMessage } from "node:http";
// @ts-types="@types/ws"
import { WebSocket } from "ws";
import { type ErrorContext, GatewayError } from "../errors.ts";
import {
  UPSTREAM_DIAL_TIMEOUT_MS,
  UPSTREAM_MESSAGE_SIZE_MAX,
} from "../limits.ts";
import { dialer } from "./dial.ts";
import { JANUS_SUBPROTOCOL } from "./message.ts";

/** How to dial. */
export interface DialOptions {
  /** Of the handshake's request: credentials, say. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly dialTimeoutMs?: number | undefined;
}

/**
 * Waits for the handshake, and no longer than the dial timeout.
 *
 * @throws {GatewayError} `upstream_unreachable`, whose context has the HTTP
 * `status` or the `errorCode` that came instead; or the signal's reason.
 */
export async function openSocket(
  url: string,
  { headers = {}, signal, dialTimeoutMs = UPSTREAM_DIAL_TIMEOUT_MS }:
    DialOptions,
): Promise<WebSocket> {
  signal?.throwIfAborted();
  const socket = new WebSocket(url, JANUS_SUBPROTOCOL, {
    maxPayload: UPSTREAM_MESSAGE_SIZE_MAX,
    perMessageDeflate: false,
    followRedirects: false,
    headers: { ...headers },
    createConnection: dialer(new URL(url)),
  });
  // Without a listener a late error would end the process; "close" follows
  // every error and says what there is to say.
  socket.on("error", () => {});
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const fail = (context: ErrorContext, cause?: unknown) =>
    reject(new GatewayError("upstream_unreachable", { cause, context }));
  const abort = () => reject(signal?.reason);
  const late = { errorCode: "ETIMEDOUT" };
  const timer = setTimeout(() => fail(late), dialTimeoutMs);
  socket.once("open", resolve);
  socket.once(
    "unexpected-response",
    (_request, { statusCode }: IncomingMessage) => fail({ status: statusCode }),
  );
  socket.once("error", (cause: Error & { code?: string }) => {
    fail({ errorCode: cause.code }, cause);
  });
  socket.once("close", () => fail({}));
  signal?.addEventListener("abort", abort);
  try {
    await promise;
    return socket;
  } catch (error) {
    socket.terminate();
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}
