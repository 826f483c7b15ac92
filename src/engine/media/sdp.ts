/**
 * The little of SDP (RFC 8866) that a media server without an encoder needs:
 * sections of lines, and what single lines say.
 *
 * @module
 */

import { SDP_LINES_MAX, SDP_SECTIONS_MAX } from "../../limits.ts";

/** A session description as lines; a section starts with its `m=` line. */
export interface Sdp {
  readonly session: readonly string[];
  readonly sections: readonly (readonly string[])[];
}

/** An SDP that cannot be used. The text says why and carries no value. */
export class SdpError extends Error {
  override readonly name = "SdpError";
}

/** Splits an SDP into its sections. */
export function parseSdp(text: string): Sdp {
  const lines = text.split(/\r?\n/).filter((line) => line !== "");
  if (lines.length > SDP_LINES_MAX) {
    throw new SdpError("SDP has too many lines");
  }
  const session: string[] = [];
  const sections: string[][] = [];
  for (const line of lines) {
    if (line.startsWith("m=")) sections.push([line]);
    else (sections.at(-1) ?? session).push(line);
  }
  if (sections.length === 0) throw new SdpError("SDP has no media section");
  if (sections.length > SDP_SECTIONS_MAX) {
    throw new SdpError("SDP has too many media sections");
  }
  return { session, sections };
}

/** The opposite of `parseSdp`. */
export function formatSdp(sdp: Sdp): string {
  return [...sdp.session, ...sdp.sections.flat()].join("\r\n") + "\r\n";
}

/** The values of all `a=<name>:<value>` lines. */
export function attributes(lines: readonly string[], name: string): string[] {
  const prefix = `a=${name}:`;
  return lines.filter((line) => line.startsWith(prefix))
    .map((line) => line.slice(prefix.length));
}

/** The value of the first `a=<name>:<value>` line. */
export function attribute(
  lines: readonly string[],
  name: string,
): string | undefined {
  return attributes(lines, name)[0];
}

/** What an `m=` line says (RFC 8866 section 5.14). */
export interface MediaLine {
  readonly kind: string;
  readonly port: number;
  readonly formats: readonly string[];
}

/** Reads the `m=` line of a section. */
export function mediaLine(section: readonly string[]): MediaLine {
  const [kind = "", port = "", , ...formats] = (section[0] ?? "").slice(2)
    .split(" ");
  return { kind, port: Number.parseInt(port, 10), formats };
}

/** Whether a section is offered or accepted at all. */
export function isActive(section: readonly string[]): boolean {
  // RFC 8843 section 6: bundle-only sections have port 0 and are active.
  return mediaLine(section).port !== 0 || section.includes("a=bundle-only");
}

/**
 * The same with one section only: all others are refused (RFC 3264, 6), but
 * for one that stays without being used.
 */
export function onlySection(sdp: Sdp, index: number, idle?: number): Sdp {
  const mids = [idle, index].filter((at) => at !== undefined)
    .map((at) => attribute(sdp.sections[at] ?? [], "mid"));
  const session = sdp.session.map((line) =>
    line.startsWith("a=group:BUNDLE")
      ? `a=group:BUNDLE ${mids.join(" ")}`
      : line
  ).filter((line) => !line.startsWith("a=group:LS"));
  const sections = sdp.sections.map((section, at) => {
    if (at === index) return activeSection(section);
    return at === idle ? idleSection(section) : refusedSection(section);
  });
  return { session, sections };
}

/** With a port of its own: a reader of port 0 might take it as refused. */
function activeSection(section: readonly string[]): string[] {
  return withPort(section, 9).filter((line) => line !== "a=bundle-only");
}

function idleSection(section: readonly string[]): string[] {
  const directions = ["a=recvonly", "a=sendrecv", "a=sendonly"];
  return section.map((line) => directions.includes(line) ? "a=inactive" : line);
}

function refusedSection(section: readonly string[]): string[] {
  const mids = section.filter((line) => line.startsWith("a=mid:"));
  const [line = ""] = withPort(section, 0);
  return [line, "c=IN IP4 0.0.0.0", ...mids, "a=inactive"];
}

/** Port 9, "discard", where candidates tell the real one (RFC 8829, 5.2.1). */
function withPort(section: readonly string[], port: number): string[] {
  const [first = "", ...rest] = section;
  return [first.replace(/^(m=\w+) \d+/, `$1 ${port}`), ...rest];
}
