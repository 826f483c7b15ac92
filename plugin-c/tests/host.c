// SPDX-License-Identifier: GPL-3.0-or-later
#include "host.h"

#include "check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#define EVENTS_MAX 64
#define WAIT_SECONDS 20

struct host_handle {
  janus_plugin_session session;
  pthread_mutex_t lock;
  json_t *events[EVENTS_MAX];
  size_t event_count;
  unsigned long packets;
  uint16_t sequence;
  uint32_t timestamp;
  bool expects_key;
  int payload_type, media_index, rotation, playout_delay;
};

static atomic_int alive;

// --- Callbacks ---------------------------------------------------------------

static struct host_handle *of(janus_plugin_session *session) {
  return session->gateway_handle;
}

static int push_event(janus_plugin_session *session, janus_plugin *plugin,
                      const char *transaction, json_t *event, json_t *jsep) {
  struct host_handle *handle = of(session);
  json_t *copy = json_pack("{ss* so so*}", "transaction", transaction, "event",
                           json_deep_copy(event), "jsep",
                           jsep == NULL ? NULL : json_deep_copy(jsep));
  CHECK(plugin == create());
  CHECK(copy != NULL);
  if (g_atomic_int_get(&session->stopped)) {
    json_decref(copy);
    return -2;
  }
  pthread_mutex_lock(&handle->lock);
  CHECK(handle->event_count < EVENTS_MAX);
  handle->events[handle->event_count++] = copy;
  pthread_mutex_unlock(&handle->lock);
  return 0;
}

static uint32_t timestamp_of(const uint8_t *bytes) {
  return (uint32_t)bytes[4] << 24 | (uint32_t)bytes[5] << 16 |
         (uint32_t)bytes[6] << 8 | bytes[7];
}

static void check_packet(struct host_handle *handle,
                         const janus_plugin_rtp *packet) {
  const uint8_t *bytes = (const uint8_t *)packet->buffer;
  const uint16_t sequence = (uint16_t)(bytes[2] << 8 | bytes[3]);
  CHECK(packet->length > 12 && packet->length <= 1200);
  CHECK_INT(bytes[0] >> 6, 2);
  CHECK(packet->video);
  // No gap, whatever happened between: that is what the viewer would see.
  CHECK(handle->packets == 0 || sequence == (uint16_t)(handle->sequence + 1));
  CHECK(handle->packets == 0 ||
        (int32_t)(timestamp_of(bytes) - handle->timestamp) >= 0);
  // A picture that can be decoded alone begins with its parameter sets.
  if (handle->expects_key)
    CHECK((bytes[12] & 31) == 24 || (bytes[12] & 31) == 7);
}

static void relay_rtp(janus_plugin_session *session, janus_plugin_rtp *packet) {
  struct host_handle *handle = of(session);
  const uint8_t *bytes = (const uint8_t *)packet->buffer;
  pthread_mutex_lock(&handle->lock);
  check_packet(handle, packet);
  handle->expects_key = false;
  handle->sequence = (uint16_t)(bytes[2] << 8 | bytes[3]);
  handle->timestamp = timestamp_of(bytes);
  handle->payload_type = bytes[1] & 0x7f;
  handle->media_index = packet->mindex;
  handle->rotation = packet->extensions.video_rotation;
  if (packet->extensions.min_delay >= 0)
    handle->playout_delay = packet->extensions.max_delay;
  ++handle->packets;
  pthread_mutex_unlock(&handle->lock);
}

janus_callbacks host_callbacks = {.push_event = push_event,
                                  .relay_rtp = relay_rtp};

// --- Handles -----------------------------------------------------------------

static void free_handle(const janus_refcount *count) {
  janus_plugin_session *session =
    janus_refcount_containerof(count, janus_plugin_session, ref);
  struct host_handle *handle = of(session);
  for (size_t index = 0; index < handle->event_count; ++index)
    json_decref(handle->events[index]);
  pthread_mutex_destroy(&handle->lock);
  g_free(handle);
  atomic_fetch_sub(&alive, 1);
}

