/**
 * One viewer's peer connection: SDP, candidates, and the packets of a video
 * track under the viewer's own numbers.
 *
 * Callbacks of the native library must not throw: it would end the process.
 *
 * @module
 */

import nodeDatachannel, {
  type PeerConnection,
  type RtcConfig,
  type Track,
} from "node-datachannel";
import type { Jsep, Orientation } from "../../janus/message.ts";
import {
  CANDIDATES_MAX,
  GATHERING_TIMEOUT_MS,
  NACK_PACKETS_MAX,
  RTCP_RATE_MAX,
} from "../../limits.ts";
import { HostCandidates, usableCandidate } from "./candidates.ts";
import type { NtpTime } from "./clock.ts";
import { type ExtensionIds, OFFERED_EXTENSION_IDS } from "./extensions.ts";
import { remoteVideo, sameProfile } from "./remote_video.ts";
import { parseFeedback, senderReport } from "./rtcp.ts";
import { attribute, formatSdp, parseSdp, type Sdp } from "./sdp.ts";
import {
  OFFERED_MID,
  OFFERED_PAYLOAD_TYPE,
  videoSection,
} from "./video_section.ts";

/** Where a viewer reports to. */
export interface ViewerEvents {
  /** Our SDP, once. */
  described(jsep: Jsep): void;
  /** One of our candidates; none: these were all. */
  candidate(line: string | undefined, mid: string): void;
  /** DTLS is up: packets can be sent. */
  up(): void;
  keyFrameWanted(): void;
  /** Packets that the viewer missed and asked for again. */
  lost(count: number): void;
  /** The peer is gone, not by our will. */
  gone(reason: string): void;
}

/** How to be reached. */
export interface ViewerOptions {
  readonly rtc: RtcConfig;
  /** Addresses to tell instead of the machine's; empty: the machine's. */
  readonly addresses: readonly string[];
  /** The live stream's. */
  readonly profileLevelId: string;
  readonly orientation: Orientation;
  readonly events: ViewerEvents;
}

/** What a stream tells about one of its pictures' packets. */
export interface PacketTime {
  /** On the stream's RTP clock, before the viewer's own offset. */
  readonly rtpTimestamp: number;
}

/** A viewer. */
export class ViewerPeer {
  readonly orientation: Orientation;
  readonly #options: ViewerOptions;
  readonly #events: ViewerEvents;
  readonly #peer: PeerConnection;
  readonly #hosts: HostCandidates;
  readonly #ssrc = randomUint32();
  readonly #timestampOffset = randomUint32();
  #sequenceNumber = randomUint32() & 0xffff;
  #track: Track | undefined;
  #mid = OFFERED_MID;
  #payloadType = OFFERED_PAYLOAD_TYPE;
  #extensionIds: ExtensionIds = {};
  #earlyCandidates: string[] | undefined = [];
  #candidateCount = 0;
  #rtcpCount = 0;
  #packetCount = 0;
  #octetCount = 0;
  #gathering: ReturnType<typeof setTimeout> | undefined;
  #isUp = false;
  #isClosed = false;

  constructor(options: ViewerOptions) {
    this.#options = options;
    this.#events = options.events;
    this.orientation = options.orientation;
    this.#hosts = new HostCandidates(options.addresses);
    this.#peer = new nodeDatachannel.PeerConnection("viewer", options.rtc);
    this.#peer.onStateChange((state) => this.#stateChanged(state));
  }

  /** The mid of its video section. */
  get mid(): string {
    return this.#mid;
  }

  /** DTLS is up, and the track takes packets. */
  get isUp(): boolean {
    return this.#isUp;
  }

  /** Which header extensions this viewer takes. */
  get extensionIds(): ExtensionIds {
    return this.#extensionIds;
  }

