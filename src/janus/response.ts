/**
 * Builds what a Janus core says, in the wire's spelling.
 *
 * @module
 */

import type { JanusResponse } from "./message.ts";

/** What an answer refers to; left out where the request did not say. */
export interface AnswerTo {
  readonly transaction?: string | undefined;
  readonly sessionId?: number | undefined;
}

/** The answer to `create`, `attach`, `detach`, `hangup` and `destroy`. */
export function successMessage(to: AnswerTo, id?: number): JanusResponse {
  return {
    janus: "success",
    ...address(to),
    ...(id === undefined ? {} : { data: { id } }),
  };
}

/** The answer to what needs none: `keepalive`, `trickle`. */
export function ackMessage(to: AnswerTo): JanusResponse {
  return { janus: "ack", ...address(to) };
}

/** An error of the Janus core; codes in `JANUS_ERROR`. */
export function errorMessage(
  to: AnswerTo,
  code: number,
  reason: string,
): JanusResponse {
  return { janus: "error", ...address(to), error: { code, reason } };
}

/** What a plugin says, with its JSEP if it has one. */
export function pluginEventMessage(
  to: AnswerTo,
  event: {
    readonly sender: number;
    readonly plugin: string;
    readonly data: unknown;
    readonly jsep?: JanusResponse["jsep"];
  },
): JanusResponse {
  const { sender, plugin, data, jsep } = event;
  return {
    janus: "event",
    ...address(to),
    sender,
    plugindata: { plugin, data },
    ...(jsep === undefined ? {} : { jsep }),
  };
}

/** A handle's PeerConnection is gone; `reason` is for people. */
export function hangupMessage(
  sessionId: number,
  sender: number,
  reason: string,
): JanusResponse {
  return { janus: "hangup", session_id: sessionId, sender, reason };
}

/** A session is gone for good: janus.js closes its socket on this. */
export function timeoutMessage(sessionId: number): JanusResponse {
  return { janus: "timeout", session_id: sessionId };
}

/** A plugin's own error, inside a plugin event. */
export function pluginErrorData(
  code: number,
  error: string,
  reason?: string,
): { ustreamer: "event"; error_code: number; error: string; reason?: string } {
  return {
    ustreamer: "event",
    error_code: code,
    error,
    ...(reason === undefined ? {} : { reason }),
  };
}

function address({ transaction, sessionId }: AnswerTo) {
  return {
    ...(sessionId === undefined ? {} : { session_id: sessionId }),
    ...(transaction === undefined ? {} : { transaction }),
  };
}
