// SPDX-License-Identifier: GPL-3.0-or-later
#include "message.h"

#include "clock.h"
#include "sdp.h"

#include <janus/debug.h>
#include <stdlib.h>
#include <string.h>
#include <janus/utils.h>

/** Codes inside a plugin event; the seed's client knows 503. */
enum {
  BAD_REQUEST = 400,
  NOT_FOUND = 404,
  NOT_IMPLEMENTED = 405,
  UNAVAILABLE = 503,
};

/** Owns all it points to; `mount` is referenced and wanted. */
struct message {
  struct message *next;
  struct nlg_session *session;
  char *transaction;
  json_t *body, *jsep;
  /** A `watch` that waits for this camera until then. */
  struct nlg_mount *mount;
  int16_t orientation;
  int64_t deadline_us;
};

struct nlg_messages {
  struct nlg_message_context context;
  pthread_t thread;
  /** Held only to move messages; nothing else is taken under it. */
  pthread_mutex_t lock;
  pthread_cond_t wake;
  struct message *first, **last;
  size_t count;
  bool stopping, woken;
  // The thread's own.
  struct message *waiting;
};

// --- Answers -----------------------------------------------------------------

static void push(struct nlg_messages *messages, const struct message *message,
                 json_t *event, json_t *jsep) {
  messages->context.janus->push_event(message->session->handle,
                                      messages->context.plugin,
                                      message->transaction, event, jsep);
  json_decref(event);
  json_decref(jsep);
}

static void answer_error(struct nlg_messages *messages,
                         const struct message *message, int code,
                         const char *text, const char *reason) {
  json_t *event = json_pack("{ss si ss}", "ustreamer", "event", "error_code",
                            code, "error", text);
  if (reason != NULL)
    json_object_set_new(event, "reason", json_string(reason));
  push(messages, message, event, NULL);
}

static json_t *status_event(const char *status) {
  return json_pack("{ss s{ss}}", "ustreamer", "event", "result", "status",
                   status);
}

static void answer_status(struct nlg_messages *messages,
                          const struct message *message, const char *status) {
  push(messages, message, status_event(status), NULL);
}

// --- watch -------------------------------------------------------------------

static struct nlg_mount *find_mount(const struct nlg_messages *messages,
                                    const char *id) {
  for (size_t index = 0; index < *messages->context.mount_count; ++index) {
    struct nlg_mount *mount = messages->context.mounts[index];
    // Without an id, as µStreamer's own pages ask: the first camera.
    if (id == NULL || strcmp(nlg_mount_id(mount), id) == 0) return mount;
  }
  return NULL;
}

/** Makes the offer or, to a client's offer, the answer. 0 or an SDP error. */
static int negotiate(const struct message *message, const char *profile,
                     json_t **jsep, struct nlg_sdp_media *media) {
  static const struct nlg_sdp_media OURS = {0, NLG_SDP_PAYLOAD_TYPE};
  const char *offer = json_string_value(json_object_get(message->jsep, "sdp"));
  struct nlg_sdp_origin *origin = &message->session->origin;
  char text[NLG_SDP_TEXT_SIZE];
  int result = 0;
  ++origin->version;
  *media = OURS;
  if (offer != NULL)
    result = nlg_sdp_answer(offer, profile, origin, text, media);
  else
    nlg_sdp_offer(profile, origin, text);
  if (result == 0)
    *jsep = json_pack("{ss ss}", "type", offer != NULL ? "answer" : "offer",
                      "sdp", text);
  return result;
}

static void start_watching(struct nlg_messages *messages,
                           const struct message *message,
                           const struct nlg_report *report) {
  struct nlg_sdp_media media;
  json_t *jsep = NULL;
  const int result = negotiate(message, report->profile, &jsep, &media);
  if (result != 0) {
    answer_error(messages, message, BAD_REQUEST, nlg_sdp_strerror(result),
                 NULL);
  } else if (nlg_session_watch(message->session, message->mount, media,
                               message->orientation)) {
    push(messages, message, status_event("started"), jsep);
  } else {
    json_decref(jsep);
  }
}