  /** Whether this viewer was told of a profile that decodes the stream. */
  takesProfile(profileLevelId: string): boolean {
    return sameProfile(profileLevelId, this.#options.profileLevelId);
  }

  /** Makes our offer. */
  offer(): void {
    this.#addTrack(this.#options.profileLevelId, OFFERED_EXTENSION_IDS);
    this.#describe("offer", (sdp) => sdp, true);
  }

  /**
   * Answers a client's offer.
   *
   * @throws {SdpError} If there is no video in it that we can send.
   */
  answer({ sdp, trickle }: Jsep): void {
    const offer = parseSdp(sdp);
    const video = remoteVideo(offer, this.#options.profileLevelId);
    this.#mid = video.mid;
    this.#payloadType = video.payloadType;
    this.#extensionIds = video.extensionIds;
    this.#addTrack(video.profileLevelId, video.extensionIds);
    this.#setRemote(offer, "offer");
    this.#describe(
      "answer",
      (own) => rejectOthers(own, video.index),
      trickle !== false,
    );
  }

  /**
   * Takes the client's answer to our offer.
   *
   * @throws {SdpError} If it does not take our video.
   */
  accept(sdp: string): void {
    if (this.#peer.signalingState() !== "have-local-offer") return;
    const answer = parseSdp(sdp);
    const video = remoteVideo(answer, this.#options.profileLevelId);
    this.#payloadType = video.payloadType;
    this.#extensionIds = video.extensionIds;
    this.#setRemote(answer, "answer");
  }

  /** Takes one of the client's candidates. */
  addCandidate(line: string): void {
    const usable = usableCandidate(line);
    if (usable === undefined || this.#isClosed) return;
    if (++this.#candidateCount > CANDIDATES_MAX) return;
    if (this.#earlyCandidates === undefined) this.#addRemote(usable);
    else this.#earlyCandidates.push(usable);
  }

  /**
   * Sends a packet under this viewer's numbers, which are written into it.
   * False: it could not be sent, and the picture is incomplete.
   */
  send(packet: Uint8Array, { rtpTimestamp }: PacketTime): boolean {
    const track = this.#track;
    if (track === undefined || !this.#isUp) return false;
    packet[1] = ((packet[1] ?? 0) & 0x80) | this.#payloadType;
    const sequence = this.#sequenceNumber;
    this.#sequenceNumber = (sequence + 1) & 0xffff;
    packet[2] = sequence >>> 8;
    packet[3] = sequence;
    writeUint32(packet, 4, rtpTimestamp + this.#timestampOffset);
    writeUint32(packet, 8, this.#ssrc);
    this.#packetCount++;
    this.#octetCount += packet.length - RTP_HEADER_SIZE;
    return this.#transmit(track, packet);
  }

  /** Tells which wall clock time an RTP timestamp means (RFC 3550 6.4.1). */
  report({ rtpTimestamp }: PacketTime, time: NtpTime): void {
    this.#rtcpCount = 0;
    if (this.#track === undefined || !this.#isUp) return;
    this.#transmit(
      this.#track,
      senderReport({
        ssrc: this.#ssrc,
        ntpSeconds: time.seconds,
        ntpFraction: time.fraction,
        rtpTimestamp: (rtpTimestamp + this.#timestampOffset) >>> 0,
        packetCount: this.#packetCount,
        octetCount: this.#octetCount,
      }),
    );
  }

  /** Ends it; no event follows. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#isUp = false;
    clearTimeout(this.#gathering);
    this.#track?.close();
    this.#peer.close();
  }

  #addTrack(profileLevelId: string, extensionIds: ExtensionIds): void {
    const track = this.#peer.addTrack(videoSection({
      mid: this.#mid,
      payloadType: this.#payloadType,
      profileLevelId,
      extensionIds,
      ssrc: this.#ssrc,
    }));
    track.setMediaHandler(
      new nodeDatachannel.RtcpNackResponder(NACK_PACKETS_MAX),
    );
    track.onMessage((packet) => this.#feedback(packet));
    track.onOpen(() => this.#opened());
    this.#track = track;
  }

  /** Makes our SDP: at once, or with all candidates in it. */
  #describe(
    type: "offer" | "answer",
    edit: (sdp: Sdp) => Sdp,
    trickle: boolean,
  ): void {
    const peer = this.#peer;
    const tell = () => {
      const own = peer.localDescription();
      if (own === null || this.#isClosed) return;
      clearTimeout(this.#gathering);
      const sdp = formatSdp(this.#withHosts(edit(parseSdp(own.sdp)), trickle));
      this.#events.described({ type, sdp });
    };
    if (trickle) {
      peer.onLocalDescription(tell);
      peer.onLocalCandidate((line) => {
        if (this.#isClosed) return;
        for (const host of this.#hosts.replace(line)) {
          this.#events.candidate(host, this.#mid);
        }
      });
    } else {
      this.#gathering = setTimeout(tell, GATHERING_TIMEOUT_MS);
    }
    peer.onGatheringStateChange((state) => {
      if (state !== "complete" || this.#isClosed) return;
      if (trickle) this.#events.candidate(undefined, this.#mid);
      else tell();
    });
    peer.setLocalDescription(type);
  }

  /** Trickled candidates are sent apart; the others are told as configured. */
  #withHosts(sdp: Sdp, trickle: boolean): Sdp {
    const sections = sdp.sections.map((section) =>
      section.flatMap((line) => {
        if (!line.startsWith("a=candidate:")) return [line];
        if (trickle) return [];
        return this.#hosts.replace(line).map((host) => `a=${host}`);
      })
    );
    return { ...sdp, sections };
  }

  #setRemote(sdp: Sdp, type: "offer" | "answer"): void {
    const candidates: string[] = [];
    const sections = sdp.sections.map((section) =>
      section.filter((line) => {
        if (line.startsWith("a=candidate:")) candidates.push(line);
        return !line.startsWith("a=candidate:");
      })
    );
    this.#peer.setRemoteDescription(formatSdp({ ...sdp, sections }), type);
    const early = this.#earlyCandidates ?? [];
    this.#earlyCandidates = undefined;
    for (const line of early) this.#addRemote(line);
    for (const line of candidates) this.addCandidate(line);
  }

  #addRemote(line: string): void {
    try {
      this.#peer.addRemoteCandidate(line, this.#mid);
    } catch {
      // A candidate that the agent cannot use is one route less, no error.
    }
  }

  #stateChanged(state: string): void {
    if (this.#isClosed) return;
    if (state === "failed") this.#events.gone("ICE failed");
    if (state === "closed") this.#events.gone("DTLS alert");
  }

  #opened(): void {
    if (this.#isClosed || this.#isUp) return;
    this.#isUp = true;
    this.#events.up();
  }

  #feedback(packet: Uint8Array): void {
    if (this.#isClosed || ++this.#rtcpCount > RTCP_RATE_MAX) return;
    const { keyFrameWanted, lostCount } = parseFeedback(packet);
    if (keyFrameWanted) this.#events.keyFrameWanted();
    if (lostCount > 0) this.#events.lost(lostCount);
  }

  #transmit(track: Track, packet: Uint8Array): boolean {
    try {
      // Any view of bytes will do; the types know of Buffer only.
      return track.sendMessageBinary(
        packet as Parameters<
          Track["sendMessageBinary"]
        >[0],
      );
    } catch {
      // The track closes before its peer has told so.
      return false;
    }
  }
}

const RTP_HEADER_SIZE = 12;

function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

function randomUint32(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
}

/** We send one video: every other section is refused (RFC 3264 section 6). */
function rejectOthers(sdp: Sdp, index: number): Sdp {
  const video = sdp.sections[index] ?? [];
  const mid = attribute(video, "mid");
  const session = sdp.session.map((line) =>
    line.startsWith("a=group:BUNDLE") ? `a=group:BUNDLE ${mid}` : line
  ).filter((line) => !line.startsWith("a=group:LS"));
  const sections = sdp.sections.map((section, at) => {
    if (at === index) return section;
    const [first = "", ...rest] = section;
    const line = first.replace(/^(m=\w+) \d+/, "$1 0");
    const mids = rest.filter((each) => each.startsWith("a=mid:"));
    return [line, "c=IN IP4 0.0.0.0", ...mids, "a=inactive"];
  });
  return { session, sections };
}
