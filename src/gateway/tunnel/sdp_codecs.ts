/**
 * Which payload types of an m-line a viewer may keep.
 *
 * @module
 */

import type { SdpMedia } from "./sdp_parser.ts";

const CODEC: Readonly<Record<string, RegExp>> = {
  video: /^H264\/90000$/i,
  audio: /^opus\/48000\/2$/i,
};

const RTX = /^rtx\/90000$/i;

/**
 * H.264 or Opus, and the retransmission of what is kept (RFC 4588). Other
 * codecs and FEC are left out: an answer cannot choose what is not there.
 */
export function keptPayloadTypes(media: SdpMedia): ReadonlySet<string> {
  const names = new Map<string, string>();
  const originals = new Map<string, string>();
  for (const { name, value } of media.attributes) {
    const [type = "", rest = ""] = split(value);
    if (name === "rtpmap") names.set(type, rest);
    const apt = name === "fmtp" ? /^apt=(\d{1,3})$/.exec(rest)?.[1] : undefined;
    if (apt !== undefined) originals.set(type, apt);
  }
  const isCodec = (type: string | undefined) =>
    CODEC[media.kind]?.test(names.get(type ?? "") ?? "") ?? false;
  const listed = new Set(media.payloadTypes);
  const isKept = (type: string) => {
    const original = originals.get(type);
    if (!RTX.test(names.get(type) ?? "")) return isCodec(type);
    return original !== undefined && listed.has(original) && isCodec(original);
  };
  return new Set(media.payloadTypes.filter(isKept));
}

/** At the first space. */
function split(text: string): [string, string] {
  const at = text.indexOf(" ");
  return at === -1 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
