/**
 * Takes an SDP apart (RFC 8866), as far as a viewer's ever goes.
 *
 * @module
 */

/** `a=name:value`. */
export interface SdpAttribute {
  readonly name: string;
  readonly value: string;
}

/** What both levels have. */
export interface SdpSection {
  /** `<sess-id> <sess-version>` of the `o=` line; of the session only. */
  readonly origin: string;
  readonly attributes: readonly SdpAttribute[];
}

/** One `m=` line and what belongs to it. */
export interface SdpMedia extends SdpSection {
  readonly kind: string;
  /** Port 0 means rejected (RFC 3264 section 6)… */
  readonly isRejected: boolean;
  /** …unless the m-line only exists within its bundle (RFC 9143). */
  readonly isBundleOnly: boolean;
  readonly protocol: string;
  readonly payloadTypes: readonly string[];
}

/** An SDP in parts. */
export interface Sdp {
  readonly session: SdpSection;
  readonly media: readonly SdpMedia[];
}

/** Printable ASCII; the names in `s=`, `i=` and the like may be UTF-8. */
const ATTRIBUTE =
  /^a=(?<name>[A-Za-z0-9-]{1,64})(?::(?<value>[ -~]{0,1024}))?$/;
const ORIGIN =
  /^o=[^ ]{1,256} (?<origin>\d{1,20} \d{1,20}) IN IP[46] [!-~]{1,64}$/;
const MEDIA =
  /^m=(?<kind>[a-z]{1,16}) (?<port>\d{1,5}) (?<protocol>[A-Z/]{1,32})(?<types>(?: [!-~]{1,32}){1,64})$/;
/** DTLS-SRTP with feedback (RFC 5764): the only one that WebRTC uses. */
const PROTOCOL = "UDP/TLS/RTP/SAVPF";
const PAYLOAD_TYPE = /^(?:\d|[1-9]\d|1[01]\d|12[0-7])$/;

/** Takes the lines apart. What is not SDP is refused in a few words. */
export function parseSdp(
  lines: readonly string[],
): Sdp | { readonly refused: string } {
  if (lines[0] !== "v=0") return { refused: "Not an SDP" };
  const origin = ORIGIN.exec(lines[1] ?? "")?.groups?.origin;
  if (origin === undefined) return { refused: "Invalid o= line" };
  const session: SdpAttribute[] = [];
  const media: SdpMedia[] = [];
  let attributes = session;
  for (const line of lines.slice(2)) {
    if (line.startsWith("m=")) {
      attributes = [];
      const one = parseMedia(line, attributes);
      if (one === undefined) return { refused: "Invalid m= line" };
      media.push(one);
    } else if (line.startsWith("a=")) {
      const attribute = parseAttribute(line);
      if (attribute === undefined) return { refused: "Invalid a= line" };
      attributes.push(attribute);
    } else if (line !== "" && !/^[sitcbrukezp]=/.test(line)) {
      return { refused: "Not an SDP" };
    }
  }
  return { session: { origin, attributes: session }, media };
}

/** Reads an `a=` line. */
export function parseAttribute(line: string): SdpAttribute | undefined {
  const found = ATTRIBUTE.exec(line)?.groups;
  return found && { name: found.name ?? "", value: found.value ?? "" };
}

function parseMedia(
  line: string,
  attributes: SdpAttribute[],
): SdpMedia | undefined {
  const found = MEDIA.exec(line)?.groups;
  if (found === undefined) return undefined;
  const { kind = "", port, protocol = "", types = "" } = found;
  const payloadTypes = types.slice(1).split(" ");
  const isRtp = protocol === PROTOCOL &&
    payloadTypes.every((type) => PAYLOAD_TYPE.test(type));
  // A data channel is something else; let it through to be told so.
  if (!isRtp && kind !== "application") return undefined;
  return {
    origin: "",
    kind,
    protocol,
    payloadTypes,
    attributes,
    // The attributes are still to come.
    get isBundleOnly() {
      return attributes.some(({ name }) => name === "bundle-only");
    },
    get isRejected() {
      return Number(port) === 0 && !this.isBundleOnly;
    },
  };
}
