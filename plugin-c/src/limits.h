// SPDX-License-Identifier: GPL-3.0-or-later
/** Every bound of the plugin, each with why it has this size. */
#ifndef NLG_LIMITS_H
#define NLG_LIMITS_H

/** Cameras of one Janus: one thread each; nobody has asked for more. */
#define NLG_CAMERAS_MAX 64

/** A camera's id, bytes with the final zero: as in nalgate's own config. */
#define NLG_ID_SIZE 64

/** A sink's name, bytes with the final zero: NAME_MAX of Linux. */
#define NLG_SINK_SIZE 256

/** RTP packet on the wire, bytes: one IPv6 minimum MTU fits; Janus's cap. */
#define NLG_PACKET_SIZE_MIN 256
#define NLG_PACKET_SIZE_MAX 1472
/** Fits any VPN seen (1280 byte tunnels included). */
#define NLG_PACKET_SIZE_DEFAULT 1200

/** Messages waiting for an answer, in all: a burst of reconnecting pages. */
#define NLG_MESSAGES_MAX 2048
/** The same per session: a page sends one at a time. */
#define NLG_MESSAGES_PER_SESSION_MAX 16

/** How long `watch` may wait for a picture: the seed's page retries at once. */
#define NLG_WATCH_WAIT_US 1000000

/** Poll period while somebody watches: adds 0.5 ms of latency on average. */
#define NLG_POLL_US 1000
/** The longest rest after a picture: an encoder may become faster. */
#define NLG_REST_US_MAX 25000
/** Look period while nobody watches: only the state is kept up to date. */
#define NLG_DOZE_US 1000000

/** At most one key frame request per camera in this time. */
#define NLG_KEY_REQUEST_US 500000

/**
 * A group of pictures kept for sinks that cannot be asked for a key frame,
 * bytes: a second at 8 Mbit/s. Also the burst that a new viewer gets.
 */
#define NLG_GROUP_SIZE_MAX (1024 * 1024)
/** Its pictures: more than four seconds at 60 per second. */
#define NLG_GROUP_UNITS_MAX 256

/** An absent or replaced sink is looked for this often: `fstat` is cheap. */
#define NLG_SINK_CHECK_US 250000
/** Half a second is far from µStreamer's 10 s of patience with clients. */
#define NLG_SINK_STAMP_US 500000
/** A held lock is normal for a millisecond; µStreamer gives up after 1 s. */
#define NLG_SINK_LOCK_US 1000000
/** No new picture for so long is called silence: slower than 1 fps is rare. */
#define NLG_SINK_SILENCE_US 3000000
/** Bad frames in a row until the stream is called invalid: one is chance. */
#define NLG_SINK_BAD_FRAMES_MAX 3

/** A client's SDP: Chromium's recvonly offer is about 3 KiB; Janus's 500. */
#define NLG_SDP_SIZE_MAX (32 * 1024)
#define NLG_SDP_LINES_MAX 500
/** Media sections of a client's offer: video, audio, data and some to spare. */
#define NLG_SDP_MEDIA_MAX 16

/** RTP time behind a viewer's last that is waited for: a second's ticks. */
#define NLG_RTP_STEP_BACK_MAX 90000

#endif
