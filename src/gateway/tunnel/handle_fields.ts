/**
 * What a handle is asked upstream, from what its client wants.
 *
 * @module
 */

import { CANDIDATES_MAX } from "../../limits.ts";
import type { Candidate } from "../../janus/message.ts";
import type { RequestFields } from "../../janus/session.ts";
import type { AddressPolicy } from "./address.ts";
import { filterTrickle } from "./candidate_filter.ts";
import type { TunnelCounters } from "./counters.ts";
import type { Handle } from "./handles.ts";
import type { ViewerMessage } from "./viewer_message.ts";

/** The handle, as far as its requests need it. */
type AskedHandle = Pick<Handle, "upstreamId" | "candidates">;

/** A rebuilt `message`; counts the candidates in it. */
export function messageFields(
  message: Extract<ViewerMessage, { readonly result: "ok" }>,
  { handle, counters }: { handle: AskedHandle; counters: TunnelCounters },
): RequestFields {
  const { body, jsep, keptCandidates, droppedCandidates } = message;
  // A new SDP begins a new generation of candidates.
  if (jsep !== undefined) handle.candidates = keptCandidates;
  counters.droppedCandidates += droppedCandidates;
  return {
    janus: "message",
    handle_id: handle.upstreamId,
    body,
    ...(jsep === undefined ? {} : { jsep }),
  };
}

/** A `trickle` of what may travel on; `undefined` if that is nothing. */
export function trickleFields(
  candidates: readonly Candidate[],
  { handle, addresses, counters }: {
    handle: AskedHandle;
    addresses: AddressPolicy;
    counters: TunnelCounters;
  },
): RequestFields | undefined {
  const kept = filterTrickle(candidates, {
    policy: addresses,
    countMax: CANDIDATES_MAX - handle.candidates,
  });
  handle.candidates += kept.filter((one) => "candidate" in one).length;
  counters.droppedCandidates += candidates.length - kept.length;
  const [candidate] = kept;
  if (candidate === undefined) return undefined;
  return {
    janus: "trickle",
    handle_id: handle.upstreamId,
    ...(kept.length === 1 ? { candidate } : { candidates: kept }),
  };
}
