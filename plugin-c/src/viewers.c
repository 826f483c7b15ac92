// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewers.h"

#include "clock.h"
#include "limits.h"

#include <string.h>

void nlg_viewers_init(struct nlg_viewers *viewers,
                      const janus_callbacks *janus) {
  memset(viewers, 0, sizeof(*viewers));
  viewers->janus = janus;
  pthread_mutex_init(&viewers->lock, NULL);
}

void nlg_viewers_destroy(struct nlg_viewers *viewers) {
  pthread_mutex_destroy(&viewers->lock);
}

void nlg_viewers_add(struct nlg_viewers *viewers, struct nlg_viewer *viewer) {
  viewer->place = NLG_VIEWER_WAITS;
  viewer->previous = NULL;
  pthread_mutex_lock(&viewers->lock);
  viewer->next = viewers->first;
  if (viewers->first != NULL) viewers->first->previous = viewer;
  viewers->first = viewer;
  pthread_mutex_unlock(&viewers->lock);
  atomic_fetch_add(&viewers->count, 1);
}

void nlg_viewers_remove(struct nlg_viewers *viewers,
                        struct nlg_viewer *viewer) {
  pthread_mutex_lock(&viewers->lock);
  if (viewer->previous != NULL)
    viewer->previous->next = viewer->next;
  else
    viewers->first = viewer->next;
  if (viewer->next != NULL) viewer->next->previous = viewer->previous;
  pthread_mutex_unlock(&viewers->lock);
  atomic_fetch_sub(&viewers->count, 1);
}

/** Moves all from one place to another. */
static void move(struct nlg_viewers *viewers, enum nlg_viewer_place from,
                 enum nlg_viewer_place to) {
  pthread_mutex_lock(&viewers->lock);
  for (struct nlg_viewer *it = viewers->first; it != NULL; it = it->next)
    if (it->place == from) it->place = to;
  pthread_mutex_unlock(&viewers->lock);
}

/** How far a picture's RTP time is ahead of the viewer's last; it wraps. */
static int32_t ticks_ahead(const struct nlg_viewer *viewer,
                           uint32_t rtp_timestamp) {
  if (!viewer->has_timestamp) return INT32_MAX;
  return (int32_t)(rtp_timestamp - viewer->rtp_timestamp);
}

/** What was seen, or is older, must not be sent again. */
static bool is_news(const struct nlg_viewer *viewer, uint32_t rtp_timestamp) {
  return ticks_ahead(viewer, rtp_timestamp) > 0;
}

/**
 * Another camera's key frame, after a `watch` of that one, may be older by a
 * moment: RTP time must not go back. If it is far behind, it is another clock.
 */
static bool may_start(const struct nlg_viewer *viewer, uint32_t rtp_timestamp) {
  const int32_t ahead = ticks_ahead(viewer, rtp_timestamp);
  return ahead > 0 || ahead < -NLG_RTP_STEP_BACK_MAX;
}

/** Moves those who wait and may take a picture of that time. */
static bool admit(struct nlg_viewers *viewers, uint32_t rtp_timestamp,
                  bool (*may)(const struct nlg_viewer *, uint32_t),
                  enum nlg_viewer_place to) {
  bool found = false;
  pthread_mutex_lock(&viewers->lock);
  for (struct nlg_viewer *it = viewers->first; it != NULL; it = it->next) {
    if (it->place != NLG_VIEWER_WAITS || !may(it, rtp_timestamp)) continue;
    it->place = to;
    found = true;
  }
  pthread_mutex_unlock(&viewers->lock);
  return found;
}

void nlg_viewers_start(struct nlg_viewers *viewers, uint32_t rtp_timestamp) {
  admit(viewers, rtp_timestamp, may_start, NLG_VIEWER_PLAYS);
}

void nlg_viewers_interrupt(struct nlg_viewers *viewers) {
  move(viewers, NLG_VIEWER_PLAYS, NLG_VIEWER_WAITS);
  move(viewers, NLG_VIEWER_CATCHES_UP, NLG_VIEWER_WAITS);
}

