/**
 * Requests to the Janus core: `text → ParsedRequest`, once, at the edge.
 *
 * Whoever speaks first is not trusted: a message is one JSON object, its ids
 * are plain safe integers, its verb is one of the list in exact lower case,
 * and only the fields named here survive.
 *
 * @module
 */

import { z } from "zod";
import {
  CANDIDATE_LENGTH_MAX,
  CANDIDATES_MAX,
  SDP_SIZE_MAX,
  TRANSACTION_LENGTH_MAX,
} from "../limits.ts";
import { isPlainObject, type JsonProblem, parseStrictJson } from "./json.ts";
import { type Candidate, JANUS_ERROR, type Jsep } from "./message.ts";

/** A request that may be acted upon, or `refused` with the Janus error. */
export type ParsedRequest =
  | RefusedRequest
  | Common & { readonly verb: "create" | "ping" | "info" }
  | OfSession & { readonly verb: "keepalive" | "destroy" }
  | OfSession & { readonly verb: "attach"; readonly plugin: string }
  | OfHandle & { readonly verb: "hangup" | "detach" }
  | OfHandle & {
    readonly verb: "message";
    /** Not yet looked at; see `parsePluginRequest`. */
    readonly body: Readonly<Record<string, unknown>>;
    readonly jsep: Jsep | undefined;
  }
  | OfHandle & {
    readonly verb: "trickle";
    readonly candidates: readonly Candidate[];
  };

interface Common {
  /** The client's own; echoed in answers, never sent anywhere else. */
  readonly transaction: string;
  readonly apiSecret: string | undefined;
  /** Janus's own field for it; whoever serves the request may take it. */
  readonly token?: string | undefined;
}

interface OfSession extends Common {
  readonly sessionId: number;
}

interface OfHandle extends OfSession {
  readonly handleId: number;
}

/** A request that no one acts upon. Carries what its error answer needs. */
export interface RefusedRequest {
  readonly verb: "refused";
  readonly code: number;
  readonly reason: string;
  readonly transaction: string | undefined;
  /**
   * Known when it was readable: Janus looks for the session before it looks
   * at the request, so an unknown session is to be answered first.
   */
  readonly sessionId: number | undefined;
  readonly apiSecret: string | undefined;
}

/** Printable ASCII only: it is echoed, and must survive every parser. */
const Transaction = z.string().max(TRANSACTION_LENGTH_MAX).regex(
  /^[\x20-\x7e]*$/,
);
const Id = z.int().positive();
const Common = z.object({
  transaction: Transaction,
  apisecret: z.string().optional(),
  // Not Janus's to judge: what is no text counts as none.
  token: z.string().optional().catch(undefined),
});
const OfSession = Common.extend({ session_id: Id });
const OfHandle = OfSession.extend({ handle_id: Id });

const JsepSchema = z.object({
  type: z.enum(["offer", "answer"]),
  sdp: z.string().max(SDP_SIZE_MAX),
  trickle: z.boolean().optional(),
});

const CandidateSchema = z.union([
  z.null().transform(() => ({ completed: true as const })),
  z.object({ completed: z.literal(true) }),
  z.object({
    candidate: z.string().max(CANDIDATE_LENGTH_MAX),
    // Both may be null in an RTCIceCandidateInit (W3C WebRTC section 4.8.1.1).
    sdpMid: z.string().max(16).regex(/^[\x21-\x7e]*$/).nullish(),
    sdpMLineIndex: z.int().min(0).max(15).nullish(),
  }).transform(({ candidate, sdpMid, sdpMLineIndex }): Candidate =>
    // The empty candidate means the same as `completed` (RFC 8838 section 8).
    candidate === "" ? { completed: true } : {
      candidate,
      ...(typeof sdpMid === "string" ? { sdpMid } : {}),
      ...(typeof sdpMLineIndex === "number" ? { sdpMLineIndex } : {}),
    }
  ),
]);

/** One row per verb that a client may use, in exact lower case. */
const SCHEMAS = {
  create: Common,
  ping: Common,
  info: Common,
  keepalive: OfSession,
  destroy: OfSession,
  attach: OfSession.extend({
    plugin: z.string().max(64).regex(/^[\w.-]+$/),
  }),
  hangup: OfHandle,
  detach: OfHandle,
  message: OfHandle.extend({
    body: z.custom<Record<string, unknown>>(isPlainObject),
    jsep: JsepSchema.optional(),
  }),
  trickle: OfHandle.extend({
    candidate: CandidateSchema.optional(),
    candidates: z.array(CandidateSchema).max(CANDIDATES_MAX).optional(),
  }).refine(({ candidate, candidates }) =>
    (candidate === undefined) !== (candidates === undefined)
  ),
} as const;

