// SPDX-License-Identifier: GPL-3.0-or-later
#include "session.h"

#include <stdlib.h>

struct nlg_session *nlg_session_new(janus_plugin_session *handle) {
  struct nlg_session *session = calloc(1, sizeof(*session));
  if (session == NULL) return NULL;
  atomic_init(&session->references, 1);
  pthread_mutex_init(&session->lock, NULL);
  session->handle = handle;
  session->viewer.handle = handle;
  session->origin.session_id = (uint64_t)g_random_int() << 20 | 1;
  // Below 2^15, so that early loss cannot confuse SRTP (RFC 3711, 3.3.1).
  session->viewer.sequence = (uint16_t)(g_random_int() & 0x7fff);
  return session;
}

struct nlg_session *nlg_session_ref(struct nlg_session *session) {
  atomic_fetch_add(&session->references, 1);
  return session;
}

void nlg_session_unref(struct nlg_session *session) {
  if (atomic_fetch_sub(&session->references, 1) != 1) return;
  // Janus took this reference for the plugin when it made the handle.
  janus_refcount_decrease(&session->handle->ref);
  pthread_mutex_destroy(&session->lock);
  free(session);
}

/** Under the lock: puts the viewer, and the wish for pictures, where it
 * belongs. */
static void update(struct nlg_session *session) {
  struct nlg_mount *mount = session->mount;
  const bool chosen = mount != NULL && !session->paused;
  const bool wanting = chosen && !session->hung_up;
  const bool viewing = chosen && session->media_up;
  if (viewing && !session->viewing) nlg_mount_add(mount, &session->viewer);
  if (!viewing && session->viewing) nlg_mount_remove(mount, &session->viewer);
  if (wanting && !session->wanting) nlg_mount_want(mount);
  if (!wanting && session->wanting) nlg_mount_unwant(mount);
  session->viewing = viewing;
  session->wanting = wanting;
}

/** Under the lock: from now on it is that camera, or none. */
static void choose(struct nlg_session *session, struct nlg_mount *mount) {
  const bool paused = session->paused;
  session->paused = true;
  update(session);
  session->paused = paused;
  if (session->mount != NULL) nlg_mount_unref(session->mount);
  session->mount = mount != NULL ? nlg_mount_ref(mount) : NULL;
}

bool nlg_session_watch(struct nlg_session *session, struct nlg_mount *mount,
                       struct nlg_sdp_media media, int16_t orientation) {
  bool alive;
  pthread_mutex_lock(&session->lock);
  alive = !session->destroyed;
  if (alive) {
    choose(session, mount);
    session->paused = session->hung_up = false;
    session->viewer.media = media;
    session->viewer.orientation = orientation;
    update(session);
  }
  pthread_mutex_unlock(&session->lock);
  return alive;
}

void nlg_session_set_paused(struct nlg_session *session, bool paused) {
  pthread_mutex_lock(&session->lock);
  if (session->mount != NULL) session->paused = paused;
  update(session);
  pthread_mutex_unlock(&session->lock);
}

void nlg_session_setup_media(struct nlg_session *session) {
  pthread_mutex_lock(&session->lock);
  session->media_up = !session->destroyed;
  session->hung_up = false;
  update(session);
  pthread_mutex_unlock(&session->lock);
}

void nlg_session_hangup(struct nlg_session *session) {
  pthread_mutex_lock(&session->lock);
  // The camera stays chosen: Janus tells of a hangup in another thread, and
  // the next `watch` may have been answered already.
  session->media_up = false;
  session->hung_up = true;
  update(session);
  pthread_mutex_unlock(&session->lock);
}

void nlg_session_destroy(struct nlg_session *session) {
  pthread_mutex_lock(&session->lock);
  session->destroyed = true;
  session->media_up = false;
  choose(session, NULL);
  pthread_mutex_unlock(&session->lock);
}

void nlg_session_request_key(struct nlg_session *session) {
  pthread_mutex_lock(&session->lock);
  if (session->mount != NULL) nlg_mount_request_key(session->mount);
  pthread_mutex_unlock(&session->lock);
}
