/**
 * Operating errors: what can go wrong while nalgate works as designed.
 *
 * Programmer errors stay `TypeError` and `RangeError`, as in Deno's standard
 * library: nobody catches those by name.
 *
 * @module
 */

import type { LogLevel } from "./log.ts";

/** What one operating error looks like from each side. */
export interface ErrorFace {
  /** HTTP status of a refused request. */
  readonly status: number;
  /**
   * WebSocket close code (RFC 6455 section 7.4). 4000–4999 is private use;
   * ours are 4000 + the HTTP status.
   */
  readonly close: number;
  readonly level: LogLevel;
  /** What a stranger may read. Never carries a value. */
  readonly text: string;
}

/** One row per error code: the only place that maps errors to answers. */
export const ERRORS = {
  bad_request: {
    status: 400,
    close: 1008,
    level: "info",
    text: "The request is not well-formed.",
  },
  bad_user_name: {
    status: 400,
    close: 1008,
    level: "info",
    text: "A name has up to 64 of the characters a-z, 0-9, dot, underscore, " +
      "hyphen and @.",
  },
  weak_password: {
    status: 400,
    close: 1008,
    level: "info",
    text: "Choose a password of at least 8 characters.",
  },
  token_in_url: {
    status: 400,
    close: 1008,
    level: "warn",
    text: "Credentials do not belong into a URL. Send the token as " +
      '"Authorization: Bearer …".',
  },
  unauthenticated: {
    status: 401,
    close: 4401,
    level: "info",
    text: "Please sign in.",
  },
  login_refused: {
    status: 401,
    close: 4401,
    level: "warn",
    text: "The name or the password is wrong.",
  },
  totp_needed: {
    status: 401,
    close: 4401,
    level: "info",
    text: "Enter the code that your authenticator app shows.",
  },
  totp_refused: {
    status: 401,
    close: 4401,
    level: "warn",
    text: "The code is wrong, or has been used already.",
  },
  link_expired: {
    status: 401,
    close: 4401,
    level: "warn",
    text: "This link has expired or has been used already.",
  },
  ticket_expired: {
    status: 401,
    close: 4401,
    level: "info",
    text: "This ticket has expired or has been used already.",
  },
  share_ended: {
    status: 401,
    close: 4401,
    level: "info",
    text: "This link has expired or has been withdrawn.",
  },
  sign_in_stale: {
    status: 401,
    close: 4401,
    level: "info",
    text: "This sign-in took too long, or was begun in another browser. " +
      "Please try again.",
  },
  provider_denied: {
    status: 401,
    close: 4401,
    level: "info",
    text: "The identity provider did not sign you in.",
  },
  provider_invalid: {
    status: 502,
    close: 1011,
    level: "warn",
    text: "The identity provider’s answer is not valid.",
  },
  session_ended: {
    status: 401,
    close: 4401,
    level: "info",
    text: "Your session has ended. Please sign in again.",
  },
  forbidden: {
    status: 403,
    close: 4403,
    level: "info",
    text: "You may not do this.",
  },
  rights_ended: {
    status: 403,
    close: 4403,
    level: "info",
    text: "Your right to view this camera has ended.",
  },
  origin_refused: {
    status: 403,
    close: 4403,
    level: "warn",
    text: "This page's origin is not allowed. Set public_url to the " +
      "address in the browser.",
  },
  not_found: {
    status: 404,
    close: 4404,
    level: "debug",
    text: "There is nothing here.",
  },
  camera_removed: {
    status: 404,
    close: 4404,
    level: "info",
    text: "This camera is no longer configured.",
  },
  camera_moved: {
    status: 503,
    close: 1013,
    level: "info",
    text: "This camera has been configured anew. Connect again.",
  },
  offer_expected: {
    status: 400,
    close: 1008,
    level: "info",
    text: "Send an SDP offer as application/sdp: nalgate answers, it does " +
      "not offer by WHEP.",
  },
  method_refused: {
    status: 405,
    close: 1008,
    level: "info",
    text: "This cannot be done here. Allow says what can.",
  },
  not_acceptable: {
    status: 406,
    close: 1008,
    level: "info",
    text: "The answer would be application/sdp, which Accept leaves out.",
  },
  precondition_failed: {
    status: 412,
    close: 1008,
    level: "info",
    text: "If-Match names another session than this one.",
  },
  unsupported_type: {
    status: 415,
    close: 1008,
    level: "info",
    text: "The body's Content-Type is not the one that is taken here.",
  },
  sdp_refused: {
    status: 422,
    close: 1008,
    level: "info",
    text: "This offer cannot be answered: a viewer receives one H.264 video.",
  },
  ice_restart_refused: {
    status: 422,
    close: 1008,
    level: "info",
    text: "There is no ICE restart. Begin a new session.",
  },
  signed_in_otherwise: {
    status: 409,
    close: 1008,
    level: "info",
    text: "You are signed in as somebody who may not view this camera. " +
      "Opening the link signs you out.",
  },
  too_large: {
    status: 413,
    close: 1009,
    level: "info",
    text: "The request is too large.",
  },
  upgrade_required: {
    status: 426,
    close: 1002,
    level: "info",
    text: "Speak WebSocket here: version 13, subprotocol janus-protocol.",
  },
  headers_too_large: {
    status: 431,
    close: 1009,
    level: "info",
    text: "The request's headers are too large.",
  },
  rate_limited: {
    status: 429,
    close: 1008,
    level: "warn",
    text: "Too many requests. Wait a moment.",
  },
  internal: {
    status: 500,
    close: 1011,
    level: "error",
    text: "Something went wrong.",
  },
  no_answers: {
    status: 501,
    close: 1011,
    level: "warn",
    text: "This camera's media server cannot answer offers: WHEP needs " +
      "nalgate's engine or its Janus plugin.",
  },
  no_picture: {
    status: 503,
    close: 1013,
    level: "info",
    text: "The camera has no picture just now.",
  },
  never_connected: {
    status: 504,
    close: 1013,
    level: "info",
    text: "The viewer and the media server never reached each other.",
  },
  hung_up: {
    status: 502,
    close: 1013,
    level: "info",
    text: "The media server has ended the picture.",
  },
  viewer_left: {
    status: 404,
    close: 1001,
    level: "debug",
    text: "The viewer has left.",
  },
  not_saved: {
    status: 503,
    close: 1013,
    level: "error",
    text: "The server cannot save this: its disk is full, or may only be read.",
  },
  overloaded: {
    status: 503,
    close: 1013,
    level: "warn",
    text: "The server is busy. Try again shortly.",
  },
  slow_client: {
    status: 503,
    close: 1013,
    level: "info",
    text: "The connection is too slow.",
  },
  provider_unreachable: {
    status: 503,
    close: 1013,
    level: "warn",
    text: "The identity provider cannot be reached. Please try again later.",
  },
  loop: {
    status: 508,
    close: 1008,
    level: "warn",
    text: "This request has come from here, or goes through two devices.",
  },
  shutting_down: {
    status: 503,
    close: 1001,
    level: "info",
    text: "The server is restarting.",
  },
  upstream_unreachable: {
    status: 502,
    close: 1013,
    level: "warn",
    text: "The media server does not answer.",
  },
  upstream_lost: {
    status: 502,
    close: 1013,
    level: "warn",
    text: "The media server has restarted.",
  },
  upstream_timeout: {
    status: 504,
    close: 1013,
    level: "warn",
    text: "The media server took too long to answer.",
  },
  upstream_invalid: {
    status: 502,
    close: 1013,
    level: "error",
    text: "The media server sent something unexpected.",
  },
  // The texts of these three are the titles of camera states: players know
  // what to say of them.
  device_offline: {
    status: 502,
    close: 1013,
    level: "info",
    text: "Device is offline.",
  },
  device_refused: {
    status: 502,
    close: 1013,
    level: "warn",
    text: "Device refuses access.",
  },
  device_loop: {
    status: 502,
    close: 1013,
    level: "warn",
    text: "Device leads back here.",
  },
} as const satisfies Record<string, ErrorFace>;

/** The name of an operating error. */
export type ErrorCode = keyof typeof ERRORS;

/** Context that is safe to log: data, never a token, an SDP or a message. */
export type ErrorContext = Readonly<
  Record<string, string | number | boolean | undefined>
>;

/** An operating error. `ERRORS[code]` says how each side sees it. */
export class GatewayError extends Error {
  override readonly name = "GatewayError";
  readonly context: ErrorContext;

  constructor(
    readonly code: ErrorCode,
    options: { cause?: unknown; context?: ErrorContext } = {},
  ) {
    super(ERRORS[code].text, { cause: options.cause });
    this.context = options.context ?? {};
  }

  get face(): ErrorFace {
    return ERRORS[this.code];
  }
}
