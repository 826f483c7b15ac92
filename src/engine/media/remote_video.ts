/**
 * What the other end's SDP says of the video that we are to send.
 *
 * @module
 */

import {
  EXTENSION_URIS,
  type ExtensionIds,
  type ExtensionName,
} from "./extensions.ts";
import {
  attribute,
  attributes,
  isActive,
  mediaLine,
  type Sdp,
  SdpError,
} from "./sdp.ts";

/** The negotiated video, from the receiver's offer or answer. */
export interface RemoteVideo {
  /** Index of its media section. */
  readonly index: number;
  readonly mid: string;
  readonly payloadType: number;
  /** As the receiver wrote it: six hexadecimal digits, lower case. */
  readonly profileLevelId: string;
  readonly extensionIds: ExtensionIds;
}

/** RFC 6184 section 8.1: what a missing profile-level-id means. */
const DEFAULT_PROFILE_LEVEL_ID = "42000a";

/**
 * Finds the first video section that takes H.264 in packetization mode 1,
 * and in it the payload type whose profile is nearest to the stream's.
 */
export function remoteVideo(sdp: Sdp, streamProfile: string): RemoteVideo {
  let refusal = "No video section that wants to receive";
  for (const [index, section] of sdp.sections.entries()) {
    if (!wantsVideo(section)) continue;
    const mid = attribute(section, "mid");
    if (mid === undefined) {
      refusal = "The video section has no mid";
      continue;
    }
    const [best] = h264Formats(section).sort((a, b) =>
      likeness(b.profileLevelId, streamProfile) -
      likeness(a.profileLevelId, streamProfile)
    );
    if (best === undefined) {
      refusal = "No H.264 with packetization-mode=1 in the video section";
      continue;
    }
    return { index, mid, ...best, extensionIds: extensionIds(section) };
  }
  throw new SdpError(refusal);
}

function wantsVideo(section: readonly string[]): boolean {
  return mediaLine(section).kind === "video" && isActive(section) &&
    !section.includes("a=inactive") && !section.includes("a=sendonly");
}

interface H264Format {
  readonly payloadType: number;
  readonly profileLevelId: string;
}

function h264Formats(section: readonly string[]): H264Format[] {
  const { formats } = mediaLine(section);
  const found: H264Format[] = [];
  for (const value of attributes(section, "rtpmap")) {
    const [format = "", codec = ""] = value.split(" ");
    if (!/^h264\/90000$/i.test(codec) || !formats.includes(format)) continue;
    const parameters = formatParameters(section, format);
    const payloadType = Number(format);
    if (!(payloadType >= 0 && payloadType <= 127)) continue;
    if (parameters.get("packetization-mode") !== "1") continue;
    const profileLevelId = (parameters.get("profile-level-id") ??
      DEFAULT_PROFILE_LEVEL_ID).toLowerCase();
    if (/^[0-9a-f]{6}$/.test(profileLevelId)) {
      found.push({ payloadType, profileLevelId });
    }
  }
  return found;
}

/** The `a=fmtp` line of one payload type as key and value. */
function formatParameters(
  section: readonly string[],
  format: string,
): Map<string, string> {
  const line = attributes(section, "fmtp")
    .find((value) => value.startsWith(`${format} `)) ?? "";
  return new Map(
    line.slice(format.length + 1).split(";").map((pair) => {
      const [key = "", value = ""] = pair.split("=");
      return [key.trim().toLowerCase(), value.trim()];
    }),
  );
}

/** How well a receiver's profile fits a stream: higher is better. */
function likeness(receiver: string, stream: string): number {
  if (sameProfile(receiver, stream)) return 3;
  if (receiver.slice(0, 2) === stream.slice(0, 2)) return 2;
  // A High decoder reads every progressive profile below it (H.264 A.2).
  return receiver.startsWith("64") ? 1 : 0;
}

/**
 * Whether two profile-level-ids name the same profile: level apart, and with
 * constrained baseline in both its spellings (RFC 6184 table 5).
 */
export function sameProfile(a: string, b: string): boolean {
  return profileName(a) === profileName(b);
}

function profileName(profileLevelId: string): string {
  const idc = Number.parseInt(profileLevelId.slice(0, 2), 16);
  const constraints = Number.parseInt(profileLevelId.slice(2, 4), 16);
  const constraintSet1 = (constraints & 0x40) !== 0;
  const constraintSet0 = (constraints & 0x80) !== 0;
  if (idc === 0x42) return constraintSet1 ? "constrained baseline" : "baseline";
  if (idc === 0x4d) return constraintSet0 ? "constrained baseline" : "main";
  if (idc === 0x64) {
    return (constraints & 0x0c) === 0x0c ? "constrained high" : "high";
  }
  return `${idc}/${constraints}`;
}

function extensionIds(section: readonly string[]): ExtensionIds {
  const ids: Partial<Record<ExtensionName, number>> = {};
  for (const value of attributes(section, "extmap")) {
    const [entry = "", uri] = value.split(" ");
    const [idText = "", direction] = entry.split("/");
    const id = Number(idText);
    // Ids above 14 need two-byte headers (RFC 8285 section 4.3).
    if (!Number.isInteger(id) || id < 1 || id > 14) continue;
    if (direction === "sendonly" || direction === "inactive") continue;
    for (const [name, known] of Object.entries(EXTENSION_URIS)) {
      if (uri === known) ids[name as ExtensionName] = id;
    }
  }
  return ids;
}
