// SPDX-License-Identifier: GPL-3.0-or-later
#define _GNU_SOURCE
#include "sdp.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PLAYOUT_DELAY "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"
#define VIDEO_ORIENTATION "urn:3gpp:video-orientation"
#define ABS_CAPTURE_TIME                                                       \
  "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time"

/** The header extensions that this Janus can write, in the offer's order. */
static const char *const EXTENSIONS[] = {
  PLAYOUT_DELAY,
  VIDEO_ORIENTATION,
#ifdef NLG_HAVE_ABS_CAPTURE_TIME
  ABS_CAPTURE_TIME,
#endif
};
#define EXTENSION_COUNT (sizeof(EXTENSIONS) / sizeof(*EXTENSIONS))

/** Feedback that Janus and the plugin understand. */
static const char *const FEEDBACK[] = {"nack", "nack pli", "ccm fir",
                                       "goog-remb"};
#define FEEDBACK_COUNT (sizeof(FEEDBACK) / sizeof(*FEEDBACK))

#define NLG_SDP_CASE(id, number, text)                                         \
  case NLG_SDP_##id: return text;
const char *nlg_sdp_strerror(int error) {
  switch (error) { NLG_SDP_ERRORS(NLG_SDP_CASE) }
  return "Unknown error";
}
#undef NLG_SDP_CASE

/** A text that grows to its bound and remembers if it was too short. */
struct writer {
  char *text;
  size_t length;
  bool overflow;
};

__attribute__((format(printf, 2, 3))) static void
put(struct writer *writer, const char *format, ...) {
  const size_t room = NLG_SDP_TEXT_SIZE - writer->length;
  va_list arguments;
  int length;
  va_start(arguments, format);
  length = vsnprintf(writer->text + writer->length, room, format, arguments);
  va_end(arguments);
  if (length < 0 || (size_t)length >= room) {
    writer->text[writer->length] = '\0';
    writer->overflow = true;
  } else {
    writer->length += (size_t)length;
  }
}

static void put_session(struct writer *writer,
                        const struct nlg_sdp_origin *origin) {
  // Janus puts its own addresses, ICE and DTLS in.
  put(writer, "v=0\r\no=- %" PRIu64 " %" PRIu32 " IN IP4 0.0.0.0\r\n",
      origin->session_id, origin->version);
  put(writer, "s=nalgate\r\nt=0 0\r\n");
}

static void put_video(struct writer *writer, int payload_type,
                      const char *profile) {
  put(writer, "m=video 9 UDP/TLS/RTP/SAVPF %d\r\n", payload_type);
  put(writer, "c=IN IP4 0.0.0.0\r\na=sendonly\r\n");
  put(writer, "a=rtpmap:%d H264/90000\r\n", payload_type);
  put(writer,
      "a=fmtp:%d level-asymmetry-allowed=1;packetization-mode=1;"
      "profile-level-id=%s\r\n",
      payload_type, profile);
}

void nlg_sdp_offer(const char *profile, const struct nlg_sdp_origin *origin,
                   char text[NLG_SDP_TEXT_SIZE]) {
  struct writer writer = {.text = text};
  put_session(&writer, origin);
  put_video(&writer, NLG_SDP_PAYLOAD_TYPE, profile);
  for (size_t index = 0; index < FEEDBACK_COUNT; ++index)
    put(&writer, "a=rtcp-fb:%d %s\r\n", NLG_SDP_PAYLOAD_TYPE, FEEDBACK[index]);
  for (size_t index = 0; index < EXTENSION_COUNT; ++index)
    put(&writer, "a=extmap:%zu %s\r\n", index + 1, EXTENSIONS[index]);
}

/** One line of the client's text, without its end. */
struct line {
  const char *start;
  size_t length;
};

/** A media section: its m= line and the lines after it. */
struct section {
  const struct line *lines;
  size_t count;
};

struct description {
  struct line lines[NLG_SDP_LINES_MAX];
  size_t line_count;
  struct section media[NLG_SDP_MEDIA_MAX];
  size_t media_count;
};