/** Answers a `watch` if its time has come. */
static bool try_watch(struct nlg_messages *messages,
                      const struct message *message) {
  struct nlg_report report;
  enum nlg_state reason;
  nlg_mount_report(message->mount, &report);
  if (report.ready) {
    start_watching(messages, message, &report);
    return true;
  }
  if (nlg_now_us() < message->deadline_us) return false;
  // A sink in order, but its writer has not woken up in this time; or it has,
  // and no parameter sets have come yet.
  reason = report.state;
  if (reason == NLG_STATE_LIVE || reason == NLG_STATE_NO_SIGNAL)
    reason = report.profile[0] == '\0' ? NLG_STATE_SINK_WAITING
                                       : NLG_STATE_SINK_STALLED;
  answer_error(messages, message, UNAVAILABLE, nlg_state_title(reason),
               nlg_state_name(reason));
  return true;
}

static bool is_orientation(json_int_t degrees) {
  return degrees == 0 || degrees == 90 || degrees == 180 || degrees == 270;
}

/** Checks types; answers with 400 and gives false if one is wrong. */
static bool check_types(struct nlg_messages *messages,
                        const struct message *message, json_t *object,
                        const struct janus_json_parameter *parameter) {
  const struct janus_json_parameter table[1] = {*parameter};
  int code;
  char cause[160];
  JANUS_VALIDATE_JSON_OBJECT(object, table, code, cause, FALSE, BAD_REQUEST,
                             BAD_REQUEST);
  if (code != 0) answer_error(messages, message, code, cause, NULL);
  return code == 0;
}

static const struct janus_json_parameter REQUEST_TYPE = {
  "request", JANUS_JSON_STRING, JANUS_JSON_PARAM_REQUIRED};
static const struct janus_json_parameter ID_TYPE = {"id", JANUS_JSON_STRING, 0};
static const struct janus_json_parameter PARAMS_TYPE = {"params", JSON_OBJECT,
                                                        0};
static const struct janus_json_parameter ORIENTATION_TYPE = {
  "orientation", JANUS_JSON_INTEGER, 0};

/** Reads params.orientation; false if it was refused. */
static bool read_orientation(struct nlg_messages *messages,
                             struct message *message) {
  json_t *params = json_object_get(message->body, "params");
  json_t *degrees = json_object_get(params, "orientation");
  message->orientation = -1;
  if (degrees == NULL) return true;
  if (!check_types(messages, message, params, &ORIENTATION_TYPE)) return false;
  if (!is_orientation(json_integer_value(degrees))) {
    answer_error(messages, message, BAD_REQUEST,
                 "Cannot use orientation: expected 0, 90, 180 or 270", NULL);
    return false;
  }
  message->orientation = (int16_t)json_integer_value(degrees);
  return true;
}

/** Whether an answer was given; if not, the message waits for its camera. */
typedef bool request_handler(struct nlg_messages *messages,
                             struct message *message);

static bool on_watch(struct nlg_messages *messages, struct message *message) {
  const char *type = json_string_value(json_object_get(message->jsep, "type"));
  struct nlg_mount *mount;
  if (!check_types(messages, message, message->body, &ID_TYPE) ||
      !check_types(messages, message, message->body, &PARAMS_TYPE) ||
      !read_orientation(messages, message))
    return true;
  if (type != NULL && strcmp(type, "offer") != 0) {
    answer_error(messages, message, BAD_REQUEST,
                 "Cannot watch with an answer: expected an offer or nothing",
                 NULL);
    return true;
  }
  mount = find_mount(messages,
                     json_string_value(json_object_get(message->body, "id")));
  if (mount == NULL) {
    answer_error(messages, message, NOT_FOUND, "There is no such camera", NULL);
    return true;
  }
  message->mount = nlg_mount_ref(mount);
  nlg_mount_want(mount);
  message->deadline_us = nlg_now_us() + NLG_WATCH_WAIT_US;
  return try_watch(messages, message);
}

// --- The other requests ------------------------------------------------------

static bool on_start(struct nlg_messages *messages, struct message *message) {
  nlg_session_set_paused(message->session, false);
  answer_status(messages, message, "started");
  return true;
}

