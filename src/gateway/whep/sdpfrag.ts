/**
 * `application/trickle-ice-sdpfrag` (RFC 8840 section 9): the candidates that
 * a viewer sends after its offer.
 *
 * @module
 */

import { CANDIDATE_LENGTH_MAX, SDP_LINES_MAX } from "../../limits.ts";
import type { Candidate } from "../../janus/message.ts";
import { parseAttribute } from "../tunnel/sdp_parser.ts";

/** What an offer says of ICE, and later fragments refer to. */
export interface OfferedIce {
  readonly ufrags: ReadonlySet<string>;
  readonly passwords: ReadonlySet<string>;
  readonly mids: ReadonlySet<string>;
}

/** What a fragment asks for. */
export type SdpFragment =
  | { readonly kind: "candidates"; readonly candidates: readonly Candidate[] }
  /** It has other credentials than the offer (RFC 9725 section 4.3.3). */
  | { readonly kind: "restart" }
  | { readonly kind: "malformed"; readonly reason: string };

/** Reads the ICE of an offer that has passed our filter. */
export function offeredIce(sdp: string): OfferedIce {
  const values = (name: string) =>
    new Set(
      [...sdp.matchAll(new RegExp(`^a=${name}:([!-~]+)`, "gm"))]
        .map(([, value = ""]) => value),
    );
  return {
    ufrags: values("ice-ufrag"),
    passwords: values("ice-pwd"),
    mids: values("mid"),
  };
}

/** The grammar takes any, and what it says means nothing (section 9.2). */
const MEDIA = /^m=[a-z]{1,16} \d{1,5} [A-Za-z/]{1,32}(?: [!-~]{1,32}){1,64}$/;

/** Reads a fragment. Never throws. */
export function parseSdpFragment(
  text: string,
  offered: OfferedIce,
): SdpFragment {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  if (lines.length > SDP_LINES_MAX) return malformed("Too many lines");
  const candidates: Candidate[] = [];
  /** Of the section; none before the first one's. */
  let mid: string | undefined;
  for (const line of lines) {
    if (MEDIA.test(line)) {
      mid = undefined;
      continue;
    }
    const attribute = parseAttribute(line);
    if (attribute === undefined) return malformed("Not an SDP fragment");
    const { name, value } = attribute;
    switch (name) {
      case "ice-ufrag":
        if (!offered.ufrags.has(value)) return { kind: "restart" };
        break;
      case "ice-pwd":
        if (!offered.passwords.has(value)) return { kind: "restart" };
        break;
      case "mid":
        mid = value;
        break;
      case "candidate":
        if (mid === undefined) return malformed("A candidate without a mid");
        if (line.length > CANDIDATE_LENGTH_MAX) {
          return malformed("A candidate is too long");
        }
        // What was never offered has no candidates.
        if (!offered.mids.has(mid)) break;
        candidates.push({ candidate: `candidate:${value}`, sdpMid: mid });
    }
  }
  const isLast = lines.includes("a=end-of-candidates");
  return {
    kind: "candidates",
    candidates: isLast ? [...candidates, { completed: true }] : candidates,
  };
}

function malformed(reason: string): SdpFragment {
  return { kind: "malformed", reason };
}