struct host_handle *host_attach(void) {
  struct host_handle *handle = g_malloc0(sizeof(*handle));
  int error = 0;
  pthread_mutex_init(&handle->lock, NULL);
  handle->session.gateway_handle = handle;
  handle->expects_key = true;
  handle->playout_delay = -1;
  create()->create_session(&handle->session, &error);
  CHECK_INT(error, 0);
  // The core's order: references come after the plugin has seen the handle.
  janus_refcount_init(&handle->session.ref, free_handle);
  janus_refcount_increase(&handle->session.ref);
  atomic_fetch_add(&alive, 1);
  return handle;
}

void host_detach(struct host_handle *handle) {
  int error = 0;
  g_atomic_int_set(&handle->session.stopped, 1);
  create()->destroy_session(&handle->session, &error);
  CHECK_INT(error, 0);
  janus_refcount_decrease(&handle->session.ref);
}

int host_alive(void) {
  return atomic_load(&alive);
}

bool host_send(struct host_handle *handle, const char *transaction,
               const char *body, json_t *jsep) {
  json_t *message = json_loads(body, JSON_DECODE_ANY, NULL);
  CHECK(message != NULL);
  janus_plugin_result *result = create()->handle_message(
    &handle->session, g_strdup(transaction), message, jsep);
  const bool taken = result->type == JANUS_PLUGIN_OK_WAIT;
  CHECK(taken || result->text != NULL);
  g_free(result);
  return taken;
}

static void nap(void) {
  usleep(1000);
}

json_t *host_receive(struct host_handle *handle) {
  const time_t until = time(NULL) + WAIT_SECONDS;
  json_t *event = NULL;
  while (event == NULL && time(NULL) < until) {
    pthread_mutex_lock(&handle->lock);
    if (handle->event_count > 0) {
      event = handle->events[0];
      --handle->event_count;
      memmove(handle->events, handle->events + 1,
              handle->event_count * sizeof(*handle->events));
    }
    pthread_mutex_unlock(&handle->lock);
    if (event == NULL) nap();
  }
  return event;
}

size_t host_pending(struct host_handle *handle) {
  pthread_mutex_lock(&handle->lock);
  const size_t count = handle->event_count;
  pthread_mutex_unlock(&handle->lock);
  return count;
}

void host_setup_media(struct host_handle *handle) {
  create()->setup_media(&handle->session);
}

void host_hangup(struct host_handle *handle) {
  create()->hangup_media(&handle->session);
}

void host_rtcp(struct host_handle *handle, const uint8_t *bytes, size_t size) {
  janus_plugin_rtcp packet = {.mindex = 0,
                              .video = TRUE,
                              .buffer = (char *)bytes,
                              .length = (uint16_t)size};
  create()->incoming_rtcp(&handle->session, &packet);
}

#define GETTER(type, function, field)                                          \
  type function(struct host_handle *handle) {                                  \
    pthread_mutex_lock(&handle->lock);                                         \
    type value = handle->field;                                                \
    pthread_mutex_unlock(&handle->lock);                                       \
    return value;                                                              \
  }
GETTER(unsigned long, host_packets, packets)
GETTER(int, host_payload_type, payload_type)
GETTER(int, host_media_index, media_index)
GETTER(int, host_rotation, rotation)
GETTER(int, host_playout_delay, playout_delay)

bool host_wait_packets(struct host_handle *handle, unsigned long count) {
  const time_t until = time(NULL) + WAIT_SECONDS;
  while (host_packets(handle) < count) {
    if (time(NULL) >= until) return false;
    nap();
  }
  return true;
}

void host_expect_key(struct host_handle *handle) {
  pthread_mutex_lock(&handle->lock);
  handle->expects_key = true;
  pthread_mutex_unlock(&handle->lock);
}
