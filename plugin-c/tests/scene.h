// SPDX-License-Identifier: GPL-3.0-or-later
/** Cameras that film, and clients that ask. */
#ifndef NLG_SCENE_H
#define NLG_SCENE_H

#include "host.h"
#include "sink_writer.h"

#include <pthread.h>
#include <stdatomic.h>

/** A camera: 200 pictures per second, a key frame for each group or on request.
 */
struct camera {
  struct sink_writer writer;
  char name[64];
  uint32_t version;
  bool high;
  /** Pictures from key frame to key frame. */
  int group_size;
  /** The picture of all, and the place in its group, that was written last. */
  atomic_int picture;
  pthread_t thread;
  atomic_bool stopping;
  atomic_int requests;
};

/** Films into a sink of its own, in a thread, until it is stopped. */
void start_camera(struct camera *camera, const char *id);
void stop_camera(struct camera *camera);

/** The event that answers a request; of its jsep, the SDP if asked for. */
json_t *ask(struct host_handle *handle, const char *body, json_t *jsep,
            char **sdp);

/** Asks, and checks what comes; `reason` may be NULL. */
void check_error(struct host_handle *handle, const char *body, int code,
                 const char *reason);
void check_status(struct host_handle *handle, const char *body,
                  const char *status);

/** Asks to watch, and expects an offer of that profile. */
void watch(struct host_handle *handle, const char *body, const char *profile);

#endif
