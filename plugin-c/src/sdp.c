// SPDX-License-Identifier: GPL-3.0-or-later
#include "sdp.h"

#include "sdp_offer.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLAYOUT_DELAY                                                          \
  "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"
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
  case NLG_SDP_##id:                                                           \
    return text;
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

__attribute__((format(printf, 2, 3))) static void put(struct writer *writer,
                                                      const char *format, ...) {
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

static void put_feedback(struct writer *writer,
                         const struct nlg_sdp_section *section,
                         int payload_type) {
  for (size_t wanted = 0; wanted < FEEDBACK_COUNT; ++wanted) {
    for (size_t index = 1; index < section->count; ++index) {
      const struct nlg_sdp_line *line = &section->lines[index];
      size_t length;
      const char *text = nlg_sdp_after(line, "a=rtcp-fb:* ", &length);
      if (text == NULL)
        text = nlg_sdp_attribute_of(line, "a=rtcp-fb:", payload_type, &length);
      if (text == NULL || length != strlen(FEEDBACK[wanted]) ||
          memcmp(text, FEEDBACK[wanted], length) != 0)
        continue;
      put(writer, "a=rtcp-fb:%d %s\r\n", payload_type, FEEDBACK[wanted]);
      break;
    }
  }
}

static void put_extensions(struct writer *writer,
                           const struct nlg_sdp_section *section) {
  for (size_t wanted = 0; wanted < EXTENSION_COUNT; ++wanted) {
    for (size_t index = 1; index < section->count; ++index) {
      size_t length;
      const char *text =
        nlg_sdp_after(&section->lines[index], "a=extmap:", &length);
      const char *uri;
      int id =
        text == NULL ? -1 : nlg_sdp_read_number(text, length, &uri, &length);
      if (id < 1 || length != strlen(EXTENSIONS[wanted]) ||
          memcmp(uri, EXTENSIONS[wanted], length) != 0)
        continue;
      put(writer, "a=extmap:%d %s\r\n", id, EXTENSIONS[wanted]);
      break;
    }
  }
}

/** Refuses a section: the same line with port 0 (RFC 3264 section 6). */
static void put_refusal(struct writer *writer,
                        const struct nlg_sdp_line *line) {
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
                       const struct nlg_sdp_description *description,
                       size_t chosen, const struct nlg_sdp_format *format,
                       const char *profile) {
  for (size_t index = 0; index < description->media_count; ++index) {
    const struct nlg_sdp_section *section = &description->media[index];
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
  struct nlg_sdp_description *description = calloc(1, sizeof(*description));
  struct writer writer = {.text = text};
  struct nlg_sdp_format format = {.fit = 0};
  size_t chosen = 0;
  int result = NLG_SDP_TOO_LARGE;
  if (description == NULL) return result;
  result = nlg_sdp_parse(offer, description);
  if (result != 0) goto out;
  while (chosen < description->media_count) {
    format = nlg_sdp_choose(&description->media[chosen], profile);
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
