/**
 * What the two halves of the engine tell each other. Signalling runs in a
 * Worker and knows the Janus API; media runs in the main thread and knows
 * cameras and peers. A `handle` is a Janus handle's id, of meaning to both.
 *
 * @module
 */

import type { CameraReport, Jsep, Orientation } from "../../janus/message.ts";

/** Starts signalling; `listening` answers it. */
export interface SignallingStart {
  readonly kind: "start";
  readonly port: number;
  readonly apiSecret: string;
  /** What `features` tells viewers; empty: no ICE server. */
  readonly iceUrl: string;
}

/** From signalling to media. `request` comes back with the answer. */
export type ToMedia =
  | { readonly kind: "listening"; readonly port: number }
  | {
    readonly kind: "failed";
    readonly code: string | undefined;
    readonly reason: string;
  }
  | {
    readonly kind: "watch";
    readonly handle: number;
    readonly request: number;
    /** None: the first camera. */
    readonly camera: string | undefined;
    readonly orientation: Orientation;
    /** A client that offers by itself gets an answer. */
    readonly offer: Jsep | undefined;
  }
  | {
    readonly kind: "answer";
    readonly handle: number;
    readonly request: number;
    readonly sdp: string;
  }
  | {
    readonly kind: "candidate";
    readonly handle: number;
    /** None: these were all. */
    readonly candidate: string | undefined;
    readonly mid: string;
  }
  | { readonly kind: "key_frame"; readonly handle: number }
  | {
    /** Stops or resumes the pictures; the peer connection stays. */
    readonly kind: "pause";
    readonly handle: number;
    readonly paused: boolean;
  }
  | { readonly kind: "close"; readonly handle: number }
  | {
    readonly kind: "status";
    readonly handle: number;
    readonly request: number;
  };

/**
 * From media to signalling. `watch` is the request number of the `watch` that
 * it is about: a handle may have sent another one meanwhile.
 */
export type ToSignalling =
  | SignallingStart
  | {
    readonly kind: "described";
    readonly handle: number;
    readonly watch: number;
    readonly jsep: Jsep;
  }
  | {
    readonly kind: "started";
    readonly handle: number;
    readonly request: number;
  }
  | {
    readonly kind: "refused";
    readonly handle: number;
    readonly request: number;
    /** Which one has ended by it; none: nothing was watched. */
    readonly watch: number | undefined;
    readonly code: number;
    readonly error: string;
    readonly reason?: string;
  }
  | {
    readonly kind: "status";
    readonly handle: number;
    readonly request: number;
    readonly cameras: readonly CameraReport[];
  }
  | {
    readonly kind: "candidate";
    readonly handle: number;
    readonly watch: number;
    /** None: these were all. */
    readonly candidate: string | undefined;
    readonly mid: string;
  }
  | { readonly kind: "up"; readonly handle: number; readonly watch: number }
  | {
    readonly kind: "slow";
    readonly handle: number;
    readonly watch: number;
    readonly mid: string;
    readonly lost: number;
  }
  | {
    readonly kind: "hangup";
    readonly handle: number;
    readonly watch: number;
    readonly reason: string;
  };
