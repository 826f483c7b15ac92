// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * The queue of clients' requests. One thread gives all answers, because `watch`
 * may have to wait for a picture and Janus's own threads must not.
 */
#ifndef NLG_MESSAGE_H
#define NLG_MESSAGE_H

#include "request.h"

#include <jansson.h>
#include <stdbool.h>

struct nlg_messages;

/** Starts the thread; NULL if that is not possible. */
struct nlg_messages *nlg_messages_new(const struct nlg_service *service);

/** Ends the thread. What waits stays unanswered. */
void nlg_messages_destroy(struct nlg_messages *messages);

/**
 * Takes a message as Janus gives it, ownership of transaction, body and jsep
 * included. False: too many wait already.
 */
bool nlg_messages_push(struct nlg_messages *messages,
                       struct nlg_session *session, char *transaction,
                       json_t *body, json_t *jsep);

/** Looks again at the `watch`es that wait: a camera has changed. */
void nlg_messages_wake(struct nlg_messages *messages);

#endif
