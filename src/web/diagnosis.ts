/// <reference no-default-lib="true" />
/// <reference lib="esnext" />
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** Finds out what neither a socket nor a peer connection tells. */

import { ApiError, listCameras } from "./api.ts";
import { keyOf } from "./camera_key.ts";
import {
  type Face,
  MISSING,
  NO_H264,
  NO_WEBRTC,
  REFUSED,
  SIGNED_OUT,
  UNREACHABLE,
} from "./face.ts";

/** What this browser lacks, if anything. */
export function browserObstacle(): Face | undefined {
  if (typeof RTCPeerConnection === "undefined") return NO_WEBRTC;
  const codecs = RTCRtpReceiver.getCapabilities?.("video")?.codecs;
  const hasH264 = codecs?.some(({ mimeType }) => /h264$/i.test(mimeType));
  return hasH264 === false ? NO_H264 : undefined;
}

/** Why a camera's WebSocket did not open. */
export async function diagnose(camera: string): Promise<Face> {
  try {
    const { cameras } = await listCameras();
    return cameras.some((listed) => keyOf(listed) === camera)
      ? REFUSED
      : MISSING;
  } catch (error) {
    if (!(error instanceof ApiError)) return UNREACHABLE;
    return error.status === 401 ? SIGNED_OUT : REFUSED;
  }
}
