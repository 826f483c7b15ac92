// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Reader of µStreamer's memory sinks, all released versions from 2 to 10.
 *
 * It never maps the object: a writer that truncates it would end the whole
 * process by SIGBUS. `pread` returns short instead, and copies the frame
 * straight to where it is packetized. Nothing here blocks.
 */
#ifndef NLG_MEMSINK_H
#define NLG_MEMSINK_H

#include "limits.h"
#include "state.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NLG_DETAIL_SIZE 96

/** A frame as the sink describes it; the writer is not trusted. */
struct nlg_frame {
  uint32_t size;
  uint32_t width, height;
  /** -1: this version does not tell. 0: the sender wants no playout delay. */
  int64_t gop;
  /** Seconds of CLOCK_MONOTONIC; finite and positive, or 0 if senseless. */
  double grab_seconds;
  bool key;
  bool online;
  /** False: found on attach and old. Good for its parameter sets only. */
  bool fresh;
};

enum nlg_poll {
  NLG_POLL_NONE,
  NLG_POLL_FRAME,
  /** There was a frame, but it could not be used. It is lost. */
  NLG_POLL_LOST,
};

/** Owned by one thread. Owns the descriptor. */
struct nlg_memsink {
  char name[NLG_SINK_SIZE];
  enum nlg_state state;
  /** Data for people about the state, such as the version found. */
  char detail[NLG_DETAIL_SIZE];
  int fd;
  int64_t object_size;
  /** Of the last frame: a half-written one has a new id and the old rest. */
  uint64_t last_id;
  size_t last_used;
  double last_grab_seconds, last_encode_seconds;
  bool seen_id;
  unsigned bad_frames;
  /** Objects found so far: frames of one do not go on in the next. */
  unsigned object_count;
  bool key_wanted, can_request_key;
  int64_t open_at_us, check_at_us, stamp_at_us;
  /** Since when the lock is somebody else's; 0: it is not. */
  int64_t locked_since_us;
  /** The last time a poll looked, and the last time it found news. */
  int64_t polled_us, news_us;
};

/** Prepares a reader; the object need not exist yet. */
void nlg_memsink_init(struct nlg_memsink *sink, const char *name);

/** Closes the object. */
void nlg_memsink_destroy(struct nlg_memsink *sink);

/**
 * Copies a new frame into `into`, if there is one. Tells the writer that it
 * has a client. `now_us` is CLOCK_MONOTONIC.
 */
enum nlg_poll nlg_memsink_poll(struct nlg_memsink *sink, int64_t now_us,
                               uint8_t *into, size_t capacity,
                               struct nlg_frame *frame);

/** Brings the state up to date without being a client. */
void nlg_memsink_look(struct nlg_memsink *sink, int64_t now_us);

/** False: this version has no way to ask, or none is known yet. */
bool nlg_memsink_can_request_key(const struct nlg_memsink *sink);

/** Asks for a key frame with the next poll, where the version can. */
void nlg_memsink_request_key(struct nlg_memsink *sink);

#endif
