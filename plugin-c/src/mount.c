// SPDX-License-Identifier: GPL-3.0-or-later
#define _GNU_SOURCE
#include "mount.h"

#include "clock.h"
#include "rhythm.h"

#include <janus/debug.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/** Linux's bound, the final zero included (pthread_setname_np(3)). */
#define THREAD_NAME_SIZE 16

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

  /** Its viewers have a lock of their own; the rest is the thread's. */
  struct nlg_stream stream;

  pthread_mutex_t lock;
  pthread_cond_t wake;
  unsigned wanted;
  bool stopping;
  struct nlg_report report;
  int64_t picture_us;

  // The thread's own.
  struct nlg_memsink sink;
  struct nlg_rhythm rhythm;
  unsigned object_count;
  enum nlg_state logged_state;
  int64_t logged_us, key_request_us;
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
  if (mount->stream.unit.profile[0] != '\0') {
    report->width = mount->stream.unit.width;
    report->height = mount->stream.unit.height;
    memcpy(report->profile, mount->stream.unit.profile,
           sizeof(report->profile));
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

static void send_frame(struct nlg_mount *mount, const struct nlg_frame *frame,
                       int64_t now_us) {
  const bool cache = !nlg_memsink_can_request_key(&mount->sink);
  int result;
  // Before it is sent: who comes while it is may ask again.
  if (frame->key && frame->fresh) atomic_store(&mount->key_wanted, false);
  result = nlg_stream_send(&mount->stream, frame, now_us, cache);
  if (result < 0) {
    mount->sink.state = NLG_STATE_INVALID_STREAM;
    snprintf(mount->sink.detail, sizeof(mount->sink.detail),
             "packetizer status %d", result);
  }
  if (result > 0) count_picture(mount, now_us);
  publish(mount, now_us, result > 0);
}

static void poll_sink(struct nlg_mount *mount, int64_t now_us) {
  struct nlg_frame frame;
  size_t capacity;
  enum nlg_poll result;
  uint8_t *into = nlg_packetizer_frame(mount->stream.packetizer, &capacity);
  if (now_us - mount->key_request_us >= NLG_KEY_REQUEST_US &&
      atomic_exchange(&mount->key_wanted, false)) {
    mount->key_request_us = now_us;
    nlg_memsink_request_key(&mount->sink);
  }
  result = nlg_memsink_poll(&mount->sink, now_us, into, capacity, &frame);
  // Another object's pictures do not go on from this one's.
  if (result == NLG_POLL_LOST ||
      mount->object_count != mount->sink.object_count)
    nlg_stream_interrupt(&mount->stream);
  mount->object_count = mount->sink.object_count;
  if (result != NLG_POLL_NONE) nlg_rhythm_picture(&mount->rhythm, now_us);
  if (result == NLG_POLL_FRAME)
    send_frame(mount, &frame, now_us);
  else
    publish(mount, now_us, false);
  // Again and again: a request may be lost with an encoder that restarts.
  if (mount->stream.key_needed) nlg_mount_request_key(mount);
  mount->stream.key_needed = false;
}

/** When to look again. */
static int64_t next_look_us(const struct nlg_mount *mount, bool active,
                            bool key_wanted) {
  const int64_t now_us = nlg_now_us();
  const int64_t due_us = nlg_rhythm_due_us(&mount->rhythm);
  if (!active) return now_us + NLG_DOZE_US;
  // A request goes out with a look.
  if (key_wanted || due_us < now_us + NLG_POLL_US) return now_us + NLG_POLL_US;
  return due_us;
}

/** Sleeps until the next look, or less if there is something to do. */
static bool wait_for_work(struct nlg_mount *mount, bool *active) {
  const bool was_active = *active;
  const bool was_wanted = atomic_load(&mount->key_wanted);
  const struct timespec until =
    nlg_timespec(next_look_us(mount, was_active, was_wanted));
  bool go_on;
  int late = 0;
  pthread_mutex_lock(&mount->lock);
  do {
    *active = mount->camera.keep_warm || mount->wanted > 0;
    if (mount->stopping || *active != was_active ||
        (!was_wanted && atomic_load(&mount->key_wanted)))
      break;
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
      // What comes until somebody watches again is not seen.
      nlg_stream_interrupt(&mount->stream);
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
  char name[THREAD_NAME_SIZE];
  if (mount == NULL) return NULL;
  mount->camera = *camera;
  mount->changed = changed;
  mount->context = context;
  mount->logged_state = NLG_STATE_LIVE;
  mount->report.state = NLG_STATE_SINK_ABSENT;
  atomic_init(&mount->references, 1);
  init_lock(mount);
  nlg_memsink_init(&mount->sink, camera->sink);
  if (!nlg_stream_init(&mount->stream, camera->packet_size, janus) ||
      pthread_create(&mount->thread, NULL, run, mount) != 0) {
    nlg_mount_unref(mount);
    return NULL;
  }
  // For top and gdb: which camera it is.
  snprintf(name, sizeof(name), "nlg %.11s", camera->id);
  pthread_setname_np(mount->thread, name);
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
  nlg_stream_destroy(&mount->stream);
  nlg_memsink_destroy(&mount->sink);
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
  nlg_viewers_add(&mount->stream.viewers, viewer);
  nlg_mount_request_key(mount);
}

void nlg_mount_remove(struct nlg_mount *mount, struct nlg_viewer *viewer) {
  nlg_viewers_remove(&mount->stream.viewers, viewer);
}

void nlg_mount_request_key(struct nlg_mount *mount) {
  if (atomic_exchange(&mount->key_wanted, true)) return;
  pthread_mutex_lock(&mount->lock);
  pthread_cond_signal(&mount->wake);
  pthread_mutex_unlock(&mount->lock);
}

void nlg_mount_report(struct nlg_mount *mount, struct nlg_report *report) {
  pthread_mutex_lock(&mount->lock);
  *report = mount->report;
  report->ready = is_ready(mount, nlg_now_us());
  pthread_mutex_unlock(&mount->lock);
  report->viewers = atomic_load(&mount->stream.viewers.count);
}
