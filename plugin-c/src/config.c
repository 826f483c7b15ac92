// SPDX-License-Identifier: GPL-3.0-or-later
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/** What the one camera of µStreamer's own spellings is called. */
#define LONE_ID "default"

struct parser {
  nlg_complain *complain;
  void *context;
};

__attribute__((format(printf, 2, 3))) static bool
complain(const struct parser *parser, const char *format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof(text), format, arguments);
  va_end(arguments);
  parser->complain(parser->context, text);
  return false;
}

/** The same names that nalgate's own configuration allows. */
static bool is_id(const char *text) {
  const size_t length = strlen(text);
  return length > 0 && length < NLG_ID_SIZE && *text != '_' && *text != '-' &&
         strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-") == length;
}

static bool is_sink(const char *text) {
  const size_t length = strlen(text);
  return length > 0 && length < NLG_SINK_SIZE && strchr(text, '/') == NULL;
}

static bool parse_size(const char *text, int *value) {
  char *end;
  const long number = strtol(text, &end, 10);
  if (end == text || *end != '\0' || number < NLG_PACKET_SIZE_MIN ||
      number > NLG_PACKET_SIZE_MAX)
    return false;
  *value = (int)number;
  return true;
}

static bool parse_bool(const char *text, bool *value) {
  *value = strcasecmp(text, "true") == 0 || strcasecmp(text, "yes") == 0;
  return *value || strcasecmp(text, "false") == 0 ||
         strcasecmp(text, "no") == 0;
}

static bool parse_camera_key(const struct parser *parser, const char *where,
                             const struct nlg_setting *setting,
                             struct nlg_camera *camera) {
  const char *key = setting->key, *value = setting->value;
  if (strcmp(key, "id") == 0) {
    if (!is_id(value))
      return complain(parser,
                      "%s: cannot use id \"%.80s\": expected a-z, 0-9, _ and "
                      "-, up to %d characters",
                      where, value, NLG_ID_SIZE - 1);
    snprintf(camera->id, sizeof(camera->id), "%s", value);
  } else if (strcmp(key, "sink") == 0) {
    if (!is_sink(value))
      return complain(parser,
                      "%s: cannot use sink \"%.80s\": expected the name of a "
                      "shared memory object",
                      where, value);
    snprintf(camera->sink, sizeof(camera->sink), "%s", value);
  } else if (strcmp(key, "packet_size") == 0) {
    if (!parse_size(value, &camera->packet_size))
      return complain(parser,
                      "%s: cannot use packet_size \"%.80s\": expected %d to "
                      "%d bytes",
                      where, value, NLG_PACKET_SIZE_MIN, NLG_PACKET_SIZE_MAX);
  } else if (strcmp(key, "keep_warm") == 0) {
    if (!parse_bool(value, &camera->keep_warm))
      return complain(parser,
                      "%s: cannot use keep_warm \"%.80s\": expected true or "
                      "false",
                      where, value);
  } else {
    return complain(parser,
                    "%s: unknown key \"%.80s\": expected id, sink, "
                    "packet_size or keep_warm",
                    where, key);
  }
  return true;
}

/** Adds a camera that has all it needs and a name of its own. */
static void add(const struct parser *parser, const char *where,
                const struct nlg_camera *camera, struct nlg_config *config) {
  if (camera->id[0] == '\0') {
    complain(parser, "%s: the id is missing", where);
  } else if (camera->sink[0] == '\0') {
    complain(parser, "%s: the sink is missing", where);
  } else if (config->count == NLG_CAMERAS_MAX) {
    complain(parser, "%s: more than %d cameras", where, NLG_CAMERAS_MAX);
  } else {
    for (size_t index = 0; index < config->count; ++index) {
      if (strcmp(config->cameras[index].id, camera->id) != 0) continue;
      complain(parser, "%s: the id \"%s\" is taken already", where, camera->id);
      return;
    }
    config->cameras[config->count++] = *camera;
  }
}

static struct nlg_camera new_camera(const char *id) {
  struct nlg_camera camera = {.packet_size = NLG_PACKET_SIZE_DEFAULT};
  snprintf(camera.id, sizeof(camera.id), "%s", id);
  return camera;
}

static bool is_camera(const struct nlg_setting *setting) {
  return setting->index >= 0 && strcmp(setting->section, "cameras") == 0;
}

/** `cameras: ( { id = …, sink = … }, … )`; settings of one stand together. */
static void parse_cameras(const struct parser *parser,
                          const struct nlg_setting *settings, size_t count,
                          struct nlg_config *config) {
  size_t next = 0;
  while (next < count) {
    const int index = settings[next].index;
    struct nlg_camera camera = new_camera("");
    char where[32];
    bool good = true;
    if (!is_camera(&settings[next])) {
      ++next;
      continue;
    }
    snprintf(where, sizeof(where), "cameras[%d]", index);
    for (; next < count && is_camera(&settings[next]) &&
           settings[next].index == index;
         ++next)
      good &= parse_camera_key(parser, where, &settings[next], &camera);
    if (good) add(parser, where, &camera, config);
  }
}

/** `memsink: { object = … }`, or `video: { sink = … }` as it is today. */
static void parse_lone(const struct parser *parser,
                       const struct nlg_setting *setting, bool alone,
                       struct nlg_config *config) {
  const bool is_memsink = strcmp(setting->section, "memsink") == 0;
  const char *key = is_memsink ? "object" : "sink";
  struct nlg_camera camera = new_camera(LONE_ID);
  if (strcmp(setting->key, key) != 0) {
    complain(parser, "%s: key \"%.80s\" is not supported: expected %s",
             setting->section, setting->key, key);
  } else if (!alone) {
    complain(parser, "%s is not used beside cameras", setting->section);
  } else if (!is_sink(setting->value)) {
    complain(parser,
             "%s: cannot use %s \"%.80s\": expected the name of a shared "
             "memory object",
             setting->section, key, setting->value);
  } else {
    snprintf(camera.sink, sizeof(camera.sink), "%s", setting->value);
    add(parser, setting->section, &camera, config);
  }
}

void nlg_config_parse(const struct nlg_setting *settings, size_t count,
                      struct nlg_config *config, nlg_complain *complaint,
                      void *context) {
  const struct parser parser = {complaint, context};
  bool alone = true;
  config->count = 0;
  for (size_t index = 0; index < count; ++index)
    alone &= !is_camera(&settings[index]);
  parse_cameras(&parser, settings, count, config);
  for (size_t index = 0; index < count; ++index) {
    const struct nlg_setting *setting = &settings[index];
    if (is_camera(setting)) continue;
    if (setting->index < 0 && (strcmp(setting->section, "memsink") == 0 ||
                               strcmp(setting->section, "video") == 0)) {
      parse_lone(&parser, setting, alone, config);
    } else {
      complain(&parser,
               "unknown setting \"%.80s%s%.80s\": expected cameras, memsink "
               "or video",
               setting->section, setting->section[0] != '\0' ? "." : "",
               setting->key);
    }
  }
  if (config->count == 0) complain(&parser, "no camera is configured");
}
