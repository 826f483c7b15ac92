/**
 * ICE candidates (RFC 8839 section 5.1): ours as configured, theirs as far as
 * they are addresses.
 *
 * @module
 */

import { isIP } from "node:net";
import type { Sdp } from "./sdp.ts";

/** The fields of a candidate line that matter here. */
interface CandidateFields {
  readonly address: string;
  readonly port: number;
  readonly type: string;
}

const CANDIDATE =
  /^(?:a=)?candidate:\S{1,32} 1 udp \d{1,10} (\S+) (\d{1,5}) typ (\w+)(?: [\x20-\x7e]*)?$/i;

function parse(line: string): CandidateFields | undefined {
  const [, address = "", port = "", type = ""] = CANDIDATE.exec(line) ?? [];
  return address === ""
    ? undefined
    : { address, port: Number(port), type: type.toLowerCase() };
}

/**
 * A remote candidate that we can use, as `candidate:…`. Names are not: a
 * viewer must not make this process look one up, and for the `.local` names
 * of browsers (RFC 8828) the viewer's own checks reveal the address.
 */
export function usableCandidate(line: string): string | undefined {
  const fields = parse(line);
  if (fields === undefined || isIP(fields.address) === 0) return undefined;
  if (fields.port < 1 || fields.port > 65_535) return undefined;
  return line.startsWith("a=") ? line.slice(2) : line;
}

/**
 * Replaces our host candidates by the configured addresses. All interfaces
 * share one port, so each port is told once, under each address.
 */
export class HostCandidates {
  readonly #addresses: readonly string[];
  readonly #told = new Set<string>();

  constructor(addresses: readonly string[]) {
    this.#addresses = addresses;
  }

  /** The candidate lines to send for one of ours; none if told before. */
  replace(line: string): string[] {
    const plain = line.startsWith("a=") ? line.slice(2) : line;
    const fields = parse(plain);
    const lines = this.#addresses.length === 0 || fields?.type !== "host"
      ? [plain]
      : this.#addresses.map((address, index) => {
        // RFC 8445 section 5.1.2.1 with type preference 126 for hosts.
        const priority = 126 * 2 ** 24 + (65_535 - index) * 2 ** 8 + 255;
        return `candidate:h${index} 1 UDP ${priority} ${address} ` +
          `${fields.port} typ host`;
      });
    const news = lines.filter((each) => !this.#told.has(each));
    for (const each of news) this.#told.add(each);
    return news;
  }

  /** An SDP of ours with the candidates to send instead of the agent's. */
  replaceAll(sdp: Sdp): Sdp {
    const sections = sdp.sections.map((section) =>
      section.flatMap((line) =>
        line.startsWith("a=candidate:")
          ? this.replace(line).map((host) => `a=${host}`)
          : [line]
      )
    );
    return { ...sdp, sections };
  }
}

/** An SDP without its candidates, and the candidates. */
export function takeCandidates(sdp: Sdp): { sdp: Sdp; candidates: string[] } {
  const candidates: string[] = [];
  const sections = sdp.sections.map((section) =>
    section.filter((line) => {
      if (line.startsWith("a=candidate:")) candidates.push(line);
      return !line.startsWith("a=candidate:");
    })
  );
  return { sdp: { ...sdp, sections }, candidates };
}
