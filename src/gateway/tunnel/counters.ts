/**
 * What the tunnels of one upstream have met: numbers for metrics and tests.
 *
 * @module
 */

/** Each counts up from 0. */
export interface TunnelCounters {
  /** Messages with a session id that was not given to that client. */
  foreignIds: number;
  /** Requests answered with an error, here or by the upstream. */
  refusedRequests: number;
  /** Offers and answers that the SDP filter refused. */
  refusedSdps: number;
  /** Candidates that went no further, and cost the client nothing. */
  droppedCandidates: number;
  /** Clients cut because they sent too much or read too little. */
  cutClients: number;
}

/** All zero. */
export function createCounters(): TunnelCounters {
  return {
    foreignIds: 0,
    refusedRequests: 0,
    refusedSdps: 0,
    droppedCandidates: 0,
    cutClients: 0,
  };
}
