// SPDX-License-Identifier: GPL-3.0-or-later
#include "jcfg.h"

#include <janus/config.h>
#include <janus/debug.h>
#include <stdlib.h>

/** More settings than this in one file: 64 cameras with 4 keys each. */
#define SETTINGS_MAX 512

struct settings {
  struct nlg_setting list[SETTINGS_MAX];
  size_t count;
};

static const char *text_or_empty(const char *text) {
  return text != NULL ? text : "";
}

static void add(struct settings *settings, const char *section, int index,
                const janus_config_container *item) {
  if (settings->count == SETTINGS_MAX) {
    JANUS_LOG(LOG_ERR, "[nalgate] configuration: more than %d settings\n",
              SETTINGS_MAX);
    return;
  }
  settings->list[settings->count++] = (struct nlg_setting){
    .section = text_or_empty(section),
    .index = index,
    .key = text_or_empty(item->name),
    .value = text_or_empty(item->value),
  };
}

/** The items of a section, and of the sections of a list. */
static void add_section(struct settings *settings,
                        const janus_config_container *section) {
  int index = 0;
  for (GList *it = section->list; it != NULL; it = it->next, ++index) {
    const janus_config_container *child = it->data;
    if (section->type != janus_config_type_array ||
        child->type != janus_config_type_category) {
      add(settings, section->name, -1, child);
      continue;
    }
    for (GList *item = child->list; item != NULL; item = item->next)
      add(settings, section->name, index, item->data);
  }
}

static void log_complaint(void *context, const char *text) {
  (void)context;
  JANUS_LOG(LOG_ERR, "[nalgate] configuration: %s\n", text);
}

void nlg_jcfg_read(const char *path, struct nlg_config *config) {
  struct settings *settings = calloc(1, sizeof(*settings));
  janus_config *file = janus_config_parse(path);
  config->count = 0;
  if (settings == NULL || file == NULL) {
    JANUS_LOG(LOG_ERR, "[nalgate] cannot read %s: no camera is configured\n",
              path);
    goto out;
  }
  for (GList *it = file->list; it != NULL; it = it->next) {
    const janus_config_container *child = it->data;
    if (child->type == janus_config_type_item)
      add(settings, "", -1, child);
    else
      add_section(settings, child);
  }
  nlg_config_parse(settings->list, settings->count, config, log_complaint,
                   NULL);
out:
  if (file != NULL) janus_config_destroy(file);
  free(settings);
}
