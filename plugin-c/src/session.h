// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * A Janus handle of ours: which camera it watches, and whether packets flow.
 * Janus calls in from several threads at once.
 */
#ifndef NLG_SESSION_H
#define NLG_SESSION_H

#include "mount.h"

#include <janus/plugins/plugin.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

/** Reference-counted; owns one reference of the Janus handle. */
struct nlg_session {
  atomic_int references;
  janus_plugin_session *handle;
  /** Messages of this session that have no answer yet. */
  atomic_uint messages;
  /** Of its descriptions; belongs to the thread that answers. */
  struct nlg_sdp_origin origin;

  pthread_mutex_t lock;
  /** The camera of the last `watch`, or NULL. Referenced. */
  struct nlg_mount *mount;
  struct nlg_viewer viewer;
  bool media_up, hung_up, paused, destroyed;
  /** The mount is wanted, and the viewer is in its list. */
  bool wanting, viewing;
};

/** NULL: no memory. One reference, the handle's. */
struct nlg_session *nlg_session_new(janus_plugin_session *handle);
struct nlg_session *nlg_session_ref(struct nlg_session *session);
void nlg_session_unref(struct nlg_session *session);

/** From now on it watches this camera; false if the handle has gone. */
bool nlg_session_watch(struct nlg_session *session, struct nlg_mount *mount,
                       struct nlg_sdp_media media, int16_t orientation);

/** `start` and `stop`. */
void nlg_session_set_paused(struct nlg_session *session, bool paused);

/** The PeerConnection is up. */
void nlg_session_setup_media(struct nlg_session *session);

/** The PeerConnection is gone. */
void nlg_session_hangup(struct nlg_session *session);

/** The handle is going: nothing of it is used any more on return. */
void nlg_session_destroy(struct nlg_session *session);

/** Asks the camera that it watches, if any, for a key frame. */
void nlg_session_request_key(struct nlg_session *session);

#endif
