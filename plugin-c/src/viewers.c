// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewers.h"

#include "clock.h"

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
  viewer->waits_for_key = true;
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

void nlg_viewers_interrupt(struct nlg_viewers *viewers) {
  pthread_mutex_lock(&viewers->lock);
  for (struct nlg_viewer *it = viewers->first; it != NULL; it = it->next)
    it->waits_for_key = true;
  pthread_mutex_unlock(&viewers->lock);
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

/** Under the lock: one packet to all who can use it. */
static void relay_packet(struct nlg_viewers *viewers,
                         janus_plugin_rtp *packet) {
  uint8_t *header = (uint8_t *)packet->buffer;
  for (struct nlg_viewer *it = viewers->first; it != NULL; it = it->next) {
    if (it->waits_for_key) continue;
    // Marker and payload type, then the sequence number (RFC 3550, 5.1).
    header[1] = (uint8_t)((header[1] & 0x80) | it->media.payload_type);
    header[2] = (uint8_t)(it->sequence >> 8);
    header[3] = (uint8_t)it->sequence;
    ++it->sequence;
    packet->mindex = it->media.index;
    packet->extensions.video_rotation = it->orientation;
    viewers->janus->relay_rtp(it->handle, packet);
  }
}

bool nlg_viewers_relay(struct nlg_viewers *viewers,
                       struct nlg_packetizer *packetizer,
                       const struct nlg_frame *frame, bool key) {
  janus_plugin_rtp packet;
  size_t size;
  uint8_t *bytes;
  bool first = true, waiting = false;
  janus_plugin_rtp_reset(&packet);
  packet.video = TRUE;
  pthread_mutex_lock(&viewers->lock);
  for (struct nlg_viewer *it = viewers->first; it != NULL; it = it->next) {
    if (key) it->waits_for_key = false;
    waiting |= it->waits_for_key;
  }
  while (viewers->first != NULL &&
         (bytes = nlg_packetizer_next(packetizer, &size)) != NULL) {
    packet.buffer = (char *)bytes;
    packet.length = (uint16_t)size;
    set_extensions(&packet, frame, first);
    relay_packet(viewers, &packet);
    first = false;
  }
  pthread_mutex_unlock(&viewers->lock);
  return waiting;
}
