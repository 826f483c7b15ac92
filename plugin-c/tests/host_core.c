// SPDX-License-Identifier: GPL-3.0-or-later
/** The symbols that the plugin takes from Janus's core. */
#include "check.h"
#include "host.h"

#include <janus/config.h>
#include <janus/utils.h>
#include <stdarg.h>

int janus_log_level = LOG_WARN;
gboolean janus_log_timestamps = FALSE;
gboolean janus_log_colors = FALSE;
char *janus_log_global_prefix = NULL;
int refcount_debug = 0;
int lock_debug = 0;

void janus_vprintf(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vprintf(format, arguments);
  va_end(arguments);
}

janus_plugin_result *janus_plugin_result_new(janus_plugin_result_type type,
                                             const char *text,
                                             json_t *content) {
  janus_plugin_result *result = g_malloc(sizeof(*result));
  *result = (janus_plugin_result){type, text, content};
  return result;
}

void janus_plugin_rtp_reset(janus_plugin_rtp *packet) {
  memset(packet, 0, sizeof(*packet));
  packet->mindex = -1;
  packet->extensions.audio_level = -1;
  packet->extensions.video_rotation = -1;
  packet->extensions.min_delay = -1;
  packet->extensions.max_delay = -1;
}

gboolean janus_json_is_valid(json_t *value, json_type type,
                             unsigned int flags) {
  (void)flags;
  return json_typeof(value) == type;
}

void janus_get_json_type_name(int type, unsigned int flags, char *name) {
  (void)flags;
  sprintf(name, "type %d", type);
}

// --- Configuration -----------------------------------------------------------

static const struct host_camera *cameras;
static size_t camera_count;

void host_configure(const struct host_camera *list, size_t count) {
  cameras = list;
  camera_count = count;
}

static janus_config_container *container(janus_config_type type,
                                         const char *name, const char *value) {
  janus_config_container *made = g_malloc0(sizeof(*made));
  made->type = type;
  made->name = g_strdup(name);
  made->value = g_strdup(value);
  return made;
}

static void add_item(janus_config_container *parent, const char *name,
                     const char *value) {
  if (value == NULL) return;
  parent->list =
    g_list_append(parent->list, container(janus_config_type_item, name, value));
}

janus_config *janus_config_parse(const char *path) {
  janus_config *config = g_malloc0(sizeof(*config));
  janus_config_container *list =
    container(janus_config_type_array, "cameras", NULL);
  CHECK(g_str_has_suffix(path, "/janus.plugin.ustreamer.jcfg"));
  for (size_t index = 0; index < camera_count; ++index) {
    janus_config_container *camera =
      container(janus_config_type_category, NULL, NULL);
    add_item(camera, "id", cameras[index].id);
    add_item(camera, "sink", cameras[index].sink);
    add_item(camera, "keep_warm", cameras[index].keep_warm);
    list->list = g_list_append(list->list, camera);
  }
  config->list = g_list_append(NULL, list);
  return config;
}

static void free_container(gpointer data) {
  janus_config_container *it = data;
  g_list_free_full(it->list, free_container);
  g_free((char *)it->name);
  g_free((char *)it->value);
  g_free(it);
}

void janus_config_destroy(janus_config *config) {
  g_list_free_full(config->list, free_container);
  g_free(config);
}
