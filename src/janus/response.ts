/**
 * What a Janus core says: built, and read.
 *
 * @module
 */

import { z } from "zod";
import { parseBoundedJson } from "./json.ts";
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

/** The answer to `ping`. */
export function pongMessage(to: AnswerTo): JanusResponse {
  return { janus: "pong", ...address(to) };
}

/** The answer to `info`: no version, no plugins, no addresses. */
export function serverInfoMessage(to: AnswerTo): JanusResponse {
  return { janus: "server_info", ...address(to), name: "nalgate" };
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

/** The same message for somebody who knows the session by other ids. */
export function readdressedMessage(
  message: JanusResponse,
  to: AnswerTo & { readonly sender?: number | undefined },
): JanusResponse {
  const {
    session_id: _session,
    transaction: _transaction,
    sender: _sender,
    opaque_id: _opaque,
    ...rest
  } = message;
  return {
    ...rest,
    ...address(to),
    ...(to.sender === undefined ? {} : { sender: to.sender }),
  } as JanusResponse;
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

const Id = z.int().positive();

/** What is looked at on its way through; everything else passes as it is. */
const Response = z.looseObject({
  janus: z.string(),
  transaction: z.string().optional(),
  session_id: Id.optional(),
  sender: Id.optional(),
  data: z.looseObject({ id: Id.optional() }).optional(),
  error: z.looseObject({ code: z.int(), reason: z.string() }).optional(),
  plugindata: z.looseObject({ plugin: z.string(), data: z.unknown() })
    .optional(),
  jsep: z.looseObject({ type: z.enum(["offer", "answer"]), sdp: z.string() })
    .optional(),
  reason: z.string().optional(),
});

/** A message of a Janus core, or whose session an invalid one belongs to. */
export type ParsedResponse =
  | { readonly invalid: false; readonly response: JanusResponse }
  | { readonly invalid: true; readonly sessionId: number };

/** Reads what a Janus core says; `undefined` if it is not even an object. */
export function parseJanusResponse(text: string): ParsedResponse | undefined {
  const json = parseBoundedJson(text);
  if ("problem" in json) return undefined;
  const parsed = Response.safeParse(json.object);
  if (parsed.success) {
    return { invalid: false, response: parsed.data as JanusResponse };
  }
  const sessionId = Id.safeParse(json.object.session_id);
  return sessionId.success
    ? { invalid: true, sessionId: sessionId.data }
    : undefined;
}
