// SPDX-License-Identifier: GPL-3.0-or-later
#include "request.h"

#include <janus/debug.h>
#include <stdlib.h>
#include <string.h>

// --- Answers -----------------------------------------------------------------

void nlg_request_answer(const struct nlg_service *service,
                        const struct nlg_request *request, json_t *event,
                        json_t *jsep) {
  service->janus->push_event(request->session->handle, service->plugin,
                             request->transaction, event, jsep);
  json_decref(event);
  json_decref(jsep);
}

void nlg_request_refuse(const struct nlg_service *service,
                        const struct nlg_request *request, int code,
                        const char *text, const char *reason) {
  json_t *event = json_pack("{ss si ss}", "ustreamer", "event", "error_code",
                            code, "error", text);
  if (reason != NULL) json_object_set_new(event, "reason", json_string(reason));
  nlg_request_answer(service, request, event, NULL);
}

json_t *nlg_request_status(const char *status) {
  return json_pack("{ss s{ss}}", "ustreamer", "event", "result", "status",
                   status);
}

bool nlg_request_check(const struct nlg_service *service,
                       const struct nlg_request *request, json_t *object,
                       const struct janus_json_parameter *parameter) {
  const struct janus_json_parameter table[1] = {*parameter};
  int code;
  char cause[160];
  JANUS_VALIDATE_JSON_OBJECT(object, table, code, cause, FALSE, NLG_BAD_REQUEST,
                             NLG_BAD_REQUEST);
  if (code != 0) nlg_request_refuse(service, request, code, cause, NULL);
  return code == 0;
}

// --- Requests ----------------------------------------------------------------

static bool on_start(const struct nlg_service *service,
                     struct nlg_request *request) {
  nlg_session_set_paused(request->session, false);
  nlg_request_answer(service, request, nlg_request_status("started"), NULL);
  return true;
}

static bool on_stop(const struct nlg_service *service,
                    struct nlg_request *request) {
  nlg_session_set_paused(request->session, true);
  nlg_request_answer(service, request, nlg_request_status("stopped"), NULL);
  return true;
}

static bool on_features(const struct nlg_service *service,
                        struct nlg_request *request) {
  // The name that PiKVM's services set for µStreamer's own plugin.
  const char *url = getenv("JANUS_USTREAMER_WEB_ICE_URL");
  json_t *event = nlg_request_status("features");
  json_object_set_new(json_object_get(event, "result"), "features",
                      json_pack("{sb sb s{ss}}", "audio", 0, "mic", 0, "ice",
                                "url", url != NULL ? url : ""));
  nlg_request_answer(service, request, event, NULL);
  return true;
}

/** Like µStreamer's own plugin, it gives no answer but Janus's ack. */
static bool on_key_required(const struct nlg_service *service,
                            struct nlg_request *request) {
  (void)service;
  nlg_session_request_key(request->session);
  return true;
}

static json_t *describe(struct nlg_mount *mount) {
  struct nlg_report report;
  json_t *camera;
  nlg_mount_report(mount, &report);
  camera =
    json_pack("{ss ss si}", "id", nlg_mount_id(mount), "state",
              nlg_state_name(report.state), "viewers", (int)report.viewers);
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

static bool on_status(const struct nlg_service *service,
                      struct nlg_request *request) {
  json_t *event = nlg_request_status("status");
  json_t *cameras = json_array();
  for (size_t index = 0; index < *service->mount_count; ++index)
    json_array_append_new(cameras, describe(service->mounts[index]));
  json_object_set_new(json_object_get(event, "result"), "cameras", cameras);
  nlg_request_answer(service, request, event, NULL);
  return true;
}

static const struct {
  const char *name;
  bool (*handle)(const struct nlg_service *service,
                 struct nlg_request *request);
} REQUESTS[] = {
  {"watch", nlg_request_watch},
  {"start", on_start},
  {"stop", on_stop},
  {"features", on_features},
  {"status", on_status},
  {"key_required", on_key_required},
};

static const struct janus_json_parameter REQUEST_TYPE = {
  "request", JANUS_JSON_STRING, JANUS_JSON_PARAM_REQUIRED};

bool nlg_request_handle(const struct nlg_service *service,
                        struct nlg_request *request) {
  const char *name;
  if (!json_is_object(request->body)) {
    nlg_request_refuse(service, request, NLG_BAD_REQUEST,
                       "The message is no object", NULL);
    return true;
  }
  if (!nlg_request_check(service, request, request->body, &REQUEST_TYPE))
    return true;
  name = json_string_value(json_object_get(request->body, "request"));
  for (size_t index = 0; index < G_N_ELEMENTS(REQUESTS); ++index)
    if (strcmp(REQUESTS[index].name, name) == 0)
      return REQUESTS[index].handle(service, request);
  nlg_request_refuse(service, request, NLG_NOT_IMPLEMENTED, "Not implemented",
                     NULL);
  return true;
}

void nlg_request_release(struct nlg_request *request) {
  if (request->mount != NULL) {
    nlg_mount_unwant(request->mount);
    nlg_mount_unref(request->mount);
  }
  g_free(request->transaction);
  json_decref(request->body);
  json_decref(request->jsep);
  atomic_fetch_sub(&request->session->messages, 1);
  nlg_session_unref(request->session);
}
