// SPDX-License-Identifier: GPL-3.0-or-later
/** Session descriptions (RFC 8866) for one H.264 track. No Janus inside. */
#ifndef NLG_SDP_H
#define NLG_SDP_H

#include "limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** An offer of ours is shorter; an answer mirrors the client's sections. */
#define NLG_SDP_TEXT_SIZE 8192

/** The payload type in our offers. */
#define NLG_SDP_PAYLOAD_TYPE 96

/** "640028" and a final zero. */
#define NLG_PROFILE_SIZE 7

/** What was negotiated for the video. */
struct nlg_sdp_media {
  /** Which media section it is, from 0. */
  int index;
  uint8_t payload_type;
};

/** Who describes, and how often it has (RFC 8866 section 5.2). */
struct nlg_sdp_origin {
  uint64_t session_id;
  uint32_t version;
};

/** Why an offer cannot be answered. */
#define NLG_SDP_ERRORS(X)                                                      \
  X(MALFORMED, -1, "The offer is not well-formed SDP")                         \
  X(TOO_LARGE, -2, "The offer is too large")                                   \
  X(NO_H264, -3,                                                               \
    "The offer has no video to receive as H.264 with packetization-mode=1")

#define NLG_SDP_ENUM(id, number, text) NLG_SDP_##id = (number),
enum nlg_sdp_error { NLG_SDP_ERRORS(NLG_SDP_ENUM) };
#undef NLG_SDP_ENUM

/** The error in a sentence. */
const char *nlg_sdp_strerror(int error);

/** Writes our offer. `profile` is the profile-level-id of the live SPS. */
void nlg_sdp_offer(const char *profile, const struct nlg_sdp_origin *origin,
                   char text[NLG_SDP_TEXT_SIZE]);

/**
 * Answers a client's offer: sends H.264 in its first fitting video section
 * and refuses the others. 0, or an error.
 */
int nlg_sdp_answer(const char *offer, const char *profile,
                   const struct nlg_sdp_origin *origin,
                   char text[NLG_SDP_TEXT_SIZE], struct nlg_sdp_media *media);

#endif
