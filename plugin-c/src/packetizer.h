// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * The WASM packetizer of wasm/, translated to C: one H.264 access unit in, its
 * RTP packets out, in place. Belongs to one thread.
 */
#ifndef NLG_PACKETIZER_H
#define NLG_PACKETIZER_H

#include "sdp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Besides these, `begin` answers what wasm/assembly/status.ts lists. */
#define NLG_PACKETIZER_TRAP (-100)

struct nlg_packetizer;

/** What is known of the newest access unit and of the newest SPS. */
struct nlg_access_unit {
  /** An IDR picture with its parameter sets: a viewer can start here. */
  bool key;
  /** It has coded slices. */
  bool picture;
  /** profile-level-id; "" until an SPS has come. */
  char profile[NLG_PROFILE_SIZE];
  uint32_t width, height;
};

/** NULL: no memory. `packet_size` is that of whole RTP packets. */
struct nlg_packetizer *nlg_packetizer_new(int packet_size);

/** Takes NULL too. */
void nlg_packetizer_destroy(struct nlg_packetizer *packetizer);

/** Where the next access unit goes, and how much fits. */
uint8_t *nlg_packetizer_frame(struct nlg_packetizer *packetizer,
                              size_t *capacity);

/**
 * Takes the access unit in the frame. The number of packets, or < 0: then
 * nothing is sent. A trap costs this access unit and the parameter sets.
 */
int nlg_packetizer_begin(struct nlg_packetizer *packetizer, size_t size,
                         uint32_t rtp_timestamp);

/**
 * The next packet, or NULL at the end or after a trap. Valid, and the
 * caller's to patch, until the next call.
 */
uint8_t *nlg_packetizer_next(struct nlg_packetizer *packetizer, size_t *size);

/** Whether the last access unit was lost by a trap. */
bool nlg_packetizer_trapped(const struct nlg_packetizer *packetizer);

/** Facts of the last access unit that `begin` took. */
void nlg_packetizer_describe(struct nlg_packetizer *packetizer,
                             struct nlg_access_unit *unit);

#endif
