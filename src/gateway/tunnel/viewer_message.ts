/**
 * A client's `message` to the plugin, put into our own words.
 *
 * @module
 */

import {
  JANUS_ERROR,
  type Jsep,
  PLUGIN_ERROR,
  type PluginRequest,
} from "../../janus/message.ts";
import { parsePluginRequest } from "../../janus/plugin_request.ts";
import type { AddressPolicy } from "./address.ts";
import { filterSdp } from "./sdp_filter.ts";

/** What travels on, or who refuses it: the plugin, the core, our filter. */
export type ViewerMessage =
  | {
    readonly result: "ok";
    readonly body: PluginRequest;
    readonly jsep: Jsep | undefined;
    readonly keptCandidates: number;
    readonly droppedCandidates: number;
  }
  | {
    readonly result: "plugin_error" | "janus_error";
    readonly code: number;
    readonly reason: string;
  }
  | {
    readonly result: "sdp_refused";
    readonly code: number;
    readonly reason: string;
    /** It is no SDP at all. */
    readonly malformed: boolean;
  };

/** Which JSEP goes with which request; the others take none. */
const JSEP_TYPES: ReadonlyMap<string, Jsep["type"]> = new Map([
  ["watch", "offer"],
  ["start", "answer"],
]);

/** Rebuilds a message for the route's camera. Never throws. */
export function rebuildMessage(
  message: {
    readonly body: Readonly<Record<string, unknown>>;
    readonly jsep: Jsep | undefined;
  },
  { cameraId, addresses }: {
    cameraId: string | undefined;
    addresses: AddressPolicy;
  },
): ViewerMessage {
  const body = parsePluginRequest(message.body);
  if (body.request === "refused") {
    const { code, error } = body;
    return { result: "plugin_error", code, reason: error };
  }
  // `status` is the gateway's alone: it tells of every camera upstream.
  if (body.request === "status") {
    const code = PLUGIN_ERROR.notImplemented;
    return { result: "plugin_error", code, reason: "Not implemented" };
  }
  const { jsep } = message;
  const rebuilt = rebuildBody(body, cameraId);
  if (jsep === undefined) {
    return { ...OK, body: rebuilt, jsep: undefined };
  }
  if (jsep.type !== JSEP_TYPES.get(body.request)) {
    const reason = `No ${jsep.type} is expected with ${body.request}`;
    return {
      result: "janus_error",
      code: JANUS_ERROR.unexpectedAnswer,
      reason,
    };
  }
  const filtered = filterSdp(jsep.sdp, addresses);
  if ("refused" in filtered) {
    const { refused: reason, malformed } = filtered;
    const code = JANUS_ERROR.jsepInvalidSdp;
    return { result: "sdp_refused", code, reason, malformed };
  }
  const { sdp, ...counts } = filtered;
  return { ...OK, ...counts, body: rebuilt, jsep: { ...jsep, sdp } };
}

const OK = {
  result: "ok",
  keptCandidates: 0,
  droppedCandidates: 0,
} as const;

function rebuildBody(
  body: PluginRequest,
  cameraId: string | undefined,
): PluginRequest {
  if (body.request !== "watch") return { request: body.request };
  const { mic: _, ...params } = body.params ?? {};
  return {
    request: "watch",
    ...(cameraId === undefined ? {} : { id: cameraId }),
    // No `mic`: a viewer does not send.
    ...(body.params === undefined ? {} : { params }),
  };
}