static bool on_stop(struct nlg_messages *messages, struct message *message) {
  nlg_session_set_paused(message->session, true);
  answer_status(messages, message, "stopped");
  return true;
}

static bool on_features(struct nlg_messages *messages,
                        struct message *message) {
  // The name that PiKVM's services set for µStreamer's own plugin.
  const char *url = getenv("JANUS_USTREAMER_WEB_ICE_URL");
  json_t *event = status_event("features");
  json_object_set_new(json_object_get(event, "result"), "features",
                      json_pack("{sb sb s{ss}}", "audio", 0, "mic", 0, "ice",
                                "url", url != NULL ? url : ""));
  push(messages, message, event, NULL);
  return true;
}

/** Like µStreamer's own plugin, it gives no answer but Janus's ack. */
static bool on_key_required(struct nlg_messages *messages,
                            struct message *message) {
  (void)messages;
  nlg_session_request_key(message->session);
  return true;
}

static json_t *describe(struct nlg_mount *mount) {
  struct nlg_report report;
  json_t *camera;
  nlg_mount_report(mount, &report);
  camera = json_pack("{ss ss si}", "id", nlg_mount_id(mount), "state",
                     nlg_state_name(report.state), "viewers",
                     (int)report.viewers);
  if (report.detail[0] != '\0')
    json_object_set_new(camera, "detail", json_string(report.detail));
  if (report.profile[0] != '\0') {
    json_object_set_new(camera, "profile_level_id",
                        json_string(report.profile));
    json_object_set_new(camera, "width", json_integer(report.width));
    json_object_set_new(camera, "height", json_integer(report.height));
  }
  if (report.ready && report.fps > 0)
    json_object_set_new(camera, "fps", json_real(report.fps));
  return camera;
}

static bool on_status(struct nlg_messages *messages, struct message *message) {
  json_t *event = status_event("status");
  json_t *cameras = json_array();
  for (size_t index = 0; index < *messages->context.mount_count; ++index)
    json_array_append_new(cameras, describe(messages->context.mounts[index]));
  json_object_set_new(json_object_get(event, "result"), "cameras", cameras);
  push(messages, message, event, NULL);
  return true;
}

static const struct {
  const char *name;
  request_handler *handler;
} REQUESTS[] = {
  {"watch", on_watch},       {"start", on_start},
  {"stop", on_stop},         {"features", on_features},
  {"status", on_status},     {"key_required", on_key_required},
};

static bool handle(struct nlg_messages *messages, struct message *message) {
  const char *request;
  if (!json_is_object(message->body)) {
    answer_error(messages, message, BAD_REQUEST, "The message is no object",
                 NULL);
    return true;
  }
  if (!check_types(messages, message, message->body, &REQUEST_TYPE))
    return true;
  request = json_string_value(json_object_get(message->body, "request"));
  for (size_t index = 0; index < G_N_ELEMENTS(REQUESTS); ++index)
    if (strcmp(REQUESTS[index].name, request) == 0)
      return REQUESTS[index].handler(messages, message);
  answer_error(messages, message, NOT_IMPLEMENTED, "Not implemented", NULL);
  return true;
}

// --- The queue ---------------------------------------------------------------

static void free_message(struct nlg_messages *messages,
                         struct message *message) {
  if (message->mount != NULL) {
    nlg_mount_unwant(message->mount);
    nlg_mount_unref(message->mount);
  }
  g_free(message->transaction);
  json_decref(message->body);
  json_decref(message->jsep);
  atomic_fetch_sub(&message->session->messages, 1);
  nlg_session_unref(message->session);
  free(message);
  pthread_mutex_lock(&messages->lock);
  --messages->count;
  pthread_mutex_unlock(&messages->lock);
}

static void free_all(struct nlg_messages *messages, struct message *message) {
  while (message != NULL) {
    struct message *next = message->next;
    free_message(messages, message);
    message = next;
  }
}

