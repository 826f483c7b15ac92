// SPDX-License-Identifier: GPL-3.0-or-later
/** What Janus sees: the table of callbacks, and `create`, which gives it. */
#include "jcfg.h"
#include "message.h"
#include "mount.h"
#include "rtcp.h"
#include "session.h"

#include <janus/debug.h>
#include <janus/plugins/plugin.h>

#define PACKAGE "janus.plugin.ustreamer"
#define VERSION 1
#define VERSION_STRING "0.1.0"

static janus_plugin vtable;

/**
 * The one mutable object of file scope. `lock` guards `running` and the
 * pointers from Janus's handles to sessions; of other locks, only that of the
 * message queue is taken under it.
 */
static struct nlg_plugin {
  pthread_mutex_t lock;
  bool running;
  const janus_callbacks *janus;
  struct nlg_mount *mounts[NLG_CAMERAS_MAX];
  size_t mount_count;
  struct nlg_messages *messages;
} plugin = {.lock = PTHREAD_MUTEX_INITIALIZER};

/** The handle's session, referenced; NULL if it has none (any more). */
static struct nlg_session *enter(janus_plugin_session *handle) {
  struct nlg_session *session;
  pthread_mutex_lock(&plugin.lock);
  session = handle->plugin_handle;
  if (session != NULL) nlg_session_ref(session);
  pthread_mutex_unlock(&plugin.lock);
  return session;
}

// --- Life --------------------------------------------------------------------

static void on_change(void *context) {
  (void)context;
  nlg_messages_wake(plugin.messages);
}

static int init(janus_callbacks *janus, const char *config_path) {
  const struct nlg_service service = {
    .janus = janus,
    .plugin = &vtable,
    .mounts = plugin.mounts,
    .mount_count = &plugin.mount_count,
  };
  struct nlg_config *config = g_malloc0(sizeof(*config));
  char *path = g_strdup_printf("%s/" PACKAGE ".jcfg", config_path);
  int result = -1;
  nlg_jcfg_read(path, config);
  plugin.janus = janus;
  plugin.messages = nlg_messages_new(&service);
  if (plugin.messages == NULL) goto out;
  for (size_t index = 0; index < config->count; ++index) {
    const struct nlg_camera *camera = &config->cameras[index];
    struct nlg_mount *mount = nlg_mount_new(camera, janus, on_change, NULL);
    if (mount == NULL) {
      JANUS_LOG(LOG_ERR, "[nalgate] camera %s: cannot start its thread\n",
                camera->id);
      continue;
    }
    plugin.mounts[plugin.mount_count++] = mount;
    JANUS_LOG(LOG_INFO, "[nalgate] camera %s: sink %s, packets of %d bytes%s\n",
              camera->id, camera->sink, camera->packet_size,
              camera->keep_warm ? ", kept warm" : "");
  }
  pthread_mutex_lock(&plugin.lock);
  plugin.running = true;
  pthread_mutex_unlock(&plugin.lock);
  result = 0;
out:
  g_free(path);
  g_free(config);
  return result;
}

static void destroy(void) {
  bool was_running;
  pthread_mutex_lock(&plugin.lock);
  was_running = plugin.running;
  plugin.running = false;
  pthread_mutex_unlock(&plugin.lock);
  if (!was_running) return;
  // The mounts' threads first: they call on_change.
  for (size_t index = 0; index < plugin.mount_count; ++index)
    nlg_mount_stop(plugin.mounts[index]);
  nlg_messages_destroy(plugin.messages);
  plugin.messages = NULL;
  for (size_t index = 0; index < plugin.mount_count; ++index)
    nlg_mount_unref(plugin.mounts[index]);
  plugin.mount_count = 0;
}

// --- Handles -----------------------------------------------------------------

static void create_session(janus_plugin_session *handle, int *error) {
  struct nlg_session *session = NULL;
  pthread_mutex_lock(&plugin.lock);
  if (plugin.running) session = nlg_session_new(handle);
  handle->plugin_handle = session;
  pthread_mutex_unlock(&plugin.lock);
  if (session == NULL) *error = -1;
}

static void destroy_session(janus_plugin_session *handle, int *error) {
  struct nlg_session *session;
  pthread_mutex_lock(&plugin.lock);
  session = handle->plugin_handle;
  handle->plugin_handle = NULL;
  pthread_mutex_unlock(&plugin.lock);
  if (session == NULL) {
    *error = -2;
    return;
  }
  nlg_session_destroy(session);
  nlg_session_unref(session);
}

