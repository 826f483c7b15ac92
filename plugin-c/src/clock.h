// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef NLG_CLOCK_H
#define NLG_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t nlg_clock_us(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/** CLOCK_MONOTONIC, the clock of memory sinks, in microseconds. */
static inline int64_t nlg_now_us(void) {
  return nlg_clock_us(CLOCK_MONOTONIC);
}

static inline struct timespec nlg_timespec(int64_t us) {
  return (struct timespec){.tv_sec = (time_t)(us / 1000000),
                           .tv_nsec = (long)(us % 1000000) * 1000};
}

#endif
