/**
 * What a device's refusals and closes mean for the viewer here.
 *
 * @module
 */

import { type ErrorCode, GatewayError } from "../../errors.ts";

/** By the HTTP status of a refused handshake. */
const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  401: "device_refused",
  403: "rights_ended",
  404: "camera_removed",
  429: "overloaded",
  503: "overloaded",
  508: "device_loop",
};

/** By the close code of the WebSocket. */
const BY_CLOSE: Readonly<Record<number, ErrorCode>> = {
  // The token of this nalgate has ended: nobody's sign-in here has.
  4401: "device_refused",
  4403: "rights_ended",
  4404: "camera_removed",
  1008: "overloaded",
  1013: "overloaded",
};

/** Why a device's camera could not be dialled. */
export function dialError(error: unknown): GatewayError {
  return translated(error, "status", BY_STATUS);
}

/** Why a session at a device has ended. */
export function endError(error: GatewayError): GatewayError {
  // The media server there has gone, or it talks nonsense: no close code.
  const isOurs = error.code !== "upstream_lost" ||
    error.context.closeCode === undefined;
  return isOurs ? error : translated(error, "closeCode", BY_CLOSE);
}

function translated(
  cause: unknown,
  key: "status" | "closeCode",
  table: Readonly<Record<number, ErrorCode>>,
): GatewayError {
  if (!(cause instanceof GatewayError)) {
    return new GatewayError("internal", { cause });
  }
  if (cause.code === "shutting_down") return cause;
  const { context } = cause;
  const code = table[Number(context[key])] ?? "device_offline";
  return new GatewayError(code, { cause, context });
}
