/**
 * Offers and answers from a client: parsed into the little that a viewer
 * needs, and rebuilt from that (RFC 8866, RFC 8829).
 *
 * A viewer receives one H.264 video, and Opus audio if there is any. Other
 * codecs, FEC and unknown attributes are left out; whatever would make the
 * media server do more (sending media, data channels, simulcast) is refused.
 *
 * @module
 */

import {
  CANDIDATES_MAX,
  SDP_LINES_MAX,
  SDP_MEDIA_MAX,
  SDP_SIZE_MAX,
} from "../../limits.ts";
import type { AddressPolicy } from "./address.ts";
import { filterCandidate } from "./candidate_filter.ts";
import { keptPayloadTypes } from "./sdp_codecs.ts";
import { parseSdp, type SdpMedia, type SdpSection } from "./sdp_parser.ts";

/** The filtered SDP, or in a few words why it is refused. */
export type FilteredSdp =
  | {
    readonly sdp: string;
    /** Candidates that went no further. */
    readonly droppedCandidates: number;
    /** Candidates that did. */
    readonly keptCandidates: number;
  }
  | Refused;

/** Why an SDP is refused. */
interface Refused {
  readonly refused: string;
  /** It is no SDP, or too much of one; else one that nobody wants. */
  readonly malformed: boolean;
}

/** Attributes that make a media server do what a viewer never needs. */
const FORBIDDEN: ReadonlySet<string> = new Set([
  "simulcast",
  "rid",
  "sctp-port",
  "sctpmap",
  "max-message-size",
  "crypto",
  "ice-lite",
  "key-mgmt",
]);

const TOKEN = "[!-~]{1,64}";

/** Attributes of ICE and DTLS, at either level. */
const TRANSPORT: Readonly<Record<string, RegExp>> = {
  "ice-ufrag": /^[A-Za-z0-9+/]{4,256}$/,
  "ice-pwd": /^[A-Za-z0-9+/]{22,256}$/,
  // Spaces by RFC 8839, but libdatachannel writes commas.
  "ice-options": /^[A-Za-z0-9+/]{1,32}(?:[ ,][A-Za-z0-9+/]{1,32}){0,7}$/,
  "end-of-candidates": /^$/,
  fingerprint:
    /^sha-(?:256|384|512) [0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){31,63}$/i,
  setup: /^(?:active|passive|actpass)$/,
};

const SESSION: Readonly<Record<string, RegExp>> = {
  ...TRANSPORT,
  "extmap-allow-mixed": /^$/,
  group: new RegExp(`^BUNDLE(?: ${TOKEN}){0,2}$`),
  "msid-semantic": /^ ?WMS(?: [!-~]{1,64})?$/,
};

const MEDIA: Readonly<Record<string, RegExp>> = {
  ...TRANSPORT,
  "bundle-only": /^$/,
  "rtcp-mux": /^$/,
  "rtcp-rsize": /^$/,
  mid: new RegExp(`^[!-~]{1,16}$`),
  recvonly: /^$/,
  inactive: /^$/,
  extmap: /^\d{1,5}(?:\/[a-z]{1,8})? [!-~]{1,128}$/,
};

/** Attributes that begin with a payload type; kept if that is. */
const PER_PAYLOAD: Readonly<Record<string, RegExp>> = {
  rtpmap: /^(?<type>\d{1,3}) [!-~]{1,64}$/,
  fmtp: /^(?<type>\d{1,3}) [ -~]{1,256}$/,
  "rtcp-fb": /^(?<type>\d{1,3}|\*) [ -~]{1,64}$/,
};

/** Filters an offer or an answer of a viewer. Never throws. */
export function filterSdp(sdp: string, policy: AddressPolicy): FilteredSdp {
  if (sdp.length > SDP_SIZE_MAX) return malformed("SDP too long");
  const lines = sdp.split(/\r?\n/);
  if (lines.length > SDP_LINES_MAX) {
    return malformed("SDP has too many lines");
  }
  const parsed = parseSdp(lines);
  if ("refused" in parsed) return malformed(parsed.refused);
  const { session, media } = parsed;
  const problem = media.length > SDP_MEDIA_MAX
    ? "Too many m-lines"
    : forbidden(session) ?? firstProblem(media);
  if (problem !== undefined) return { refused: problem, malformed: false };
  return rebuild({ session, media }, policy);
}

function malformed(refused: string): Refused {
  return { refused, malformed: true };
}

