/**
 * The upstream's own candidates. A WHEP viewer gets all of them in the answer,
 * since nothing can be told to it later (draft-ietf-wish-whep section 4.4.2);
 * upstreams trickle them, or have put them into the SDP themselves.
 *
 * @module
 */

import { deadline } from "@std/async/deadline";
import { z } from "zod";
import {
  CANDIDATE_LENGTH_MAX,
  CANDIDATES_MAX,
  GATHERING_TIMEOUT_MS,
} from "../../limits.ts";
import type { JanusResponse } from "../../janus/message.ts";

const Candidate = z.union([
  z.object({ completed: z.literal(true) }).transform(() => undefined),
  // One line, whatever else it says: it goes into an SDP.
  z.object({
    candidate: z.string().max(CANDIDATE_LENGTH_MAX)
      .regex(/^(?:a=)?candidate:[ -~]+$/),
  }).transform(({ candidate }) => candidate.replace(/^a=/, "")),
]);

/** Collects what an upstream trickles. */
export class Gathering {
  readonly #lines: string[] = [];
  readonly #all = Promise.withResolvers<void>();

  /** Takes a `trickle` event. */
  take({ candidate, candidates = [candidate] }: JanusResponse): void {
    if (!Array.isArray(candidates)) return;
    for (const each of candidates) {
      const { success, data } = Candidate.safeParse(each);
      if (!success) continue;
      if (data === undefined) this.#all.resolve();
      else if (this.#lines.length < CANDIDATES_MAX) this.#lines.push(data);
    }
  }

  /** No more will come: whoever waits goes on. */
  end(): void {
    this.#all.resolve();
  }

  /**
   * An SDP with all candidates in it. Waits for them as long as a STUN server
   * may take; what is there by then has to do.
   */
  async complete(sdp: string): Promise<string> {
    if (isComplete(sdp)) return sdp;
    await deadline(this.#all.promise, GATHERING_TIMEOUT_MS).catch(() => {});
    return withCandidates(sdp, this.#lines);
  }
}

/** The engine may say that it is done, and yet trickle all of them. */
function isComplete(sdp: string): boolean {
  return /^a=candidate:/m.test(sdp) && /^a=end-of-candidates/m.test(sdp);
}

/**
 * An SDP with these candidates in the first section that is in use: in a
 * bundle its transport is that of all (RFC 9143 section 7.3).
 */
export function withCandidates(
  sdp: string,
  candidates: readonly string[],
): string {
  const [session = "", ...sections] = sdp.split(/^(?=m=)/m);
  const at = sections.findIndex((section) =>
    !/^m=\w+ 0 /.test(section) || /^a=bundle-only/m.test(section)
  );
  const own = candidates.map((line) => `a=${line}\r\n`).join("") +
    "a=end-of-candidates\r\n";
  return session + sections.map((section, index) => {
    if (index !== at) return section;
    const rest = section.replace(/^a=end-of-candidates\r?\n/gm, "");
    return (rest.endsWith("\n") ? rest : `${rest}\r\n`) + own;
  }).join("");
}
