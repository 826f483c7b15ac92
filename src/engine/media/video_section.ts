/**
 * The video section of our own offers and answers.
 *
 * @module
 */

import nodeDatachannel, { type Video } from "node-datachannel";
import { EXTENSION_URIS, type ExtensionIds } from "./extensions.ts";

/** What the section says. */
export interface VideoSection {
  readonly mid: string;
  readonly payloadType: number;
  /** The live stream's, in our offers; the receiver's, in our answers. */
  readonly profileLevelId: string;
  readonly extensionIds: ExtensionIds;
  readonly ssrc: number;
}

/** What our own offers say; 96 is the first dynamic payload type (RFC 3551). */
export const OFFERED_VIDEO = {
  mid: "video",
  payloadType: 96,
  extensionIds: {},
} as const;

/** RFC 3550 section 6.5.1: the same name for all of a source's streams. */
const CNAME = "nalgate";

/** Describes H.264 in packetization mode 1, sent by us. */
export function videoSection(section: VideoSection): Video {
  const { mid, payloadType, profileLevelId, extensionIds, ssrc } = section;
  const video = new nodeDatachannel.Video(mid, "SendOnly");
  video.addVideoCodec(
    payloadType,
    "H264",
    "level-asymmetry-allowed=1;packetization-mode=1;" +
      `profile-level-id=${profileLevelId}`,
  );
  video.parseSdpLine(`a=rtcp-fb:${payloadType} ccm fir`);
  for (const [name, id] of Object.entries(extensionIds)) {
    const uri = EXTENSION_URIS[name as keyof typeof EXTENSION_URIS];
    video.parseSdpLine(`a=extmap:${id} ${uri}`);
  }
  video.addSSRC(ssrc, CNAME, CNAME, mid);
  return video;
}
