// SPDX-License-Identifier: GPL-3.0-or-later
#include "mount.h"

#include "clock.h"
#include "packetizer.h"

#include <janus/debug.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/** RTP's clock for video (RFC 6184 section 8.2.1). */
#define RTP_HZ 90000.0

/**
 * What Janus adds to a packet: the extension's header, playout-delay,
 * video-orientation and (newer) abs-capture-time, padded; and two bytes of
 * original sequence number in a retransmission (RFC 4588).
 */
#ifdef NLG_HAVE_ABS_CAPTURE_TIME
#define ADDED_SIZE (4 + 16 + 2)
#else
#define ADDED_SIZE (4 + 8 + 2)
#endif

/**
 * Lock order: a session's lock, then `viewers_lock`; `lock` comes last, and
 * nothing else is taken under it. Under `viewers_lock`, of Janus only
 * relay_rtp is called: it puts a copy into a queue.
 */
struct nlg_mount {
  struct nlg_camera camera;
  const janus_callbacks *janus;
  nlg_mount_changed *changed;
  void *context;
  pthread_t thread;
  atomic_int references;
  atomic_bool key_wanted;

  pthread_mutex_t viewers_lock;
  struct nlg_viewer *viewers;
  atomic_uint viewer_count;

  pthread_mutex_t lock;
  pthread_cond_t wake;
  unsigned wanted;
  bool stopping;
  struct nlg_report report;
  int64_t picture_us;

  // The thread's own.
  struct nlg_memsink sink;
  struct nlg_packetizer *packetizer;
  struct nlg_access_unit unit;
  enum nlg_state logged_state;
  int64_t logged_us, key_request_us;
  double last_grab_seconds;
  int64_t window_us;
  unsigned window_pictures;
  double fps;
};

// --- The thread --------------------------------------------------------------

static void log_state(struct nlg_mount *mount, int64_t now_us) {
  const enum nlg_state state = mount->sink.state;
  // At most a line per second, even if a broken writer flaps.
  if (state == mount->logged_state || now_us - mount->logged_us < 1000000)
    return;
  mount->logged_state = state;
  mount->logged_us = now_us;
  JANUS_LOG(LOG_INFO, "[nalgate] camera %s: %s (%s)\n", mount->camera.id,
            nlg_state_title(state), mount->sink.detail);
}

static bool is_ready(const struct nlg_mount *mount, int64_t now_us) {
  return mount->picture_us > 0 && mount->report.profile[0] != '\0' &&
         now_us - mount->picture_us < NLG_SINK_SILENCE_US;
}

/** Makes what the thread knows visible, and tells if it is news. */
static void publish(struct nlg_mount *mount, int64_t now_us, bool picture) {
  struct nlg_report *report = &mount->report;
  bool news;
  pthread_mutex_lock(&mount->lock);
  news = report->state != mount->sink.state;
  if (picture) {
    news |= !is_ready(mount, now_us);
    mount->picture_us = now_us;
  }
  report->state = mount->sink.state;
  memcpy(report->detail, mount->sink.detail, sizeof(report->detail));
  if (mount->unit.profile[0] != '\0') {
    report->width = mount->unit.width;
    report->height = mount->unit.height;
    memcpy(report->profile, mount->unit.profile, sizeof(report->profile));
  }
  report->fps = mount->fps;
  pthread_mutex_unlock(&mount->lock);
  log_state(mount, now_us);
  if (news) mount->changed(mount->context);
}

static void count_picture(struct nlg_mount *mount, int64_t now_us) {
  const int64_t elapsed_us = now_us - mount->window_us;
  if (elapsed_us > 2 * NLG_SINK_SILENCE_US) {
    mount->window_us = now_us;
    mount->window_pictures = 0;
    return;
  }
  ++mount->window_pictures;
  if (elapsed_us < 1000000) return;
  mount->fps = mount->window_pictures * 1e6 / (double)elapsed_us;
  mount->window_us = now_us;
  mount->window_pictures = 0;
}

static uint32_t rtp_timestamp(struct nlg_mount *mount, double grab_seconds,
                              int64_t now_us) {
  // A writer that does not tell the grab time must not stop the clock.
  if (grab_seconds <= mount->last_grab_seconds)
    grab_seconds = (double)now_us / 1e6;
  mount->last_grab_seconds = grab_seconds;
  return (uint32_t)(uint64_t)(grab_seconds * RTP_HZ);
}