void nlg_viewers_end_catch_up(struct nlg_viewers *viewers) {
  move(viewers, NLG_VIEWER_CATCHES_UP, NLG_VIEWER_PLAYS);
}

bool nlg_viewers_begin_catch_up(struct nlg_viewers *viewers,
                                uint32_t rtp_timestamp) {
  return admit(viewers, rtp_timestamp, is_news, NLG_VIEWER_CATCHES_UP);
}

/** Under the lock. */
static bool anybody(const struct nlg_viewers *viewers,
                    enum nlg_viewer_place place) {
  for (const struct nlg_viewer *it = viewers->first; it != NULL; it = it->next)
    if (it->place == place) return true;
  return false;
}

bool nlg_viewers_wait(struct nlg_viewers *viewers) {
  bool found;
  pthread_mutex_lock(&viewers->lock);
  found = anybody(viewers, NLG_VIEWER_WAITS);
  pthread_mutex_unlock(&viewers->lock);
  return found;
}

static void set_extensions(janus_plugin_rtp *packet,
                           const struct nlg_frame *frame, bool first) {
  packet->extensions.min_delay = -1;
  packet->extensions.max_delay = -1;
  if (first && frame->gop == 0) {
    packet->extensions.min_delay = 0;
    packet->extensions.max_delay = 0;
  }
#ifdef NLG_HAVE_ABS_CAPTURE_TIME
  packet->extensions.abs_capture_ts = 0;
  if (first && frame->grab_seconds > 0) {
    // NTP counts from 1900, in 2^-32 seconds.
    double seconds = (double)nlg_clock_us(CLOCK_REALTIME) / 1e6 -
                     (double)nlg_now_us() / 1e6 + frame->grab_seconds;
    uint64_t whole = (uint64_t)seconds;
    packet->extensions.abs_capture_ts =
      (whole + UINT64_C(2208988800)) << 32 |
      (uint32_t)((seconds - (double)whole) * 4294967296.0);
  }
#endif
}

/** Under the lock: one packet to all in that place. */
static void relay_packet(struct nlg_viewers *viewers,
                         enum nlg_viewer_place place,
                         janus_plugin_rtp *packet) {
  uint8_t *header = (uint8_t *)packet->buffer;
  const uint32_t rtp_timestamp = (uint32_t)header[4] << 24 |
                                 (uint32_t)header[5] << 16 |
                                 (uint32_t)header[6] << 8 | (uint32_t)header[7];
  for (struct nlg_viewer *it = viewers->first; it != NULL; it = it->next) {
    if (it->place != place) continue;
    // Marker and payload type, then the sequence number (RFC 3550, 5.1).
    header[1] = (uint8_t)((header[1] & 0x80) | it->media.payload_type);
    header[2] = (uint8_t)(it->sequence >> 8);
    header[3] = (uint8_t)it->sequence;
    ++it->sequence;
    it->rtp_timestamp = rtp_timestamp;
    it->has_timestamp = true;
    packet->mindex = it->media.index;
    packet->extensions.video_rotation = it->orientation;
    viewers->janus->relay_rtp(it->handle, packet);
  }
}

bool nlg_viewers_relay(struct nlg_viewers *viewers, enum nlg_viewer_place place,
                       struct nlg_packetizer *packetizer,
                       const struct nlg_frame *frame) {
  janus_plugin_rtp packet;
  size_t size;
  uint8_t *bytes;
  bool first = true, found;
  janus_plugin_rtp_reset(&packet);
  packet.video = TRUE;
  pthread_mutex_lock(&viewers->lock);
  found = anybody(viewers, place);
  while (found && (bytes = nlg_packetizer_next(packetizer, &size)) != NULL) {
    packet.buffer = (char *)bytes;
    packet.length = (uint16_t)size;
    set_extensions(&packet, frame, first);
    relay_packet(viewers, place, &packet);
    first = false;
  }
  pthread_mutex_unlock(&viewers->lock);
  return !nlg_packetizer_trapped(packetizer);
}
