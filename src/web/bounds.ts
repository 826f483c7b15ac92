/**
 * Every wait and bound of the pages, each with its why. The pages are built
 * from this folder alone, so they are not in the server's `limits.ts`.
 *
 * @module
 */

/** First retry within this: a restarted engine's picture is back in 3 s. */
export const RETRY_FIRST_MS = 500;

/** Retries never lie further apart: nobody waits longer for a dead link. */
export const RETRY_MAX_MS = 15_000;

/** A picture that has lasted this long counts: retries start anew. */
export const RETRY_RESET_MS = 5_000;

/** From dialling to the first word of the plugin; a phone's slow start fits. */
export const SIGNALLING_MS = 10_000;

/** An offer waits so long for ICE servers: `features` takes milliseconds. */
export const FEATURES_MS = 500;

/** From the answer to the first picture: ICE and DTLS give up by then. */
export const MEDIA_MS = 15_000;

/** Between refused `watch` requests; the server holds each up to a second. */
export const WATCH_AGAIN_MS = 500;

/** Janus ends a session that is silent for 60 s; janus.js too sends at 25. */
export const KEEPALIVE_MS = 25_000;

/** A close that belongs to a hangup follows it on the same socket. */
export const CLOSE_FOLLOWS_MS = 200;

/** How often a playing stream is looked at. */
export const SAMPLE_MS = 1_000;

/** Samples further apart mean a sleeping machine, not a silent camera. */
export const SAMPLE_GAP_MAX_MS = 4_000;

/** Nothing has arrived for so long: say so. */
export const SILENT_STALLED_MS = 3_000;

/** Nothing has arrived for so long: begin again. */
export const SILENT_RECONNECT_MS = 5_000;

/** Packets without pictures for so long: ask for a key frame. */
export const UNDECODED_ASK_MS = 3_000;

/** Packets without pictures for so long: begin again. */
export const UNDECODED_RECONNECT_MS = 6_000;

/** What nobody sees stops after this; a glance at another tab costs nothing. */
export const UNSEEN_MS = 10_000;

/** Between two starts on a page of tiles: 50 offers at once hurt servers. */
export const START_GAP_MS = 60;

/** How old the list of cameras may be. */
export const LIST_POLL_MS = 5_000;

/** Candidates kept before the offer is in place; servers send fewer than 20. */
export const CANDIDATES_MAX = 50;

/** Controls over a playing picture hide after this without a touch. */
export const CONTROLS_IDLE_MS = 3_000;

/** An answer of the API; argon2id in a queue may take seconds. */
export const REQUEST_MS = 15_000;
