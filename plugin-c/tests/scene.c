// SPDX-License-Identifier: GPL-3.0-or-later
#include "scene.h"

#include "check.h"
#include "clock.h"
#include "stream.h"

#include <unistd.h>

static void *film(void *argument) {
  struct camera *camera = argument;
  static _Thread_local uint8_t unit[32768];
  for (int number = 0; !atomic_load(&camera->stopping); ++number) {
    const bool can_ask = camera->writer.version->key_request_at > 0;
    const bool asked = can_ask && sink_key_requested(&camera->writer);
    const bool key = number % camera->group_size == 0 || asked;
    if (asked) atomic_fetch_add(&camera->requests, 1);
    const struct sink_frame frame = {
      .data = unit,
      .size = stream_access_unit(unit, key, camera->high,
                                 (size_t)(200 + number % 40 * 200)),
      .grab_seconds = (double)nlg_now_us() / 1e6,
      .key = key};
    sink_write(&camera->writer, &frame);
    atomic_store(&camera->picture, number);
    usleep(5000);
  }
  return NULL;
}

void start_camera(struct camera *camera, const char *id) {
  snprintf(camera->name, sizeof(camera->name), "nlg-%d-%s", (int)getpid(), id);
  sink_open(&camera->writer, camera->name, sink_version(camera->version));
  atomic_store(&camera->stopping, false);
  CHECK_INT(pthread_create(&camera->thread, NULL, film, camera), 0);
}

void stop_camera(struct camera *camera) {
  atomic_store(&camera->stopping, true);
  pthread_join(camera->thread, NULL);
  sink_close(&camera->writer);
}

json_t *ask(struct host_handle *handle, const char *body, json_t *jsep,
            char **sdp) {
  static atomic_int number;
  char transaction[32];
  snprintf(transaction, sizeof(transaction), "t%d",
           atomic_fetch_add(&number, 1));
  CHECK(host_send(handle, transaction, body, jsep));
  json_t *answer = host_receive(handle);
  CHECK(answer != NULL);
  CHECK_TEXT(json_string_value(json_object_get(answer, "transaction")),
             transaction);
  if (sdp != NULL) {
    json_t *got = json_object_get(answer, "jsep");
    *sdp = got == NULL
             ? NULL
             : g_strdup(json_string_value(json_object_get(got, "sdp")));
  }
  json_t *event = json_incref(json_object_get(answer, "event"));
  json_decref(answer);
  CHECK_TEXT(json_string_value(json_object_get(event, "ustreamer")), "event");
  return event;
}

void check_error(struct host_handle *handle, const char *body, int code,
                 const char *reason) {
  json_t *event = ask(handle, body, NULL, NULL);
  const char *got = json_string_value(json_object_get(event, "reason"));
  CHECK_INT(json_integer_value(json_object_get(event, "error_code")), code);
  CHECK(json_is_string(json_object_get(event, "error")));
  if (reason != NULL)
    CHECK_TEXT(got == NULL ? "" : got, reason);
  else
    CHECK(got == NULL);
  json_decref(event);
}

void check_status(struct host_handle *handle, const char *body,
                  const char *status) {
  json_t *event = ask(handle, body, NULL, NULL);
  json_t *result = json_object_get(event, "result");
  CHECK_TEXT(json_string_value(json_object_get(result, "status")), status);
  json_decref(event);
}

void watch(struct host_handle *handle, const char *body, const char *profile) {
  char *sdp, fmtp[64];
  json_t *event = ask(handle, body, NULL, &sdp);
  json_t *result = json_object_get(event, "result");
  const char *status = json_string_value(json_object_get(result, "status"));
  CHECK_TEXT(status == NULL ? "" : status, "started");
  CHECK(sdp != NULL);
  snprintf(fmtp, sizeof(fmtp), "profile-level-id=%s", profile);
  CHECK(strstr(sdp, fmtp) != NULL);
  g_free(sdp);
  json_decref(event);
}
