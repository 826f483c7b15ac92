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
  type Track,
} from "node-datachannel";
import type { Jsep, Orientation } from "../../janus/message.ts";
import {
  CANDIDATES_MAX,
  GATHERING_TIMEOUT_MS,
  NACK_PACKETS_MAX,
  RTCP_RATE_MAX,
} from "../../limits.ts";
import {
  HostCandidates,
  takeCandidates,
  usableCandidate,
} from "./candidates.ts";
import type { NtpTime } from "./clock.ts";
import { type ExtensionIds, OFFERED_EXTENSION_IDS } from "./extensions.ts";
import { addTrack } from "./held_track.ts";
import { idleAudio } from "./idle_audio.ts";
import { type RemoteVideo, remoteVideo, sameProfile } from "./remote_video.ts";
import { parseFeedback } from "./rtcp.ts";
import { RtpNumbering } from "./rtp_numbering.ts";
import { formatSdp, onlySection, parseSdp, type Sdp } from "./sdp.ts";
import type {
  PacketTime,
  ViewerEvents,
  ViewerOptions,
} from "./viewer_options.ts";
import { OFFERED_VIDEO, videoSection } from "./video_section.ts";

/** A viewer. */
export class ViewerPeer {
  readonly orientation: Orientation;
  readonly #options: ViewerOptions;
  readonly #events: ViewerEvents;
  readonly #peer: PeerConnection;
  readonly #hosts: HostCandidates;
  readonly #numbering = new RtpNumbering();
  #track: Track | undefined;
  #idleTrack: Track | undefined;
  #video: Omit<RemoteVideo, "index" | "profileLevelId"> = OFFERED_VIDEO;
  /** The client's candidates, and ours, until its SDP is in place. */
  #earlyCandidates: string[] | undefined = [];
  #ownCandidates: (string | undefined)[] | undefined = [];
  #candidateCount = 0;
  #rtcpCount = 0;
  #gathering: ReturnType<typeof setTimeout> | undefined;
  #isDescribed = false;
  #isUp = false;
  #isClosed = false;

