// SPDX-License-Identifier: GPL-3.0-or-later
/** What clients ask for, and what they are answered. */
#ifndef NLG_REQUEST_H
#define NLG_REQUEST_H

#include "session.h"

#include <jansson.h>
#include <janus/plugins/plugin.h>
#include <janus/utils.h>
#include <stdbool.h>
#include <stddef.h>

/** Codes inside a plugin event; the seed's client knows 503. */
enum {
  NLG_BAD_REQUEST = 400,
  NLG_NOT_FOUND = 404,
  NLG_NOT_IMPLEMENTED = 405,
  NLG_UNAVAILABLE = 503,
};

/** What answering needs; all of it outlives the requests. */
struct nlg_service {
  const janus_callbacks *janus;
  janus_plugin *plugin;
  struct nlg_mount *const *mounts;
  const size_t *mount_count;
};

/** One message of a client. Owns all it points to. */
struct nlg_request {
  struct nlg_session *session;
  char *transaction;
  json_t *body, *jsep;
  /** A `watch` that waits for this camera, referenced and wanted, until then.
   */
  struct nlg_mount *mount;
  int16_t orientation;
  int64_t deadline_us;
};

/** Gives an answer; false: the request waits for its camera. */
bool nlg_request_handle(const struct nlg_service *service,
                        struct nlg_request *request);

/** Answers a request that waits, if its time has come. */
bool nlg_request_retry(const struct nlg_service *service,
                       const struct nlg_request *request);

/** Lets go of all it owns. */
void nlg_request_release(struct nlg_request *request);

/** Sends an event; takes the references of `event` and `jsep`. */
void nlg_request_answer(const struct nlg_service *service,
                        const struct nlg_request *request, json_t *event,
                        json_t *jsep);

/** Sends an error; `reason` may be NULL. */
void nlg_request_refuse(const struct nlg_service *service,
                        const struct nlg_request *request, int code,
                        const char *text, const char *reason);

/** An event of that status, to be answered with. */
json_t *nlg_request_status(const char *status);

/** Checks a value's type; answers with 400 and gives false if it is wrong. */
bool nlg_request_check(const struct nlg_service *service,
                       const struct nlg_request *request, json_t *object,
                       const struct janus_json_parameter *parameter);

/** `watch`: like nlg_request_handle. */
bool nlg_request_watch(const struct nlg_service *service,
                       struct nlg_request *request);

#endif
