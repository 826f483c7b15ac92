/**
 * The Janus API's vocabulary as it stands on the wire
 * (https://janus.conf.meetecho.com/docs/rest.html, janus-gateway 1.x).
 *
 * Only here do fields keep the wire's spelling.
 *
 * @module
 */
// deno-lint-ignore-file camelcase

/** The WebSocket subprotocol of the Janus API (RFC 6455 section 1.9). */
export const JANUS_SUBPROTOCOL = "janus-protocol";

/** The plugin name that µStreamer's pages attach to. */
export const USTREAMER_PLUGIN = "janus.plugin.ustreamer";

/** Error codes of the Janus core, by name (janus-gateway `apierror.h`). */
export const JANUS_ERROR = {
  unauthorized: 403,
  unauthorizedPlugin: 405,
  transportSpecific: 450,
  missingRequest: 452,
  unknownRequest: 453,
  invalidJson: 454,
  invalidJsonObject: 455,
  missingMandatoryElement: 456,
  invalidRequestPath: 457,
  sessionNotFound: 458,
  handleNotFound: 459,
  pluginNotFound: 460,
  pluginAttach: 461,
  pluginMessage: 462,
  pluginDetach: 463,
  jsepUnknownType: 464,
  jsepInvalidSdp: 465,
  trickleInvalidStream: 466,
  invalidElementType: 467,
  sessionConflict: 468,
  unexpectedAnswer: 469,
  tokenNotFound: 470,
  webrtcState: 471,
  notAcceptingSessions: 472,
  unknown: 490,
} as const;

/** Error codes of the ustreamer plugin, inside a plugin event. */
export const PLUGIN_ERROR = {
  badRequest: 400,
  cameraNotFound: 404,
  notImplemented: 405,
  unavailable: 503,
} as const;

/** An SDP and what it is (RFC 8829). */
export interface Jsep {
  readonly type: "offer" | "answer";
  readonly sdp: string;
  /** False: the sender put all its candidates into the SDP. */
  readonly trickle?: boolean;
}

/** A trickled ICE candidate (RFC 8838), or the end of them. */
export type Candidate =
  | {
    readonly candidate: string;
    readonly sdpMid?: string;
    readonly sdpMLineIndex?: number;
  }
  | { readonly completed: true };

/** Clockwise rotation in degrees for the video-orientation extension. */
export type Orientation = 0 | 90 | 180 | 270;

/** An ICE server as browsers take it: `RTCIceServer` of W3C's WebRTC. */
export interface BrowserIceServer {
  readonly urls: string;
  readonly username?: string;
  readonly credential?: string;
}

/** Requests to the ustreamer plugin: the `body` of a `message`. */
export type PluginRequest =
  | {
    readonly request: "watch";
    readonly id?: string;
    readonly params?: {
      readonly orientation?: Orientation;
      readonly audio?: boolean;
      readonly mic?: boolean;
    };
  }
  | { readonly request: "start" }
  | { readonly request: "stop" }
  | { readonly request: "features" }
  | { readonly request: "key_required" }
  | { readonly request: "status" };

/** What the ustreamer plugin says: the `data` of a plugin event. */
export type PluginEvent =
  | {
    readonly ustreamer: "event";
    readonly result: {
      readonly status: "started" | "stopped";
    };
  }
  | {
    readonly ustreamer: "event";
    readonly result: {
      readonly status: "features";
      readonly features: {
        readonly audio: boolean;
        readonly mic: boolean;
        readonly ice: {
          readonly url: string;
          /** The gateway's, for this viewer. Ours, not µStreamer's. */
          readonly servers?: readonly BrowserIceServer[];
        };
      };
    };
  }
  | {
    readonly ustreamer: "event";
    readonly result: {
      readonly status: "status";
      readonly cameras: readonly CameraReport[];
    };
  }
  | {
    readonly ustreamer: "event";
    readonly error_code: number;
    readonly error: string;
    /** Why a camera has no picture; see `status.ts`. Ours, not µStreamer's. */
    readonly reason?: string;
  };

/**
 * One camera in the answer to `status`. The request is ours: the gateway asks
 * it to know why a camera is dark; µStreamer's own plugin answers 405.
 */
export interface CameraReport {
  readonly id: string;
  /** `live`, or the reason why not (`status.ts`). */
  readonly state: string;
  /** Data for people, such as the version found. No secrets. */
  readonly detail?: string;
  readonly width?: number;
  readonly height?: number;
  readonly fps?: number;
  readonly profile_level_id?: string;
  readonly viewers?: number;
}

/** A request to the Janus core, as janus.js sends it. */
export interface JanusRequest {
  readonly janus: string;
  readonly transaction: string;
  readonly session_id?: number;
  readonly handle_id?: number;
  readonly apisecret?: string;
  readonly plugin?: string;
  readonly body?: unknown;
  readonly jsep?: Jsep;
  readonly candidate?: Candidate;
  readonly candidates?: readonly Candidate[];
}

/** Anything that the Janus core sends. Unknown fields are kept. */
export interface JanusResponse {
  readonly janus: string;
  readonly transaction?: string;
  readonly session_id?: number;
  /** The handle that an event is about. */
  readonly sender?: number;
  readonly data?: { readonly id?: number };
  readonly error?: { readonly code: number; readonly reason: string };
  readonly plugindata?: { readonly plugin: string; readonly data: unknown };
  readonly jsep?: Jsep;
  readonly reason?: string;
  readonly [field: string]: unknown;
}
