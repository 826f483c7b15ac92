/**
 * What a viewer's peer connection is told, and what it tells.
 *
 * @module
 */

import type { RtcConfig } from "node-datachannel";
import type { Jsep, Orientation } from "../../janus/message.ts";

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
  /** A bug of ours, in what a native callback does. */
  failed(error: unknown): void;
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
