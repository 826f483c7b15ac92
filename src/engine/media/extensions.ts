/**
 * RTP header extensions: what a viewer negotiated, and the block of bytes
 * that a frame's first packet carries for it.
 *
 * ```text
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-------------------------------+-------------------------------+
 * |         0xBE    0xDE          |     length in 32-bit words    |
 * +-------+-------+---------------+-------------------------------+
 * |  id   | len-1 | data …, then the next element, zeros at the end
 * +-------+-------+----
 * ```
 *
 * (RFC 8285 section 4.2, the one-byte header.)
 *
 * @module
 */

import type { Orientation } from "../../janus/message.ts";

/** The extensions that we speak, by the name used here. */
export const EXTENSION_URIS = {
  absCaptureTime:
    "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time",
  playoutDelay: "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
  videoOrientation: "urn:3gpp:video-orientation",
} as const;

/** The name of an extension. */
export type ExtensionName = keyof typeof EXTENSION_URIS;

/** The id of each extension that both ends accepted: 1 to 14. */
export type ExtensionIds = Readonly<Partial<Record<ExtensionName, number>>>;

/** The ids in our own offers. */
export const OFFERED_EXTENSION_IDS = {
  absCaptureTime: 1,
  playoutDelay: 2,
  videoOrientation: 3,
} as const satisfies ExtensionIds;

/** What the extensions of one frame say. */
export interface ExtensionValues {
  /** 64-bit NTP time of the grab, as two 32-bit halves. */
  readonly captureNtp: { readonly seconds: number; readonly fraction: number };
  /** The sender asks receivers to show each picture at once. */
  readonly noPlayoutDelay: boolean;
  readonly orientation: Orientation;
}

/** The largest block that `extensionBlock` writes, in bytes. */
export const EXTENSION_BLOCK_SIZE_MAX = 4 + 20;

const EMPTY = new Uint8Array(0);

/** The whole extension block; empty when there is nothing to say. */
export function extensionBlock(
  ids: ExtensionIds,
  values: ExtensionValues,
): Uint8Array {
  const block = new Uint8Array(EXTENSION_BLOCK_SIZE_MAX);
  const view = new DataView(block.buffer);
  let at = 4;
  const element = (id: number, size: number) => {
    block[at] = (id << 4) | (size - 1);
    at += 1 + size;
    return at - size;
  };
  if (ids.absCaptureTime !== undefined) {
    const data = element(ids.absCaptureTime, 8);
    view.setUint32(data, values.captureNtp.seconds);
    view.setUint32(data + 4, values.captureNtp.fraction);
  }
  if (ids.playoutDelay !== undefined && values.noPlayoutDelay) {
    element(ids.playoutDelay, 3); // minimum and maximum: 12 bits of 0 each
  }
  if (ids.videoOrientation !== undefined && values.orientation !== 0) {
    // 3GPP TS 26.114 section 7.4.5: the low two bits count quarter turns.
    block[element(ids.videoOrientation, 1)] = values.orientation / 90;
  }
  if (at === 4) return EMPTY;
  const words = Math.ceil((at - 4) / 4);
  view.setUint16(0, 0xbede);
  view.setUint16(2, words);
  return block.subarray(0, 4 + words * 4);
}