const JSON_ERROR: Readonly<Record<JsonProblem, [number, string]>> = {
  syntax: [JANUS_ERROR.invalidJson, "Invalid JSON"],
  tooDeep: [JANUS_ERROR.invalidJson, "JSON nested too deeply"],
  notObject: [JANUS_ERROR.invalidJsonObject, "Not a JSON object"],
  number: [JANUS_ERROR.invalidElementType, "Numbers must be plain integers"],
};

/** Reads one request to the Janus core. Never throws. */
export function parseJanusRequest(text: string): ParsedRequest {
  const json = parseStrictJson(text);
  if ("problem" in json) return refused({}, ...JSON_ERROR[json.problem]);
  const raw = json.object;
  const verb = raw.janus;
  if (typeof verb !== "string") {
    return verb === undefined
      ? refused(raw, JANUS_ERROR.missingMandatoryElement, "Missing (janus)")
      : refused(raw, JANUS_ERROR.invalidElementType, "Invalid type (janus)");
  }
  if (!Object.hasOwn(SCHEMAS, verb)) return unknownVerb(raw);
  const name = verb as keyof typeof SCHEMAS;
  const parsed = SCHEMAS[name].safeParse(raw);
  if (!parsed.success) {
    return refused(raw, ...explain(raw, parsed.error.issues[0]));
  }
  return toRequest(name, parsed.data);
}

type Fields = z.infer<(typeof SCHEMAS)[keyof typeof SCHEMAS]>;

/** From the wire's spelling to ours. */
function toRequest(verb: keyof typeof SCHEMAS, fields: Fields): ParsedRequest {
  const { transaction, apisecret, token, ...rest } = fields as
    & z.infer<typeof OfHandle>
    & Partial<z.infer<typeof SCHEMAS.attach>>
    & Partial<z.infer<typeof SCHEMAS.message>>
    & Partial<z.infer<typeof SCHEMAS.trickle>>;
  return {
    verb,
    transaction,
    apiSecret: apisecret,
    ...token === undefined ? {} : { token },
    sessionId: rest.session_id,
    handleId: rest.handle_id,
    plugin: rest.plugin,
    body: rest.body,
    jsep: rest.jsep,
    candidates: rest.candidates ?? [rest.candidate],
  } as ParsedRequest;
}

/** Janus says 457 for a verb outside of any session, 453 within one. */
function unknownVerb(raw: Readonly<Record<string, unknown>>): RefusedRequest {
  return raw.session_id === undefined
    ? refused(raw, JANUS_ERROR.invalidRequestPath, "Unhandled request")
    : refused(raw, JANUS_ERROR.unknownRequest, "Unknown request");
}

/** The Janus error for the first thing that is wrong. Names, no values. */
function explain(
  raw: Readonly<Record<string, unknown>>,
  issue: { readonly path: readonly PropertyKey[] } | undefined,
): [number, string] {
  const [field, inner] = issue?.path ?? [];
  const name = (issue?.path ?? []).map(String).join(".");
  if (field === undefined) {
    return [
      JANUS_ERROR.missingMandatoryElement,
      "Either candidate or candidates is needed",
    ];
  }
  if (field === "session_id" || field === "handle_id") {
    if (raw[field] === undefined) {
      return [JANUS_ERROR.invalidRequestPath, `Missing (${name})`];
    }
  } else if (field === "jsep" && inner === "type") {
    return [JANUS_ERROR.jsepUnknownType, "Unknown JSEP type"];
  } else if (field === "jsep" && inner === "sdp") {
    return [JANUS_ERROR.jsepInvalidSdp, "Invalid SDP"];
  }
  return raw[String(field)] === undefined
    ? [JANUS_ERROR.missingMandatoryElement, `Missing (${name})`]
    : [JANUS_ERROR.invalidElementType, `Invalid value (${name})`];
}

function refused(
  raw: Readonly<Record<string, unknown>>,
  code: number,
  reason: string,
): RefusedRequest {
  return {
    verb: "refused",
    code,
    reason,
    transaction: Transaction.safeParse(raw.transaction).data,
    sessionId: Id.safeParse(raw.session_id).data,
    apiSecret: typeof raw.apisecret === "string" ? raw.apisecret : undefined,
  };
}