/** Pictures from here on cannot be decoded until a key frame comes. */
static void lose_picture(struct nlg_mount *mount) {
  pthread_mutex_lock(&mount->viewers_lock);
  for (struct nlg_viewer *it = mount->viewers; it != NULL; it = it->next)
    it->waits_for_key = true;
  pthread_mutex_unlock(&mount->viewers_lock);
  nlg_mount_request_key(mount);
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

/** Under the viewers lock: one packet to all who can use it. */
static void relay_packet(struct nlg_mount *mount, janus_plugin_rtp *packet) {
  uint8_t *header = (uint8_t *)packet->buffer;
  for (struct nlg_viewer *it = mount->viewers; it != NULL; it = it->next) {
    if (it->waits_for_key) continue;
    // Marker and payload type, then the sequence number (RFC 3550, 5.1).
    header[1] = (uint8_t)((header[1] & 0x80) | it->media.payload_type);
    header[2] = (uint8_t)(it->sequence >> 8);
    header[3] = (uint8_t)it->sequence;
    ++it->sequence;
    ++it->packets;
    packet->mindex = it->media.index;
    packet->extensions.video_rotation = it->orientation;
    mount->janus->relay_rtp(it->handle, packet);
  }
}

static void relay(struct nlg_mount *mount, const struct nlg_frame *frame) {
  janus_plugin_rtp packet;
  size_t size;
  uint8_t *bytes;
  bool first = true, waiting = false;
  janus_plugin_rtp_reset(&packet);
  packet.video = TRUE;
  pthread_mutex_lock(&mount->viewers_lock);
  for (struct nlg_viewer *it = mount->viewers; it != NULL; it = it->next) {
    if (mount->unit.key) it->waits_for_key = false;
    waiting |= it->waits_for_key;
  }
  while (mount->viewers != NULL &&
         (bytes = nlg_packetizer_next(mount->packetizer, &size)) != NULL) {
    packet.buffer = (char *)bytes;
    packet.length = (uint16_t)size;
    set_extensions(&packet, frame, first);
    relay_packet(mount, &packet);
    first = false;
  }
  pthread_mutex_unlock(&mount->viewers_lock);
  // Their request may have been lost with an encoder that restarted.
  if (waiting) nlg_mount_request_key(mount);
}

static void packetize(struct nlg_mount *mount, const struct nlg_frame *frame,
                      int64_t now_us) {
  const uint32_t timestamp =
    rtp_timestamp(mount, frame->grab_seconds, now_us);
  const int count =
    nlg_packetizer_begin(mount->packetizer, frame->size, timestamp);
  if (count < 0) {
    mount->sink.state = NLG_STATE_INVALID_STREAM;
    snprintf(mount->sink.detail, sizeof(mount->sink.detail),
             "packetizer status %d", count);
    lose_picture(mount);
    publish(mount, now_us, false);
    return;
  }
  nlg_packetizer_describe(mount->packetizer, &mount->unit);
  if (mount->unit.picture && frame->fresh) {
    if (mount->unit.key) atomic_store(&mount->key_wanted, false);
    relay(mount, frame);
    if (nlg_packetizer_trapped(mount->packetizer)) lose_picture(mount);
    count_picture(mount, now_us);
  }
  publish(mount, now_us, mount->unit.picture && frame->fresh);
}

static void poll_sink(struct nlg_mount *mount, int64_t now_us) {
  struct nlg_frame frame;
  size_t capacity;
  uint8_t *into = nlg_packetizer_frame(mount->packetizer, &capacity);
  if (now_us - mount->key_request_us >= NLG_KEY_REQUEST_US &&
      atomic_exchange(&mount->key_wanted, false)) {
    mount->key_request_us = now_us;
    nlg_memsink_request_key(&mount->sink);
  }
  switch (nlg_memsink_poll(&mount->sink, now_us, into, capacity, &frame)) {
  case NLG_POLL_FRAME: packetize(mount, &frame, now_us); break;
  case NLG_POLL_LOST: lose_picture(mount); // and tell the state:
  // fall through
  case NLG_POLL_NONE: publish(mount, now_us, false); break;
  }
}

/** Sleeps for a period, or less if there is something to do. */
static bool wait_for_work(struct nlg_mount *mount, bool *active) {
  const int64_t until_us = nlg_now_us() + (*active ? NLG_POLL_US : NLG_DOZE_US);
  const struct timespec until = nlg_timespec(until_us);
  const bool was_active = *active;
  bool go_on;
  int late = 0;
  pthread_mutex_lock(&mount->lock);
  do {
    *active = mount->camera.keep_warm || mount->wanted > 0;
    if (mount->stopping || *active != was_active) break;
    late = pthread_cond_timedwait(&mount->wake, &mount->lock, &until);
  } while (late == 0);
  *active = mount->camera.keep_warm || mount->wanted > 0;
  go_on = !mount->stopping;
  pthread_mutex_unlock(&mount->lock);
  return go_on;
}

static void *run(void *argument) {
  struct nlg_mount *mount = argument;
  bool active = mount->camera.keep_warm;
  do {
    const int64_t now_us = nlg_now_us();
    if (active) {
      poll_sink(mount, now_us);
    } else {
      nlg_memsink_look(&mount->sink, now_us);
      publish(mount, now_us, false);
    }
  } while (wait_for_work(mount, &active));
  return NULL;
}

// --- The others --------------------------------------------------------------

static void init_locks(struct nlg_mount *mount) {
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&mount->wake, &attributes);
  pthread_condattr_destroy(&attributes);
  pthread_mutex_init(&mount->lock, NULL);
  pthread_mutex_init(&mount->viewers_lock, NULL);
}

