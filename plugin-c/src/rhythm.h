// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * When the next picture may come. A look at the sink costs system calls, and
 * between two pictures most looks find nothing.
 */
#ifndef NLG_RHYTHM_H
#define NLG_RHYTHM_H

#include "limits.h"

#include <stdint.h>

/** All zeros: nothing is known yet. */
struct nlg_rhythm {
  int64_t picture_us;
  /** The shortest time between two pictures of late; slowly forgotten. */
  int64_t shortest_us;
};

/** A picture was found. */
static inline void nlg_rhythm_picture(struct nlg_rhythm *rhythm,
                                      int64_t now_us) {
  const int64_t gap_us = now_us - rhythm->picture_us;
  int64_t shortest_us = rhythm->shortest_us + rhythm->shortest_us / 16;
  if (shortest_us == 0 || gap_us < shortest_us) shortest_us = gap_us;
  // After a pause, nothing is known of what comes.
  rhythm->shortest_us = gap_us < NLG_SINK_SILENCE_US ? shortest_us : 0;
  rhythm->picture_us = now_us;
}

/** Before this, no picture is due: early ones come in the last quarter. */
static inline int64_t nlg_rhythm_due_us(const struct nlg_rhythm *rhythm) {
  const int64_t rest_us = rhythm->shortest_us - rhythm->shortest_us / 4;
  return rhythm->picture_us +
         (rest_us < NLG_REST_US_MAX ? rest_us : NLG_REST_US_MAX);
}

#endif
