// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * The newest group of pictures, a key frame and what follows it: for viewers
 * who come while the encoder cannot be asked for a key frame.
 */
#ifndef NLG_GROUP_H
#define NLG_GROUP_H

#include "memsink.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** An access unit of the group, Annex B. */
struct nlg_group_unit {
  size_t start;
  struct nlg_frame frame;
  uint32_t rtp_timestamp;
};

/** Owned by one thread. All zeros is an empty one. */
struct nlg_group {
  /** Made when it is first needed; NULL until then. */
  uint8_t *bytes;
  size_t used;
  struct nlg_group_unit units[NLG_GROUP_UNITS_MAX];
  size_t count;
};

void nlg_group_destroy(struct nlg_group *group);

/**
 * Copies an access unit behind the group, because packetizing spoils the
 * original. False: it does not fit, and the group is empty now.
 */
bool nlg_group_stage(struct nlg_group *group, const uint8_t *bytes,
                     size_t size);

/** Makes what was staged the group's last picture, or the first of a new one.
 */
void nlg_group_keep(struct nlg_group *group, const struct nlg_frame *frame,
                    uint32_t rtp_timestamp, bool key);

/** Forgets the group: what comes next does not go on from it. */
void nlg_group_clear(struct nlg_group *group);

#endif
