// SPDX-License-Identifier: GPL-3.0-or-later
#define _GNU_SOURCE
#include "sdp_offer.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static int split_lines(const char *text,
                       struct nlg_sdp_description *description) {
  const size_t length = strnlen(text, NLG_SDP_SIZE_MAX + 1);
  const char *end = text + length;
  if (length > NLG_SDP_SIZE_MAX) return NLG_SDP_TOO_LARGE;
  while (text < end) {
    const char *stop = memchr(text, '\n', (size_t)(end - text));
    struct nlg_sdp_line line = {text,
                                (size_t)((stop == NULL ? end : stop) - text)};
    text = stop == NULL ? end : stop + 1;
    while (line.length > 0 && line.start[line.length - 1] == '\r')
      --line.length;
    if (line.length == 0) continue;
    if (line.length < 2 || line.start[1] != '=') return NLG_SDP_MALFORMED;
    if (description->line_count == NLG_SDP_LINES_MAX) return NLG_SDP_TOO_LARGE;
    description->lines[description->line_count++] = line;
  }
  return 0;
}

static int split_sections(struct nlg_sdp_description *description) {
  struct nlg_sdp_section *section = NULL;
  for (size_t index = 0; index < description->line_count; ++index) {
    const struct nlg_sdp_line *line = &description->lines[index];
    if (line->start[0] == 'm') {
      if (description->media_count == NLG_SDP_MEDIA_MAX)
        return NLG_SDP_TOO_LARGE;
      section = &description->media[description->media_count++];
      section->lines = line;
      section->count = 0;
    }
    if (section != NULL) ++section->count;
  }
  return description->media_count > 0 ? 0 : NLG_SDP_MALFORMED;
}

const char *nlg_sdp_after(const struct nlg_sdp_line *line, const char *prefix,
                          size_t *length) {
  const size_t size = strlen(prefix);
  if (line->length < size || strncasecmp(line->start, prefix, size) != 0)
    return NULL;
  *length = line->length - size;
  return line->start + size;
}

int nlg_sdp_read_number(const char *text, size_t length, const char **rest,
                        size_t *rest_length) {
  size_t index = 0;
  int number = 0;
  for (; index < length && index < 3; ++index) {
    if (text[index] < '0' || text[index] > '9') break;
    number = 10 * number + (text[index] - '0');
  }
  if (index == 0 || number > 127) return -1;
  while (index < length && text[index] != ' ')
    ++index;
  while (index < length && text[index] == ' ')
    ++index;
  *rest = text + index;
  *rest_length = length - index;
  return number;
}

const char *nlg_sdp_attribute_of(const struct nlg_sdp_line *line,
                                 const char *name, int payload_type,
                                 size_t *length) {
  const char *value = nlg_sdp_after(line, name, length), *rest;
  if (value == NULL ||
      nlg_sdp_read_number(value, *length, &rest, length) != payload_type)
    return NULL;
  return rest;
}

/** Finds "name=" among the ;-separated parameters of an fmtp line. */
static const char *parameter(const char *text, size_t length, const char *name,
                             size_t *value_length) {
  const size_t size = strlen(name);
  const char *end = text + length;
  while (text < end) {
    const char *stop = memchr(text, ';', (size_t)(end - text));
    if (stop == NULL) stop = end;
    while (text < stop && *text == ' ')
      ++text;
    if ((size_t)(stop - text) > size && text[size] == '=' &&
        strncasecmp(text, name, size) == 0) {
      *value_length = (size_t)(stop - text) - size - 1;
      return text + size + 1;
    }
    text = stop + 1;
  }
  return NULL;
}

static bool is_hex(const char *text, size_t length) {
  for (size_t index = 0; index < length; ++index)
    if (strchr("0123456789abcdefABCDEF", text[index]) == NULL ||
        text[index] == '\0')
      return false;
  return true;
}

/** RFC 6184 section 8.1: without the parameter, Baseline at level 1. */
static void read_format(const struct nlg_sdp_section *section,
                        const char *profile, struct nlg_sdp_format *format) {
  bool mode = false;
  snprintf(format->profile, sizeof(format->profile), "42000a");
  for (size_t index = 1; index < section->count; ++index) {
    size_t length, size;
    const char *value;
    const char *text = nlg_sdp_attribute_of(
      &section->lines[index], "a=fmtp:", format->payload_type, &length);
    if (text == NULL) continue;
    value = parameter(text, length, "packetization-mode", &size);
    mode = value != NULL && size == 1 && *value == '1';
    value = parameter(text, length, "profile-level-id", &size);
    if (value != NULL && size == 6 && is_hex(value, 6))
      memcpy(format->profile, value, 6);
  }
  format->fit = 0;
  if (!mode) return;
  // profile_idc and constraints the same; profile_idc the same; any.
  format->fit = 1;
  if (strncasecmp(format->profile, profile, 2) == 0) ++format->fit;
  if (strncasecmp(format->profile, profile, 4) == 0) ++format->fit;
}

static bool is_h264(const struct nlg_sdp_section *section, int payload_type) {
  for (size_t index = 1; index < section->count; ++index) {
    size_t length;
    const char *text = nlg_sdp_attribute_of(&section->lines[index],
                                            "a=rtpmap:", payload_type, &length);
    if (text != NULL && length >= 10 &&
        strncasecmp(text, "H264/90000", 10) == 0)
      return true;
  }
  return false;
}

/** Whether the client wants to receive in this section. */
static bool is_receiving(const struct nlg_sdp_section *section) {
  for (size_t index = 1; index < section->count; ++index) {
    size_t length;
    if (nlg_sdp_after(&section->lines[index], "a=sendonly", &length) != NULL ||
        nlg_sdp_after(&section->lines[index], "a=inactive", &length) != NULL)
      return false;
  }
  return true;
}

struct nlg_sdp_format nlg_sdp_choose(const struct nlg_sdp_section *section,
                                     const char *profile) {
  struct nlg_sdp_format best = {.payload_type = -1};
  size_t length;
  const char *text = nlg_sdp_after(section->lines, "m=video ", &length);
  if (text == NULL || !is_receiving(section)) return best;
  // A port of 0: the client has given this section up.
  if (length > 1 && text[0] == '0' && text[1] == ' ') return best;
  for (int payload_type = 0; payload_type < 128; ++payload_type) {
    struct nlg_sdp_format format = {.payload_type = payload_type};
    if (!is_h264(section, payload_type)) continue;
    read_format(section, profile, &format);
    if (format.fit > best.fit) best = format;
  }
  return best;
}

int nlg_sdp_parse(const char *text, struct nlg_sdp_description *description) {
  const int result = split_lines(text, description);
  return result != 0 ? result : split_sections(description);
}
