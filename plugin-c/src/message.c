// SPDX-License-Identifier: GPL-3.0-or-later
#include "message.h"

#include "clock.h"

#include <pthread.h>
#include <stdlib.h>

/** A request in the queue, or one that waits for its camera. */
struct message {
  struct message *next;
  struct nlg_request request;
};

struct nlg_messages {
  struct nlg_service service;
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

static void free_message(struct nlg_messages *messages,
                         struct message *message) {
  nlg_request_release(&message->request);
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
    if (it->request.deadline_us < until_us) until_us = it->request.deadline_us;
  pthread_mutex_lock(&messages->lock);
  while (messages->first == NULL && !messages->woken && !messages->stopping) {
    const struct timespec until = nlg_timespec(until_us);
    if (messages->waiting == NULL)
      pthread_cond_wait(&messages->wake, &messages->lock);
    else if (pthread_cond_timedwait(&messages->wake, &messages->lock, &until) !=
             0)
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
    if (nlg_request_retry(&messages->service, &message->request)) {
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
      if (nlg_request_handle(&messages->service, &message->request)) {
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

struct nlg_messages *nlg_messages_new(const struct nlg_service *service) {
  struct nlg_messages *messages = calloc(1, sizeof(*messages));
  pthread_condattr_t attributes;
  if (messages == NULL) return NULL;
  messages->service = *service;
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
    message->request = (struct nlg_request){.session = session,
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
