// SPDX-License-Identifier: GPL-3.0-or-later
/** The one request that may have to wait, for its camera's first picture. */
#include "clock.h"
#include "request.h"
#include "sdp.h"

#include <string.h>

static struct nlg_mount *find_mount(const struct nlg_service *service,
                                    const char *id) {
  for (size_t index = 0; index < *service->mount_count; ++index) {
    struct nlg_mount *mount = service->mounts[index];
    // Without an id, as µStreamer's own pages ask: the first camera.
    if (id == NULL || strcmp(nlg_mount_id(mount), id) == 0) return mount;
  }
  return NULL;
}

/** Makes the offer or, to a client's offer, the answer. 0 or an SDP error. */
static int negotiate(const struct nlg_request *request, const char *profile,
                     json_t **jsep, struct nlg_sdp_media *media) {
  static const struct nlg_sdp_media OURS = {0, NLG_SDP_PAYLOAD_TYPE};
  const char *offer = json_string_value(json_object_get(request->jsep, "sdp"));
  struct nlg_sdp_origin *origin = &request->session->origin;
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

static void start_watching(const struct nlg_service *service,
                           const struct nlg_request *request,
                           const struct nlg_report *report) {
  struct nlg_sdp_media media;
  json_t *jsep = NULL;
  const int result = negotiate(request, report->profile, &jsep, &media);
  if (result != 0) {
    nlg_request_refuse(service, request, NLG_BAD_REQUEST,
                       nlg_sdp_strerror(result), NULL);
  } else if (nlg_session_watch(request->session, request->mount, media,
                               request->orientation)) {
    nlg_request_answer(service, request, nlg_request_status("started"), jsep);
  } else {
    json_decref(jsep);
  }
}

bool nlg_request_retry(const struct nlg_service *service,
                       const struct nlg_request *request) {
  struct nlg_report report;
  enum nlg_state reason;
  nlg_mount_report(request->mount, &report);
  if (report.ready) {
    start_watching(service, request, &report);
    return true;
  }
  if (nlg_now_us() < request->deadline_us) return false;
  // A sink in order, but its writer has not woken up in this time; or it has,
  // and no parameter sets have come yet.
  reason = report.state;
  if (reason == NLG_STATE_LIVE || reason == NLG_STATE_NO_SIGNAL)
    reason = report.profile[0] == '\0' ? NLG_STATE_SINK_WAITING
                                       : NLG_STATE_SINK_STALLED;
  nlg_request_refuse(service, request, NLG_UNAVAILABLE, nlg_state_title(reason),
                     nlg_state_name(reason));
  return true;
}

static bool is_orientation(json_int_t degrees) {
  return degrees == 0 || degrees == 90 || degrees == 180 || degrees == 270;
}

static const struct janus_json_parameter ID_TYPE = {"id", JANUS_JSON_STRING, 0};
static const struct janus_json_parameter PARAMS_TYPE = {"params", JSON_OBJECT,
                                                        0};
static const struct janus_json_parameter ORIENTATION_TYPE = {
  "orientation", JANUS_JSON_INTEGER, 0};

/** Reads params.orientation; false if it was refused. */
static bool read_orientation(const struct nlg_service *service,
                             struct nlg_request *request) {
  json_t *params = json_object_get(request->body, "params");
  json_t *degrees = json_object_get(params, "orientation");
  request->orientation = -1;
  if (degrees == NULL) return true;
  if (!nlg_request_check(service, request, params, &ORIENTATION_TYPE))
    return false;
  if (!is_orientation(json_integer_value(degrees))) {
    nlg_request_refuse(service, request, NLG_BAD_REQUEST,
                       "Cannot use orientation: expected 0, 90, 180 or 270",
                       NULL);
    return false;
  }
  request->orientation = (int16_t)json_integer_value(degrees);
  return true;
}

bool nlg_request_watch(const struct nlg_service *service,
                       struct nlg_request *request) {
  json_t *body = request->body;
  const char *type = json_string_value(json_object_get(request->jsep, "type"));
  struct nlg_mount *mount;
  if (!nlg_request_check(service, request, body, &ID_TYPE) ||
      !nlg_request_check(service, request, body, &PARAMS_TYPE) ||
      !read_orientation(service, request))
    return true;
  if (type != NULL && strcmp(type, "offer") != 0) {
    nlg_request_refuse(
      service, request, NLG_BAD_REQUEST,
      "Cannot watch with an answer: expected an offer or nothing", NULL);
    return true;
  }
  mount = find_mount(service, json_string_value(json_object_get(body, "id")));
  if (mount == NULL) {
    nlg_request_refuse(service, request, NLG_NOT_FOUND,
                       "There is no such camera", NULL);
    return true;
  }
  request->mount = nlg_mount_ref(mount);
  nlg_mount_want(mount);
  request->deadline_us = nlg_now_us() + NLG_WATCH_WAIT_US;
  return nlg_request_retry(service, request);
}
