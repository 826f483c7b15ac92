// SPDX-License-Identifier: GPL-3.0-or-later
#include "mount.h"

#include "clock.h"

#include <janus/debug.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/** RTP's clock for video (RFC 6184 section 8.2.1). */
#define RTP_HZ 90000.0

/**
 * Lock order: a session's lock, then the viewers'; `lock` comes last, and
 * nothing else is taken under it.
 */
struct nlg_mount {
  struct nlg_camera camera;
  nlg_mount_changed *changed;
  void *context;
  pthread_t thread;
  atomic_int references;
  atomic_bool key_wanted;

  struct nlg_viewers viewers;

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

static void lose_picture(struct nlg_mount *mount) {
  nlg_viewers_interrupt(&mount->viewers);
  nlg_mount_request_key(mount);
}

static void packetize(struct nlg_mount *mount, const struct nlg_frame *frame,
                      int64_t now_us) {
  const uint32_t timestamp = rtp_timestamp(mount, frame->grab_seconds, now_us);
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
    // Their request may have been lost with an encoder that restarted.
    if (nlg_viewers_relay(&mount->viewers, mount->packetizer, frame,
                          mount->unit.key))
      nlg_mount_request_key(mount);
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
  case NLG_POLL_FRAME:
    packetize(mount, &frame, now_us);
    break;
  case NLG_POLL_LOST:
    lose_picture(mount); // and tell the state:
  // fall through
  case NLG_POLL_NONE:
    publish(mount, now_us, false);
    break;
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

static void init_lock(struct nlg_mount *mount) {
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&mount->wake, &attributes);
  pthread_condattr_destroy(&attributes);
  pthread_mutex_init(&mount->lock, NULL);
}

struct nlg_mount *nlg_mount_new(const struct nlg_camera *camera,
                                const janus_callbacks *janus,
                                nlg_mount_changed *changed, void *context) {
  struct nlg_mount *mount = calloc(1, sizeof(*mount));
  if (mount == NULL) return NULL;
  mount->camera = *camera;
  mount->changed = changed;
  mount->context = context;
  mount->logged_state = NLG_STATE_LIVE;
  mount->report.state = NLG_STATE_SINK_ABSENT;
  atomic_init(&mount->references, 1);
  init_lock(mount);
  nlg_viewers_init(&mount->viewers, janus);
  nlg_memsink_init(&mount->sink, camera->sink);
  mount->packetizer = nlg_packetizer_new(camera->packet_size - NLG_ADDED_SIZE);
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
  nlg_viewers_destroy(&mount->viewers);
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
  nlg_viewers_add(&mount->viewers, viewer);
  nlg_mount_request_key(mount);
}

void nlg_mount_remove(struct nlg_mount *mount, struct nlg_viewer *viewer) {
  nlg_viewers_remove(&mount->viewers, viewer);
}

void nlg_mount_request_key(struct nlg_mount *mount) {
  atomic_store(&mount->key_wanted, true);
}

void nlg_mount_report(struct nlg_mount *mount, struct nlg_report *report) {
  pthread_mutex_lock(&mount->lock);
  *report = mount->report;
  report->ready = is_ready(mount, nlg_now_us());
  pthread_mutex_unlock(&mount->lock);
  report->viewers = atomic_load(&mount->viewers.count);
}