  constructor(options: ViewerOptions) {
    this.#options = options;
    this.#events = options.events;
    this.orientation = options.orientation;
    this.#hosts = new HostCandidates(options.addresses);
    this.#peer = new nodeDatachannel.PeerConnection("viewer", options.rtc);
    this.#peer.onStateChange(this.#guard((state) => {
      if (state === "failed") this.#events.gone("ICE failed");
      if (state === "closed") this.#events.gone("DTLS alert");
    }));
  }

  /** The mid of its video section. */
  get mid(): string {
    return this.#video.mid;
  }

  /** DTLS is up, and the track takes packets. */
  get isUp(): boolean {
    return this.#isUp;
  }

  /** Which header extensions this viewer takes. */
  get extensionIds(): ExtensionIds {
    return this.#video.extensionIds;
  }

  /** Whether this viewer was told of a profile that decodes the stream. */
  takesProfile(profileLevelId: string): boolean {
    return sameProfile(profileLevelId, this.#options.profileLevelId);
  }

  /** Makes our offer. */
  offer(): void {
    this.#addTrack(this.#options.profileLevelId, OFFERED_EXTENSION_IDS);
    this.#describe("offer", true);
  }

  /**
   * Answers a client's offer.
   *
   * @throws {SdpError} If there is no video in it that we can send.
   */
  answer({ sdp, trickle }: Jsep): void {
    const offer = parseSdp(sdp);
    const video = remoteVideo(offer, this.#options.profileLevelId);
    const audio = idleAudio(offer, video);
    this.#video = video;
    this.#addTrack(video.profileLevelId, video.extensionIds);
    if (audio !== undefined) {
      this.#idleTrack = addTrack(this.#peer, audio.section);
    }
    // No sound, no data channel: the library would take all that is offered.
    this.#setRemote(onlySection(offer, video.index, audio?.index), "offer");
    this.#describe("answer", trickle !== false);
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
    this.#video = { ...video, mid: this.mid };
    this.#setRemote(onlySection(answer, video.index), "answer");
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
    const { payloadType } = this.#video;
    this.#numbering.stamp(packet, { payloadType, rtpTimestamp });
    return this.#transmit(track, packet);
  }

  /** Tells which wall clock time an RTP timestamp means (RFC 3550 6.4.1). */
  report({ rtpTimestamp }: PacketTime, time: NtpTime): void {
    if (this.#track === undefined || !this.#isUp) return;
    this.#transmit(this.#track, this.#numbering.report(rtpTimestamp, time));
  }

  /** A second has begun: so much RTCP is taken again. */
  second(): void {
    this.#rtcpCount = 0;
  }

  /** Ends it; no event follows. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#isUp = false;
    clearTimeout(this.#gathering);
    this.#track?.close();
    this.#idleTrack?.close();
    this.#peer.close();
  }

  #addTrack(profileLevelId: string, extensionIds: ExtensionIds): void {
    const section = videoSection({
      ...this.#video,
      profileLevelId,
      extensionIds,
      ssrc: this.#numbering.ssrc,
    });
    const track = addTrack(this.#peer, section);
    track.setMediaHandler(
      new nodeDatachannel.RtcpNackResponder(NACK_PACKETS_MAX),
    );
    track.onMessage(this.#guard((packet) => this.#feedback(packet)));
    track.onOpen(this.#guard(() => this.#opened()));
    this.#track = track;
  }

  /** Makes our SDP: at once, or with all candidates in it. */
  #describe(type: "offer" | "answer", trickle: boolean): void {
    const peer = this.#peer;
    const tell = this.#guard(() => this.#tell(type, trickle));
    if (trickle) {
      peer.onLocalDescription(tell);
      peer.onLocalCandidate(this.#guard((line) => {
        for (const host of this.#hosts.replace(line)) this.#trickle(host);
      }));
    } else {
      this.#gathering = setTimeout(tell, GATHERING_TIMEOUT_MS);
    }
    peer.onGatheringStateChange(this.#guard((state) => {
      if (state !== "complete") return;
      if (trickle) this.#trickle(undefined);
      else tell();
    }));
    peer.setLocalDescription(type);
  }

  /**
   * Tells one of our candidates, but none before the client's SDP is in place:
   * libdatachannel 0.24 lets ICE go before it has stored the fingerprint, and
   * refuses the certificate of a client that is faster than that.
   */
  #trickle(line: string | undefined): void {
    if (this.#ownCandidates !== undefined) this.#ownCandidates.push(line);
    else this.#events.candidate(line, this.mid);
  }

  #tell(type: "offer" | "answer", trickle: boolean): void {
    const own = this.#peer.localDescription();
    if (own === null || this.#isDescribed) return;
    this.#isDescribed = true;
    clearTimeout(this.#gathering);
    const sdp = parseSdp(own.sdp);
    this.#events.described({
      type,
      // Candidates that are trickled are told apart.
      sdp: formatSdp(
        trickle ? takeCandidates(sdp).sdp : this.#hosts.replaceAll(sdp),
      ),
    });
  }

  #setRemote(sdp: Sdp, type: "offer" | "answer"): void {
    const { sdp: bare, candidates } = takeCandidates(sdp);
    this.#peer.setRemoteDescription(formatSdp(bare), type);
    const early = this.#earlyCandidates ?? [];
    this.#earlyCandidates = undefined;
    for (const line of early) this.#addRemote(line);
    for (const line of candidates) this.addCandidate(line);
    const own = this.#ownCandidates ?? [];
    this.#ownCandidates = undefined;
    for (const line of own) this.#trickle(line);
  }

  #addRemote(line: string): void {
    try {
      this.#peer.addRemoteCandidate(line, this.mid);
    } catch {
      // A candidate that the agent cannot use is one route less, no error.
    }
  }

  /**
   * What a native callback may run: nothing once we are closed, and never an
   * exception.
   */
  #guard<A extends unknown[]>(act: (...args: A) => void): (...args: A) => void {
    return (...args) => {
      if (this.#isClosed) return;
      try {
        act(...args);
      } catch (error) {
        // Outside of the native frames: telling may throw, too.
        setTimeout(() => this.#events.failed(error));
      }
    };
  }

  #opened(): void {
    if (this.#isUp) return;
    this.#isUp = true;
    this.#events.up();
  }

  #feedback(packet: Uint8Array): void {
    if (++this.#rtcpCount > RTCP_RATE_MAX) return;
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
