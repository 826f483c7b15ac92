/**
 * A client's audio section that we have no sound for, but cannot refuse.
 *
 * In a bundle all sections use the transport of the first. Chromium with
 * `bundlePolicy: "max-bundle"` gives the others none at all, and does not take
 * an answer that refuses the first one (RFC 9143 section 7.3.3 forbids it).
 * WHEP clients often offer audio first: it is accepted, and stays inactive.
 *
 * @module
 */

import nodeDatachannel, { type Audio } from "node-datachannel";
import type { RemoteVideo } from "./remote_video.ts";
import { attribute, attributes, isActive, mediaLine, type Sdp } from "./sdp.ts";

/** Such a section, and our own for the answer. */
export interface IdleAudio {
  readonly index: number;
  readonly section: Audio;
}

/** Finds the audio section whose transport the video uses. */
export function idleAudio(
  { session, sections }: Sdp,
  video: RemoteVideo,
): IdleAudio | undefined {
  const [first, ...others] =
    attribute(session, "group")?.replace(/^BUNDLE /, "").split(" ") ?? [];
  if (first === undefined || !others.includes(video.mid)) return undefined;
  const index = sections.findIndex((section) =>
    attribute(section, "mid") === first
  );
  const offered = sections[index] ?? [];
  if (mediaLine(offered).kind !== "audio" || !isActive(offered)) {
    return undefined;
  }
  const payloadType = opusPayloadType(offered);
  if (payloadType === undefined) return undefined;
  const section = new nodeDatachannel.Audio(first, "Inactive");
  section.addOpusCodec(payloadType);
  return { index, section };
}

/** The one audio codec that every WebRTC client has (RFC 7874 section 3). */
function opusPayloadType(section: readonly string[]): number | undefined {
  const format = attributes(section, "rtpmap")
    .find((value) => /^\d{1,3} opus\/48000\/2$/i.test(value));
  const payloadType = Number.parseInt(format ?? "", 10);
  return payloadType <= 127 ? payloadType : undefined;
}