struct nlg_mount *nlg_mount_new(const struct nlg_camera *camera,
                                const janus_callbacks *janus,
                                nlg_mount_changed *changed, void *context) {
  struct nlg_mount *mount = calloc(1, sizeof(*mount));
  if (mount == NULL) return NULL;
  mount->camera = *camera;
  mount->janus = janus;
  mount->changed = changed;
  mount->context = context;
  mount->logged_state = NLG_STATE_LIVE;
  mount->report.state = NLG_STATE_SINK_ABSENT;
  atomic_init(&mount->references, 1);
  init_locks(mount);
  nlg_memsink_init(&mount->sink, camera->sink);
  mount->packetizer = nlg_packetizer_new(camera->packet_size - ADDED_SIZE);
  if (mount->packetizer == NULL ||
      pthread_create(&mount->thread, NULL, run, mount) != 0) {
    nlg_mount_unref(mount);
    return NULL;
  }
  return mount;
}

void nlg_mount_stop(struct nlg_mount *mount) {
  pthread_mutex_lock(&mount->lock);
  mount->stopping = true;
  pthread_cond_signal(&mount->wake);
  pthread_mutex_unlock(&mount->lock);
  pthread_join(mount->thread, NULL);
}

struct nlg_mount *nlg_mount_ref(struct nlg_mount *mount) {
  atomic_fetch_add(&mount->references, 1);
  return mount;
}

void nlg_mount_unref(struct nlg_mount *mount) {
  if (atomic_fetch_sub(&mount->references, 1) != 1) return;
  nlg_packetizer_destroy(mount->packetizer);
  nlg_memsink_destroy(&mount->sink);
  pthread_mutex_destroy(&mount->viewers_lock);
  pthread_mutex_destroy(&mount->lock);
  pthread_cond_destroy(&mount->wake);
  free(mount);
}

const char *nlg_mount_id(const struct nlg_mount *mount) {
  return mount->camera.id;
}

void nlg_mount_want(struct nlg_mount *mount) {
  pthread_mutex_lock(&mount->lock);
  ++mount->wanted;
  pthread_cond_signal(&mount->wake);
  pthread_mutex_unlock(&mount->lock);
  // The wait for a key frame overlaps the handshake.
  nlg_mount_request_key(mount);
}

void nlg_mount_unwant(struct nlg_mount *mount) {
  pthread_mutex_lock(&mount->lock);
  --mount->wanted;
  pthread_mutex_unlock(&mount->lock);
}

void nlg_mount_add(struct nlg_mount *mount, struct nlg_viewer *viewer) {
  viewer->waits_for_key = true;
  viewer->previous = NULL;
  pthread_mutex_lock(&mount->viewers_lock);
  viewer->next = mount->viewers;
  if (mount->viewers != NULL) mount->viewers->previous = viewer;
  mount->viewers = viewer;
  pthread_mutex_unlock(&mount->viewers_lock);
  atomic_fetch_add(&mount->viewer_count, 1);
  nlg_mount_request_key(mount);
}

void nlg_mount_remove(struct nlg_mount *mount, struct nlg_viewer *viewer) {
  pthread_mutex_lock(&mount->viewers_lock);
  if (viewer->previous != NULL) viewer->previous->next = viewer->next;
  else mount->viewers = viewer->next;
  if (viewer->next != NULL) viewer->next->previous = viewer->previous;
  pthread_mutex_unlock(&mount->viewers_lock);
  atomic_fetch_sub(&mount->viewer_count, 1);
}

void nlg_mount_request_key(struct nlg_mount *mount) {
  atomic_store(&mount->key_wanted, true);
}

void nlg_mount_report(struct nlg_mount *mount, struct nlg_report *report) {
  pthread_mutex_lock(&mount->lock);
  *report = mount->report;
  report->ready = is_ready(mount, nlg_now_us());
  pthread_mutex_unlock(&mount->lock);
  report->viewers = atomic_load(&mount->viewer_count);
}