function firstProblem(media: readonly SdpMedia[]): string | undefined {
  const video = media.filter((m) => m.kind === "video");
  if (video.length !== 1) return "Exactly one video is expected";
  for (const one of media) {
    const problem = mediaProblem(one) ?? forbidden(one);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function forbidden({ attributes }: SdpSection): string | undefined {
  const found = attributes.find(({ name }) => FORBIDDEN.has(name));
  return found && `Attribute ${found.name} is not allowed`;
}

function mediaProblem(media: SdpMedia): string | undefined {
  if (media.kind !== "video" && media.kind !== "audio") {
    return "Only video and audio are allowed";
  }
  if (media.isRejected) return undefined;
  const directions = media.attributes.filter(({ name }) =>
    DIRECTIONS.has(name)
  );
  // No direction means sendrecv (RFC 8866 section 6.7).
  if (directions.length !== 1) return "A viewer is recvonly";
  const direction = directions[0]?.name;
  if (direction !== "recvonly" && direction !== "inactive") {
    return "A viewer is recvonly";
  }
  return keptPayloadTypes(media).size === 0
    ? `No ${media.kind === "video" ? "H.264" : "Opus"} in the SDP`
    : undefined;
}

const DIRECTIONS: ReadonlySet<string> = new Set([
  "sendrecv",
  "sendonly",
  "recvonly",
  "inactive",
]);

function rebuild(
  { session, media }: { session: SdpSection; media: readonly SdpMedia[] },
  policy: AddressPolicy,
): FilteredSdp {
  const candidates = new CandidateSieve(policy);
  const body = [
    ...known(session, SESSION, candidates),
    ...media.flatMap((one) => rebuildMedia(one, candidates)),
  ];
  if (candidates.overflow) return malformed("Too many candidates");
  return {
    sdp: [
      "v=0",
      // Names and addresses of the client's machine are nobody's business.
      `o=- ${session.origin} IN IP4 127.0.0.1`,
      "s=-",
      "t=0 0",
      ...body,
      "",
    ].join("\r\n"),
    droppedCandidates: candidates.dropped,
    keptCandidates: candidates.kept,
  };
}

function rebuildMedia(media: SdpMedia, candidates: CandidateSieve): string[] {
  const types = keptPayloadTypes(media);
  const mid = media.attributes.filter(({ name }) => name === "mid");
  if (media.isRejected) {
    return [
      `m=${media.kind} 0 ${media.protocol} ${media.payloadTypes[0]}`,
      "c=IN IP4 0.0.0.0",
      "a=inactive",
      ...known({ ...media, attributes: mid }, MEDIA, candidates),
    ];
  }
  return [
    // Port 9 is "discard": the addresses are in the candidates (RFC 8829).
    `m=${media.kind} ${media.isBundleOnly ? 0 : 9} ${media.protocol} ` +
    [...types].join(" "),
    "c=IN IP4 0.0.0.0",
    ...known(media, MEDIA, candidates, types),
  ];
}

/** The attributes that are known and well-formed, in their order. */
function known(
  { attributes }: SdpSection,
  table: Readonly<Record<string, RegExp>>,
  candidates: CandidateSieve,
  types: ReadonlySet<string> = new Set(),
): string[] {
  return attributes.flatMap(({ name, value }) => {
    if (name === "candidate") return candidates.take(value);
    const type = Object.hasOwn(PER_PAYLOAD, name)
      ? PER_PAYLOAD[name]?.exec(value)?.groups?.type
      : undefined;
    const isKept = type !== undefined
      ? types.has(type) || (type === "*" && types.size > 0)
      : Object.hasOwn(table, name) && table[name]?.test(value);
    if (!isKept) return [];
    return value === "" ? `a=${name}` : `a=${name}:${value}`;
  });
}

/** Filters the candidates of a whole SDP, and counts. */
class CandidateSieve {
  kept = 0;
  dropped = 0;
  readonly #policy: AddressPolicy;

  constructor(policy: AddressPolicy) {
    this.#policy = policy;
  }

  get overflow(): boolean {
    return this.kept + this.dropped > CANDIDATES_MAX;
  }

  take(value: string): string[] {
    const kept = filterCandidate(`candidate:${value}`, this.#policy);
    if (kept === undefined) this.dropped++;
    else this.kept++;
    return kept === undefined ? [] : [`a=${kept}`];
  }
}
