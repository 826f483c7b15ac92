/**
 * Why a camera shows a picture, or does not: states with a reason, the same
 * in the engine's log, the gateway's health, the page and the reply to
 * `watch`.
 *
 * @module
 */

/** What to say of each state: a title, and what a person can do about it. */
export interface CameraStateFace {
  readonly title: string;
  readonly remedy: string;
}

/** One row per state. */
export const CAMERA_STATES = {
  live: { title: "Live", remedy: "" },
  sink_absent: {
    title: "Camera is off",
    remedy: "No memory sink of that name exists. Start µStreamer with " +
      "--h264-sink, or nalgate feed, under the configured name.",
  },
  sink_waiting: {
    title: "Waiting for the first picture",
    remedy: "The sink exists, but nothing has been written to it yet.",
  },
  sink_stalled: {
    title: "Camera is silent",
    remedy: "The writer has stopped or hangs. Look at its log.",
  },
  unsupported_memsink_version: {
    title: "Unknown sink version",
    remedy: "This µStreamer writes a sink version that nalgate does not " +
      "know. Update nalgate.",
  },
  wrong_format: {
    title: "Not an H.264 sink",
    remedy: "The sink carries another format. Use µStreamer's --h264-sink, " +
      "not --sink or --raw-sink.",
  },
  permission_denied: {
    title: "No access to the camera",
    remedy: "The sink's file mode keeps nalgate out. Use --h264-sink-mode " +
      "660 and put nalgate's user into the sink's group.",
  },
  no_signal: {
    title: "No signal",
    remedy: "µStreamer runs, but its video source is offline.",
  },
  invalid_stream: {
    title: "Broken stream",
    remedy: "The sink's data is not a decodable H.264 stream.",
  },
  upstream_down: {
    title: "Media server is down",
    remedy: "nalgate is restarting it, or it cannot be reached.",
  },
  device_connecting: {
    title: "Asking the device…",
    remedy: "",
  },
  device_offline: {
    title: "Device is offline",
    remedy: "It is off or cannot be reached. It comes back by itself.",
  },
  device_refused: {
    title: "Device refuses access",
    remedy: "The token that this nalgate was given there has ended, or the " +
      "two clocks differ. Create a new one there.",
  },
  device_loop: {
    title: "Device leads back here",
    remedy: "Its url in the configuration is that of this nalgate itself.",
  },
  unknown: {
    title: "State unknown",
    remedy: "The media server does not report camera states.",
  },
} as const satisfies Record<string, CameraStateFace>;

/** The name of a camera's state. */
export type CameraState = keyof typeof CAMERA_STATES;

/** Narrows a state that came over the wire. */
export function isCameraState(name: string): name is CameraState {
  return Object.hasOwn(CAMERA_STATES, name);
}
