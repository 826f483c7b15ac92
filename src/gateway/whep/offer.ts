/**
 * A WHEP viewer's offer as the upstream's `watch`, and what comes back.
 *
 * @module
 */

import { GatewayError } from "../../errors.ts";
import { UPSTREAM_TEXT_LENGTH_MAX, WHEP_RETRY_AFTER_S } from "../../limits.ts";
import {
  JANUS_ERROR,
  type JanusResponse,
  PLUGIN_ERROR,
} from "../../janus/message.ts";
import {
  parsePluginError,
  type PluginError,
} from "../../janus/plugin_error.ts";
import type { AddressPolicy } from "../tunnel/address.ts";
import type { TunnelCounters } from "../tunnel/counters.ts";
import {
  rebuildMessage,
  type ViewerMessage,
} from "../tunnel/viewer_message.ts";

/** A `watch` with the viewer's offer in it, filtered. */
export type WatchMessage = Extract<ViewerMessage, { readonly result: "ok" }>;

/**
 * Puts an offer into our own words, as the tunnel does.
 *
 * @throws {GatewayError} `bad_request` if it is no SDP, `sdp_refused` if it is
 * none that a viewer sends.
 */
export function watchMessage(
  sdp: string,
  { cameraId, addresses, counters }: {
    cameraId: string | undefined;
    addresses: AddressPolicy;
    counters: TunnelCounters;
  },
): WatchMessage {
  const message = rebuildMessage(
    { body: { request: "watch" }, jsep: { type: "offer", sdp } },
    { cameraId, addresses },
  );
  if (message.result === "ok") return message;
  counters.refusedSdps++;
  const { reason } = message;
  const isMalformed = message.result === "sdp_refused" && message.malformed;
  const code = isMalformed ? "bad_request" : "sdp_refused";
  throw new GatewayError(code, { context: { reason } });
}

/**
 * The SDP that answers the offer.
 *
 * @throws {GatewayError} Why there is none.
 */
export function answerOf({ error, plugindata, jsep }: JanusResponse): string {
  if (error !== undefined) throw coreError(error.code);
  const refusal = parsePluginError(plugindata?.data);
  if (refusal !== undefined) throw pluginError(refusal);
  // µStreamer's own plugin does not look at the offer, and makes one itself.
  if (jsep?.type !== "answer") throw new GatewayError("no_answers");
  return jsep.sdp;
}

function coreError(code: number): GatewayError {
  const isSdp = code === JANUS_ERROR.jsepInvalidSdp ||
    code === JANUS_ERROR.jsepUnknownType;
  const context = { janusError: code };
  return new GatewayError(isSdp ? "sdp_refused" : "upstream_invalid", {
    context,
  });
}

function pluginError({ code, text, reason }: PluginError): GatewayError {
  // Ids and addresses of a stranger's plugin stay here.
  const words = text.replace(/\d{4,}/g, "…").slice(0, UPSTREAM_TEXT_LENGTH_MAX);
  switch (code) {
    case PLUGIN_ERROR.badRequest:
      return new GatewayError("sdp_refused", { context: { reason: words } });
    case PLUGIN_ERROR.notImplemented:
      return new GatewayError("no_answers");
    // nalgate knows the camera, so that the media server soon will.
    case PLUGIN_ERROR.cameraNotFound:
    case PLUGIN_ERROR.unavailable:
      return new GatewayError("no_picture", {
        context: { reason: reason ?? words, retryAfterS: WHEP_RETRY_AFTER_S },
      });
    default:
      return new GatewayError("upstream_invalid", {
        context: { pluginError: code },
      });
  }
}