/** Waits for messages, news of cameras, or the first deadline. */
static struct message *take(struct nlg_messages *messages) {
  int64_t until_us = INT64_MAX;
  struct message *taken;
  for (struct message *it = messages->waiting; it != NULL; it = it->next)
    if (it->deadline_us < until_us) until_us = it->deadline_us;
  pthread_mutex_lock(&messages->lock);
  while (messages->first == NULL && !messages->woken && !messages->stopping) {
    const struct timespec until = nlg_timespec(until_us);
    if (messages->waiting == NULL)
      pthread_cond_wait(&messages->wake, &messages->lock);
    else if (pthread_cond_timedwait(&messages->wake, &messages->lock,
                                    &until) != 0)
      break;
  }
  messages->woken = false;
  taken = messages->first;
  messages->first = NULL;
  messages->last = &messages->first;
  pthread_mutex_unlock(&messages->lock);
  return taken;
}

static bool is_stopping(struct nlg_messages *messages) {
  bool stopping;
  pthread_mutex_lock(&messages->lock);
  stopping = messages->stopping;
  pthread_mutex_unlock(&messages->lock);
  return stopping;
}

static void answer_waiting(struct nlg_messages *messages) {
  struct message **link = &messages->waiting;
  while (*link != NULL) {
    struct message *message = *link;
    if (try_watch(messages, message)) {
      *link = message->next;
      free_message(messages, message);
    } else {
      link = &message->next;
    }
  }
}

static void *run(void *argument) {
  struct nlg_messages *messages = argument;
  while (!is_stopping(messages)) {
    struct message *message = take(messages);
    while (message != NULL) {
      struct message *next = message->next;
      if (handle(messages, message)) {
        free_message(messages, message);
      } else {
        message->next = messages->waiting;
        messages->waiting = message;
      }
      message = next;
    }
    answer_waiting(messages);
  }
  free_all(messages, messages->waiting);
  return NULL;
}

struct nlg_messages *
nlg_messages_new(const struct nlg_message_context *context) {
  struct nlg_messages *messages = calloc(1, sizeof(*messages));
  pthread_condattr_t attributes;
  if (messages == NULL) return NULL;
  messages->context = *context;
  messages->last = &messages->first;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&messages->wake, &attributes);
  pthread_condattr_destroy(&attributes);
  pthread_mutex_init(&messages->lock, NULL);
  if (pthread_create(&messages->thread, NULL, run, messages) == 0)
    return messages;
  pthread_mutex_destroy(&messages->lock);
  pthread_cond_destroy(&messages->wake);
  free(messages);
  return NULL;
}

void nlg_messages_destroy(struct nlg_messages *messages) {
  pthread_mutex_lock(&messages->lock);
  messages->stopping = true;
  pthread_cond_signal(&messages->wake);
  pthread_mutex_unlock(&messages->lock);
  pthread_join(messages->thread, NULL);
  free_all(messages, messages->first);
  pthread_mutex_destroy(&messages->lock);
  pthread_cond_destroy(&messages->wake);
  free(messages);
}

bool nlg_messages_push(struct nlg_messages *messages,
                       struct nlg_session *session, char *transaction,
                       json_t *body, json_t *jsep) {
  struct message *message = calloc(1, sizeof(*message));
  bool full = message == NULL;
  if (!full) {
    *message = (struct message){.session = session,
                                .transaction = transaction,
                                .body = body,
                                .jsep = jsep};
    pthread_mutex_lock(&messages->lock);
    full = messages->count == NLG_MESSAGES_MAX ||
           atomic_load(&session->messages) >= NLG_MESSAGES_PER_SESSION_MAX;
    if (!full) {
      nlg_session_ref(session);
      atomic_fetch_add(&session->messages, 1);
      ++messages->count;
      *messages->last = message;
      messages->last = &message->next;
      pthread_cond_signal(&messages->wake);
    }
    pthread_mutex_unlock(&messages->lock);
  }
  if (!full) return true;
  free(message);
  g_free(transaction);
  json_decref(body);
  json_decref(jsep);
  return false;
}

void nlg_messages_wake(struct nlg_messages *messages) {
  pthread_mutex_lock(&messages->lock);
  messages->woken = true;
  pthread_cond_signal(&messages->wake);
  pthread_mutex_unlock(&messages->lock);
}