static int split_lines(const char *text, struct description *description) {
  const size_t length = strnlen(text, NLG_SDP_SIZE_MAX + 1);
  const char *end = text + length;
  if (length > NLG_SDP_SIZE_MAX) return NLG_SDP_TOO_LARGE;
  while (text < end) {
    const char *stop = memchr(text, '\n', (size_t)(end - text));
    struct line line = {text, (size_t)((stop == NULL ? end : stop) - text)};
    text = stop == NULL ? end : stop + 1;
    while (line.length > 0 && line.start[line.length - 1] == '\r') --line.length;
    if (line.length == 0) continue;
    if (line.length < 2 || line.start[1] != '=') return NLG_SDP_MALFORMED;
    if (description->line_count == NLG_SDP_LINES_MAX) return NLG_SDP_TOO_LARGE;
    description->lines[description->line_count++] = line;
  }
  return 0;
}

static int split_sections(struct description *description) {
  struct section *section = NULL;
  for (size_t index = 0; index < description->line_count; ++index) {
    const struct line *line = &description->lines[index];
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

/** What follows `prefix` in the line, or NULL. */
static const char *after(const struct line *line, const char *prefix,
                         size_t *length) {
  const size_t size = strlen(prefix);
  if (line->length < size || strncasecmp(line->start, prefix, size) != 0)
    return NULL;
  *length = line->length - size;
  return line->start + size;
}

/** Reads "96 rest" or "96/x rest"; -1 if no number from 0 to 127 is there. */
static int read_number(const char *text, size_t length, const char **rest,
                       size_t *rest_length) {
  size_t index = 0;
  int number = 0;
  for (; index < length && index < 3; ++index) {
    if (text[index] < '0' || text[index] > '9') break;
    number = 10 * number + (text[index] - '0');
  }
  if (index == 0 || number > 127) return -1;
  while (index < length && text[index] != ' ') ++index;
  while (index < length && text[index] == ' ') ++index;
  *rest = text + index;
  *rest_length = length - index;
  return number;
}

/** The text after "a=<name>:<payload type> ", or NULL. */
static const char *attribute_of(const struct line *line, const char *name,
                                int payload_type, size_t *length) {
  const char *value = after(line, name, length), *rest;
  if (value == NULL || read_number(value, *length, &rest, length) !=
                         payload_type)
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
    while (text < stop && *text == ' ') ++text;
    if ((size_t)(stop - text) > size && text[size] == '=' &&
        strncasecmp(text, name, size) == 0) {
      *value_length = (size_t)(stop - text) - size - 1;
      return text + size + 1;
    }
    text = stop + 1;
  }
  return NULL;
}

/** An H.264 format of the client. */
struct format {
  int payload_type;
  char profile[NLG_PROFILE_SIZE];
  /** How well it fits what is sent; 0: not at all. */
  int fit;
};

static bool is_hex(const char *text, size_t length) {
  for (size_t index = 0; index < length; ++index)
    if (strchr("0123456789abcdefABCDEF", text[index]) == NULL ||
        text[index] == '\0')
      return false;
  return true;
}

/** RFC 6184 section 8.1: without the parameter, Baseline at level 1. */
static void read_format(const struct section *section, const char *profile,
                        struct format *format) {
  bool mode = false;
  snprintf(format->profile, sizeof(format->profile), "42000a");
  for (size_t index = 1; index < section->count; ++index) {
    size_t length, size;
    const char *value;
    const char *text = attribute_of(&section->lines[index], "a=fmtp:",
                                    format->payload_type, &length);
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

static bool is_h264(const struct section *section, int payload_type) {
  for (size_t index = 1; index < section->count; ++index) {
    size_t length;
    const char *text = attribute_of(&section->lines[index], "a=rtpmap:",
                                    payload_type, &length);
    if (text != NULL && length >= 10 && strncasecmp(text, "H264/90000", 10) == 0)
      return true;
  }
  return false;
}

/** Whether the client wants to receive in this section. */
static bool is_receiving(const struct section *section) {
  for (size_t index = 1; index < section->count; ++index) {
    size_t length;
    if (after(&section->lines[index], "a=sendonly", &length) != NULL ||
        after(&section->lines[index], "a=inactive", &length) != NULL)
      return false;
  }
  return true;
}

/** The best H.264 format of a video section; `fit` is 0 if it has none. */
static struct format choose_format(const struct section *section,
                                   const char *profile) {
  struct format best = {.payload_type = -1};
  size_t length;
  const char *text = after(section->lines, "m=video ", &length);
  if (text == NULL || !is_receiving(section)) return best;
  // A port of 0: the client has given this section up.
  if (length > 1 && text[0] == '0' && text[1] == ' ') return best;
  for (int payload_type = 0; payload_type < 128; ++payload_type) {
    struct format format = {.payload_type = payload_type};
    if (!is_h264(section, payload_type)) continue;
    read_format(section, profile, &format);
    if (format.fit > best.fit) best = format;
  }
  return best;
}

static void put_feedback(struct writer *writer, const struct section *section,
                         int payload_type) {
  for (size_t wanted = 0; wanted < FEEDBACK_COUNT; ++wanted) {
    for (size_t index = 1; index < section->count; ++index) {
      const struct line *line = &section->lines[index];
      size_t length;
      const char *text = after(line, "a=rtcp-fb:* ", &length);
      if (text == NULL)
        text = attribute_of(line, "a=rtcp-fb:", payload_type, &length);
      if (text == NULL || length != strlen(FEEDBACK[wanted]) ||
          memcmp(text, FEEDBACK[wanted], length) != 0)
        continue;
      put(writer, "a=rtcp-fb:%d %s\r\n", payload_type, FEEDBACK[wanted]);
      break;
    }
  }
}

static void put_extensions(struct writer *writer,
                           const struct section *section) {
  for (size_t wanted = 0; wanted < EXTENSION_COUNT; ++wanted) {
    for (size_t index = 1; index < section->count; ++index) {
      size_t length;
      const char *text = after(&section->lines[index], "a=extmap:", &length);
      const char *uri;
      int id = text == NULL ? -1 : read_number(text, length, &uri, &length);
      if (id < 1 || length != strlen(EXTENSIONS[wanted]) ||
          memcmp(uri, EXTENSIONS[wanted], length) != 0)
        continue;
      put(writer, "a=extmap:%d %s\r\n", id, EXTENSIONS[wanted]);
      break;
    }
  }
}

/** Refuses a section: the same line with port 0 (RFC 3264 section 6). */
static void put_refusal(struct writer *writer, const struct line *line) {
  const char *end = line->start + line->length;
  const char *port = memchr(line->start, ' ', line->length);
  const char *rest;
  if (port == NULL) port = end;
  rest = port < end ? memchr(port + 1, ' ', (size_t)(end - port - 1)) : NULL;
  if (rest == NULL) rest = end;
  put(writer, "%.*s 0%.*s\r\nc=IN IP4 0.0.0.0\r\na=inactive\r\n",
      (int)(port - line->start), line->start, (int)(end - rest), rest);
}

static void put_answer(struct writer *writer,
                       const struct description *description, size_t chosen,
                       const struct format *format, const char *profile) {
  for (size_t index = 0; index < description->media_count; ++index) {
    const struct section *section = &description->media[index];
    if (index != chosen) {
      put_refusal(writer, section->lines);
      continue;
    }
    // An answer may change the level but not the profile (RFC 6184, 8.2.2).
    put_video(writer, format->payload_type,
              format->fit == 3 ? profile : format->profile);
    put_feedback(writer, section, format->payload_type);
    put_extensions(writer, section);
  }
}

int nlg_sdp_answer(const char *offer, const char *profile,
                   const struct nlg_sdp_origin *origin,
                   char text[NLG_SDP_TEXT_SIZE], struct nlg_sdp_media *media) {
  struct description *description = calloc(1, sizeof(*description));
  struct writer writer = {.text = text};
  struct format format = {.fit = 0};
  size_t chosen = 0;
  int result = NLG_SDP_TOO_LARGE;
  if (description == NULL) return result;
  result = split_lines(offer, description);
  if (result == 0) result = split_sections(description);
  if (result != 0) goto out;
  while (chosen < description->media_count) {
    format = choose_format(&description->media[chosen], profile);
    if (format.fit > 0) break;
    ++chosen;
  }
  result = NLG_SDP_NO_H264;
  if (format.fit == 0) goto out;
  put_session(&writer, origin);
  put_answer(&writer, description, chosen, &format, profile);
  result = writer.overflow ? NLG_SDP_TOO_LARGE : 0;
  media->index = (int)chosen;
  media->payload_type = (uint8_t)format.payload_type;
out:
  free(description);
  return result;
}
