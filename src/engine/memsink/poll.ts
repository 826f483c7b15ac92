/**
 * What a look at a sink gives.
 *
 * @module
 */

import type { CameraState } from "../../janus/status.ts";

/** Why a sink gives a picture, or does not. */
export type SinkState = Exclude<CameraState, "upstream_down" | "unknown">;

/** A frame that `poll` has copied. */
export interface SinkFrame {
  readonly kind: "frame";
  readonly size: number;
  /** What the writer says; the stream itself knows better. */
  readonly keyFrame: boolean;
  /** When the picture was taken: seconds of CLOCK_MONOTONIC. */
  readonly grabSeconds: number;
  /** 0 asks for no playout delay; undefined before version 4. */
  readonly gop: number | undefined;
  readonly width: number;
  readonly height: number;
  /** False: the writer's source gives no picture. */
  readonly online: boolean;
  /** Found lying there: good for its parameter sets, not to be shown. */
  readonly stale: boolean;
}

/** What one look gave. The object is reused by the next. */
export type Poll = SinkFrame | { readonly kind: "none" };

/** A frame to fill in again and again. */
export type MutableFrame = {
  -readonly [Key in keyof SinkFrame]: SinkFrame[Key];
};

/** An empty frame. */
export function blankFrame(): MutableFrame {
  return {
    kind: "frame",
    size: 0,
    keyFrame: false,
    grabSeconds: 0,
    gop: undefined,
    width: 0,
    height: 0,
    online: false,
    stale: false,
  };
}