static json_t *query_session(janus_plugin_session *handle) {
  struct nlg_session *session = enter(handle);
  json_t *info = json_object();
  if (session == NULL) return info;
  pthread_mutex_lock(&session->lock);
  if (session->mount != NULL)
    json_object_set_new(info, "camera",
                        json_string(nlg_mount_id(session->mount)));
  json_object_set_new(info, "media_up", json_boolean(session->media_up));
  json_object_set_new(info, "paused", json_boolean(session->paused));
  pthread_mutex_unlock(&session->lock);
  nlg_session_unref(session);
  return info;
}

static struct janus_plugin_result *handle_message(janus_plugin_session *handle,
                                                  char *transaction,
                                                  json_t *message,
                                                  json_t *jsep) {
  struct nlg_session *session = NULL;
  bool taken;
  // Held over the push, so that `destroy` cannot come between.
  pthread_mutex_lock(&plugin.lock);
  if (plugin.running) session = handle->plugin_handle;
  if (session != NULL) {
    taken =
      nlg_messages_push(plugin.messages, session, transaction, message, jsep);
    pthread_mutex_unlock(&plugin.lock);
    return taken ? janus_plugin_result_new(JANUS_PLUGIN_OK_WAIT, NULL, NULL)
                 : janus_plugin_result_new(JANUS_PLUGIN_ERROR,
                                           "Too many requests wait", NULL);
  }
  pthread_mutex_unlock(&plugin.lock);
  g_free(transaction);
  json_decref(message);
  json_decref(jsep);
  return janus_plugin_result_new(JANUS_PLUGIN_ERROR, "No such session", NULL);
}

// --- Media -------------------------------------------------------------------

static void setup_media(janus_plugin_session *handle) {
  struct nlg_session *session = enter(handle);
  if (session == NULL) return;
  nlg_session_setup_media(session);
  nlg_session_unref(session);
}

static void hangup_media(janus_plugin_session *handle) {
  struct nlg_session *session = enter(handle);
  if (session == NULL) return;
  nlg_session_hangup(session);
  nlg_session_unref(session);
}

static void incoming_rtcp(janus_plugin_session *handle,
                          janus_plugin_rtcp *packet) {
  struct nlg_session *session;
  if (!nlg_rtcp_wants_key_frame((const uint8_t *)packet->buffer,
                                packet->length))
    return;
  session = enter(handle);
  if (session == NULL) return;
  nlg_session_request_key(session);
  nlg_session_unref(session);
}

/**
 * Told, not acted on: the encoder serves all viewers alike, and key frames
 * would only make a narrow link narrower.
 */
static void slow_link(janus_plugin_session *handle, int mindex, gboolean video,
                      gboolean uplink) {
  (void)mindex, (void)video;
  JANUS_LOG(LOG_VERB, "[nalgate] handle %p: slow %s\n", (void *)handle,
            uplink ? "uplink" : "downlink");
}

// --- Names -------------------------------------------------------------------

static int get_api_compatibility(void) {
  return JANUS_PLUGIN_API_VERSION;
}
static int get_version(void) {
  return VERSION;
}
static const char *get_version_string(void) {
  return VERSION_STRING;
}
static const char *get_description(void) {
  return "H.264 from µStreamer's memory sinks, several cameras";
}
static const char *get_name(void) {
  return "nalgate";
}
static const char *get_author(void) {
  return "nalgate";
}
static const char *get_package(void) {
  return PACKAGE;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
static janus_plugin vtable =
  JANUS_PLUGIN_INIT(.init = init, .destroy = destroy,
                    .create_session = create_session,
                    .destroy_session = destroy_session,
                    .query_session = query_session,
                    .handle_message = handle_message,
                    .setup_media = setup_media, .hangup_media = hangup_media,
                    .incoming_rtcp = incoming_rtcp, .slow_link = slow_link,
                    .get_api_compatibility = get_api_compatibility,
                    .get_version = get_version,
                    .get_version_string = get_version_string,
                    .get_description = get_description, .get_name = get_name,
                    .get_author = get_author, .get_package = get_package, );
#pragma GCC diagnostic pop

// The pointer itself: Janus opens plugins RTLD_GLOBAL, so a call to `create`
// from inside could reach another plugin's.
__attribute__((visibility("default"))) janus_plugin *create(void);
janus_plugin *create(void) {
  return &vtable;
}
