// SPDX-License-Identifier: GPL-3.0-or-later
/** A sink's reader and its writer, and a clock of the test's own. */
#ifndef NLG_SINK_FIXTURE_H
#define NLG_SINK_FIXTURE_H

#include "check.h"
#include "clock.h"
#include "memsink.h"
#include "sink_writer.h"

#include <sys/mman.h>
#include <unistd.h>

#define CAPACITY (2u * 1024 * 1024)
#define SECOND 1000000

static const uint8_t PICTURE[] = {0, 0, 0, 1, 0x65, 0x88, 0x84, 1, 2, 3, 4};
static uint8_t into[CAPACITY];

struct fixture {
  struct sink_writer writer;
  struct nlg_memsink sink;
  struct nlg_frame frame;
  int64_t now_us;
};

static inline const char *sink_name(void) {
  static char name[64];
  // Once: a child has another process id, but means the same sink.
  if (name[0] == '\0')
    snprintf(name, sizeof(name), "nlg-test-%d::h264", (int)getpid());
  return name;
}

static inline void begin(struct fixture *it, uint32_t version) {
  memset(it, 0, sizeof(*it));
  sink_open(&it->writer, sink_name(), sink_version(version));
  nlg_memsink_init(&it->sink, sink_name());
  it->now_us = nlg_now_us();
}

static inline void end(struct fixture *it) {
  nlg_memsink_destroy(&it->sink);
  sink_close(&it->writer);
}

static inline struct sink_frame picture(const struct fixture *it) {
  return (struct sink_frame){.data = PICTURE,
                             .size = sizeof(PICTURE),
                             .grab_seconds = (double)it->now_us / 1e6,
                             .gop = 30,
                             .key = true};
}

/** Polls a millisecond later. */
static inline enum nlg_poll poll(struct fixture *it) {
  it->now_us += 1000;
  return nlg_memsink_poll(&it->sink, it->now_us, into, CAPACITY, &it->frame);
}

/** Polls each millisecond of the given time; the last result that is news. */
static inline enum nlg_poll poll_for(struct fixture *it, int64_t duration_us) {
  enum nlg_poll result = NLG_POLL_NONE;
  for (const int64_t until_us = it->now_us + duration_us;
       it->now_us < until_us;) {
    const enum nlg_poll one = poll(it);
    if (one != NLG_POLL_NONE) result = one;
  }
  return result;
}

static inline void write_and_poll(struct fixture *it) {
  const struct sink_frame frame = picture(it);
  sink_write(&it->writer, &frame);
  CHECK_INT(poll(it), NLG_POLL_FRAME);
  CHECK_INT(it->sink.state, NLG_STATE_LIVE);
}

static inline void remove_sink(void) {
  shm_unlink(sink_name());
}

#endif
