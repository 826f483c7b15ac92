/**
 * What a WebSocket handshake must be (RFC 6455 section 4.2.1), and which
 * subprotocol it must offer.
 *
 * @module
 */

import type { IncomingMessage } from "node:http";
import { GatewayError } from "../errors.ts";
import { JANUS_SUBPROTOCOL } from "../janus/message.ts";

/** Whether a request with `Upgrade` asks for WebSocket at all. */
export function asksForWebSocket({ headers }: IncomingMessage): boolean {
  return tokens(headers.upgrade).includes("websocket");
}

/** What is wrong with a handshake, if anything. */
export function handshakeRefusal(
  incoming: IncomingMessage,
): GatewayError | undefined {
  const { headers } = incoming;
  if (headers["sec-websocket-version"] !== "13") {
    return new GatewayError("upgrade_required", {
      context: { check: "version" },
    });
  }
  const failed = Object.entries({
    method: incoming.method === "GET",
    httpVersion: incoming.httpVersion === "1.1",
    connection: tokens(headers.connection).includes("upgrade"),
    body: headers["transfer-encoding"] === undefined &&
      (headers["content-length"] ?? "0") === "0",
    // Sixteen bytes in base64.
    key: /^[\w+/]{21}[AQgw]==$/.test(headers["sec-websocket-key"] ?? ""),
    subprotocol: list(headers["sec-websocket-protocol"])
      .includes(JANUS_SUBPROTOCOL),
  }).find(([, holds]) => !holds);
  return failed === undefined
    ? undefined
    : new GatewayError("bad_request", { context: { check: failed[0] } });
}

function list(header: string | undefined): readonly string[] {
  return (header ?? "").split(",").map((item) => item.trim());
}

/** Header tokens know no case. */
function tokens(header: string | undefined): readonly string[] {
  return list(header?.toLowerCase());
}
