// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * A camera's access units on their way to its viewers. All but `viewers`
 * belongs to the camera's thread.
 */
#ifndef NLG_STREAM_H
#define NLG_STREAM_H

#include "group.h"
#include "packetizer.h"
#include "viewers.h"

#include <stdbool.h>
#include <stdint.h>

struct nlg_stream {
  struct nlg_viewers viewers;
  struct nlg_packetizer *packetizer;
  struct nlg_group group;
  /** Of the newest access unit and SPS. */
  struct nlg_access_unit unit;
  double last_grab_seconds;
  /** Somebody cannot go on before a key frame comes. */
  bool key_needed;
};

/** The stream is all zeros. False: no memory. */
bool nlg_stream_init(struct nlg_stream *stream, int packet_size,
                     const janus_callbacks *janus);
void nlg_stream_destroy(struct nlg_stream *stream);

/**
 * Sends the access unit in the packetizer's frame. 1: a picture was shown,
 * 0: there was none to show, < 0: the packetizer's status, nothing was sent.
 * With `cache`, who has to wait for a key frame starts at the last one.
 */
int nlg_stream_send(struct nlg_stream *stream, const struct nlg_frame *frame,
                    int64_t now_us, bool cache);

/** What comes next does not go on from what was sent. */
void nlg_stream_interrupt(struct nlg_stream *stream);

#endif
