/**
 * Every bound of nalgate in one place: each queue, buffer, message, wait and
 * loop has one, and each says in a line why it has this size.
 *
 * @module
 */

/** One access unit, bytes: the data area of a µStreamer H.264 sink (2 MiB). */
export const ACCESS_UNIT_SIZE_MAX = 2 * 1024 * 1024;

/** A client's WebSocket message, bytes: an SDP is 2–8 KiB, OWASP says 64 KiB. */
export const CLIENT_MESSAGE_SIZE_MAX = 64 * 1024;

/** An SDP, bytes: Chromium's recvonly video answer is about 2 KiB. */
export const SDP_SIZE_MAX = 32 * 1024;

/** An SDP, lines: Janus bounds this too (OSS-Fuzz, PR-3414). */
export const SDP_LINES_MAX = 500;

/** ICE candidates per handle and direction: browsers send fewer than 20. */
export const CANDIDATES_MAX = 50;

/** One RTP packet on the wire, bytes, header included: fits any VPN seen. */
export const PACKET_SIZE_DEFAULT = 1200;

/** The supervisor's handover, characters: 100 cameras are about 30 KiB. */
export const HANDOVER_SIZE_MAX = 1024 * 1024;

/** Nesting of a Janus message: real ones reach 4. */
export const JSON_DEPTH_MAX = 16;

/** A client's transaction, characters: janus.js uses 12. */
export const TRANSACTION_LENGTH_MAX = 64;

/** A trickled candidate's line, characters: Chromium's stay below 200. */
export const CANDIDATE_LENGTH_MAX = 512;

/** A camera's `id` in `watch`, characters: as long as a camera's name. */
export const CAMERA_ID_LENGTH_MAX = 64;
