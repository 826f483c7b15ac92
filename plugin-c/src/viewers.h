// SPDX-License-Identifier: GPL-3.0-or-later
/** Those who get one camera's packets, and how they get them. */
#ifndef NLG_VIEWERS_H
#define NLG_VIEWERS_H

#include "memsink.h"
#include "packetizer.h"
#include "sdp.h"

#include <janus/plugins/plugin.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * What Janus adds to a packet: the extension's header, playout-delay,
 * video-orientation and (newer) abs-capture-time, padded; and two bytes of
 * original sequence number in a retransmission (RFC 4588).
 */
#ifdef NLG_HAVE_ABS_CAPTURE_TIME
#define NLG_ADDED_SIZE (4 + 16 + 2)
#else
#define NLG_ADDED_SIZE (4 + 8 + 2)
#endif

enum nlg_viewer_place {
  /** Nothing is sent before a picture that can be decoded alone. */
  NLG_VIEWER_WAITS,
  /** It is being sent the group of pictures so far. */
  NLG_VIEWER_CATCHES_UP,
  NLG_VIEWER_PLAYS,
};

/**
 * A session owns it; while it is in the list, the camera's thread uses it too,
 * under the list's lock.
 */
struct nlg_viewer {
  struct nlg_viewer *next, *previous;
  janus_plugin_session *handle;
  struct nlg_sdp_media media;
  /** Degrees clockwise, or -1: not asked for. */
  int16_t orientation;
  enum nlg_viewer_place place;
  /** Of the viewer's next packet; goes on where it stopped. */
  uint16_t sequence;
  /** Of its last packet, if it has had one. */
  uint32_t rtp_timestamp;
  bool has_timestamp;
};

/** Under `lock`, of Janus only relay_rtp is called: it queues a copy. */
struct nlg_viewers {
  const janus_callbacks *janus;
  pthread_mutex_t lock;
  struct nlg_viewer *first;
  atomic_uint count;
};

void nlg_viewers_init(struct nlg_viewers *viewers,
                      const janus_callbacks *janus);
void nlg_viewers_destroy(struct nlg_viewers *viewers);

/** From the next key frame on, the viewer gets packets. */
void nlg_viewers_add(struct nlg_viewers *viewers, struct nlg_viewer *viewer);

/** On return, the viewer is not used any more. */
void nlg_viewers_remove(struct nlg_viewers *viewers, struct nlg_viewer *viewer);

/** A key frame of that time has come: all play from here on. */
void nlg_viewers_start(struct nlg_viewers *viewers, uint32_t rtp_timestamp);

/** Pictures from here on cannot be decoded until a key frame comes. */
void nlg_viewers_interrupt(struct nlg_viewers *viewers);

/** Whether anybody waits for a key frame. */
bool nlg_viewers_wait(struct nlg_viewers *viewers);

/**
 * Who waits, and has had nothing as late as that, catches up until the end is
 * called. False: there is nobody.
 */
bool nlg_viewers_begin_catch_up(struct nlg_viewers *viewers,
                                uint32_t rtp_timestamp);
void nlg_viewers_end_catch_up(struct nlg_viewers *viewers);

/**
 * Sends the access unit that the packetizer has begun to all in that place.
 * False: a trap has cut it off.
 */
bool nlg_viewers_relay(struct nlg_viewers *viewers, enum nlg_viewer_place place,
                       struct nlg_packetizer *packetizer,
                       const struct nlg_frame *frame);

#endif
