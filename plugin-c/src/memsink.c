// SPDX-License-Identifier: GPL-3.0-or-later
#define _GNU_SOURCE
#include "memsink.h"

#include "memsink_header.h"
#include "memsink_object.h"

#include <float.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

/** An old frame found on attach: µStreamer at 1 fps is still fresh. */
#define FRESH_SECONDS 1.0

/** An x87 number is followed by padding: whatever lay on the stack. */
#define LONG_DOUBLE_BYTES (LDBL_MANT_DIG == 64 ? 10 : sizeof(long double))

void nlg_memsink_init(struct nlg_memsink *sink, const char *name) {
  memset(sink, 0, sizeof(*sink));
  snprintf(sink->name, sizeof(sink->name), "%s", name);
  sink->fd = -1;
  nlg_object_state(sink, NLG_STATE_SINK_ABSENT, "%s", sink->name);
}

void nlg_memsink_destroy(struct nlg_memsink *sink) {
  nlg_object_close(sink);
}

bool nlg_memsink_can_request_key(const struct nlg_memsink *sink) {
  return sink->can_request_key;
}

void nlg_memsink_request_key(struct nlg_memsink *sink) {
  sink->key_wanted = true;
}

/** Looks at magic and version; NULL, with the state set, if they are no good.
 */
static const struct nlg_sink_layout *
identify(struct nlg_memsink *sink, const struct nlg_sink_peek *peek) {
  const struct nlg_sink_layout *layout;
  if (peek->magic != NLG_MEMSINK_MAGIC) {
    nlg_object_state(sink, NLG_STATE_SINK_WAITING, "nothing written yet");
    return NULL;
  }
  layout = nlg_sink_find_layout(peek->version, sink->object_size);
  if (layout == NULL) {
    nlg_object_state(sink, NLG_STATE_UNSUPPORTED_VERSION,
                     "version %" PRIu32 "; known are 2-8 and 10",
                     peek->version);
  }
  return layout;
}

static bool check_format(struct nlg_memsink *sink,
                         const struct nlg_sink_layout *layout,
                         const uint8_t *header) {
  uint32_t format = nlg_sink_u32(header, layout->format_at);
  char text[5] = "????";
  if (format == NLG_MEMSINK_H264) return true;
  for (int index = 0; index < 4; ++index) {
    uint8_t letter = (uint8_t)(format >> (8 * index));
    if (letter > 32 && letter < 127) text[index] = (char)letter;
  }
  nlg_object_state(sink, NLG_STATE_WRONG_FORMAT, "format %s", text);
  return false;
}

static void stamp(struct nlg_memsink *sink,
                  const struct nlg_sink_layout *layout, int64_t now_us) {
  const long double seconds = (long double)now_us / 1e6L;
  const bool yes = true;
  uint8_t bytes[sizeof(seconds)] = {0};
  memcpy(bytes, &seconds, LONG_DOUBLE_BYTES);
  nlg_object_write(sink->fd, bytes, sizeof(bytes), layout->last_client_at);
  if (sink->key_wanted && layout->key_request_at > 0)
    nlg_object_write(sink->fd, &yes, sizeof(yes), layout->key_request_at);
  sink->key_wanted = false;
  sink->stamp_at_us = now_us + NLG_SINK_STAMP_US;
}

/** Annex B: at least two zero bytes, then a one (H.264 section B.1). */
static bool has_start_code(const uint8_t *data, size_t size) {
  size_t at = 0;
  while (at < 8 && at < size && data[at] == 0)
    ++at;
  return at >= 2 && at + 1 < size && data[at] == 1;
}

/**
 * A writer sets the id first and the times last: a new id with the old times
 * is a frame whose writer was killed while it wrote.
 */
static bool is_half_written(struct nlg_memsink *sink,
                            const struct nlg_sink_layout *layout,
                            const uint8_t *header) {
  const size_t used = nlg_sink_used(header);
  const double grab = nlg_sink_seconds(header, layout->grab_at);
  const double encode = nlg_sink_seconds(header, layout->encode_end_at);
  // Writers that leave the times out repeat a zero.
  const bool is_old = grab > 0 && used == sink->last_used &&
                      grab == sink->last_grab_seconds &&
                      encode == sink->last_encode_seconds;
  sink->last_used = used;
  sink->last_grab_seconds = grab;
  sink->last_encode_seconds = encode;
  return is_old;
}

/** Under the lock: copies what `header` announces. NULL, or what is wrong. */
static const char *copy_data(struct nlg_memsink *sink,
                             const struct nlg_sink_layout *layout,
                             const uint8_t *header, uint8_t *into,
                             size_t capacity) {
  const size_t used = nlg_sink_used(header);
  uint8_t again[NLG_SINK_HEADER_SIZE_MAX];
  if (is_half_written(sink, layout, header)) return "frame written by half";
  if (used == 0) return "empty frame";
  if (used > capacity) return "frame too large";
  if (!nlg_object_read(sink->fd, into, used, layout->data_at))
    return "sink truncated";
  if (!has_start_code(into, used)) return "no H.264 start code";
  // A writer that takes no lock may have written meanwhile.
  if (!nlg_object_read(sink->fd, again, offsetof(struct nlg_sink_v2, width),
                       0) ||
      nlg_sink_id(again) != nlg_sink_id(header) || nlg_sink_used(again) != used)
    return "frame overwritten while reading";
  return NULL;
}

static enum nlg_poll drop(struct nlg_memsink *sink, const char *fault) {
  if (++sink->bad_frames >= NLG_SINK_BAD_FRAMES_MAX)
    nlg_object_state(sink, NLG_STATE_INVALID_STREAM, "%s", fault);
  return NLG_POLL_LOST;
}

/** Under the lock: everything a client does. */
static enum nlg_poll take(struct nlg_memsink *sink, int64_t now_us,
                          uint8_t *into, size_t capacity,
                          struct nlg_frame *frame) {
  uint8_t header[NLG_SINK_HEADER_SIZE_MAX];
  const struct nlg_sink_layout *layout;
  struct nlg_sink_peek peek;
  const char *fault;
  bool watched;
  if (!nlg_object_read(sink->fd, &peek, sizeof(peek), 0)) return NLG_POLL_NONE;
  layout = identify(sink, &peek);
  if (layout == NULL ||
      !nlg_object_read(sink->fd, header, layout->header_size, 0))
    return NLG_POLL_NONE;
  if (!check_format(sink, layout, header)) {
    // No client of it, and no reason to take its lock each millisecond.
    sink->seen_id = true;
    sink->last_id = nlg_sink_id(header);
    sink->key_wanted = false;
    sink->stamp_at_us = now_us + NLG_SINK_STAMP_US;
    return NLG_POLL_NONE;
  }
  stamp(sink, layout, now_us);
  if (sink->seen_id && nlg_sink_id(header) == sink->last_id)
    return NLG_POLL_NONE;

  // What came while nobody looked may be old, and so may the first frame.
  watched = sink->seen_id && now_us - sink->polled_us < NLG_DOZE_US / 2;
  sink->seen_id = true;
  sink->last_id = nlg_sink_id(header);
  sink->news_us = now_us;
  fault = copy_data(sink, layout, header, into, capacity);
  if (fault != NULL) return drop(sink, fault);
  sink->bad_frames = 0;
  sink->can_request_key = layout->key_request_at > 0;
  nlg_sink_describe(layout, header, frame);
  double age = (double)now_us / 1e6 - frame->grab_seconds;
  frame->fresh = watched || (age > -FRESH_SECONDS && age < FRESH_SECONDS);
  if (!frame->fresh) {
    nlg_object_state(sink, NLG_STATE_SINK_WAITING, "the frame found is old");
  } else if (frame->online) {
    nlg_object_state(sink, NLG_STATE_LIVE, "version %" PRIu32, layout->version);
  } else {
    nlg_object_state(sink, NLG_STATE_NO_SIGNAL, "version %" PRIu32,
                     layout->version);
  }
  return NLG_POLL_FRAME;
}

static void check_silence(struct nlg_memsink *sink, int64_t now_us) {
  const bool moving = sink->state == NLG_STATE_LIVE ||
                      sink->state == NLG_STATE_NO_SIGNAL ||
                      sink->state == NLG_STATE_INVALID_STREAM;
  const bool waiting = sink->state == NLG_STATE_SINK_WAITING && sink->seen_id;
  if ((moving || waiting) && now_us - sink->news_us >= NLG_SINK_SILENCE_US)
    nlg_object_state(sink, NLG_STATE_SINK_STALLED, "no new frame for %d s",
                     NLG_SINK_SILENCE_US / 1000000);
}

/** Opens or checks the object and reads its start. */
static bool peek_object(struct nlg_memsink *sink, int64_t now_us,
                        struct nlg_sink_peek *peek) {
  if (!nlg_object_follow(sink, now_us)) return false;
  if (nlg_object_read(sink->fd, peek, sizeof(*peek), 0)) return true;
  nlg_object_state(sink, NLG_STATE_SINK_WAITING, "the object is empty");
  return false;
}

enum nlg_poll nlg_memsink_poll(struct nlg_memsink *sink, int64_t now_us,
                               uint8_t *into, size_t capacity,
                               struct nlg_frame *frame) {
  enum nlg_poll result = NLG_POLL_NONE;
  struct nlg_sink_peek peek;
  // Whoever looks again after a pause gives the writer time to wake up.
  if (now_us - sink->polled_us > NLG_DOZE_US / 2) sink->news_us = now_us;
  if (!peek_object(sink, now_us, &peek)) goto out;
  // Without the lock, and so only to find out whether it is worth taking.
  if (identify(sink, &peek) == NULL) goto out;
  if (!sink->seen_id || peek.id != sink->last_id || sink->key_wanted ||
      now_us >= sink->stamp_at_us) {
    if (nlg_object_try_lock(sink, now_us)) {
      result = take(sink, now_us, into, capacity, frame);
      flock(sink->fd, LOCK_UN);
    }
  }
  if (result == NLG_POLL_NONE) check_silence(sink, now_us);
out:
  sink->polled_us = now_us;
  return result;
}

void nlg_memsink_look(struct nlg_memsink *sink, int64_t now_us) {
  uint8_t header[NLG_SINK_HEADER_SIZE_MAX];
  const struct nlg_sink_layout *layout;
  struct nlg_sink_peek peek;
  if (!peek_object(sink, now_us, &peek)) return;
  layout = identify(sink, &peek);
  if (layout == NULL ||
      !nlg_object_read(sink->fd, header, layout->header_size, 0) ||
      !check_format(sink, layout, header))
    return;
  // The writer may rest while it has no client: that is no fault. But one
  // that was found silent stays so until it moves.
  if (sink->seen_id && peek.id == sink->last_id &&
      sink->state == NLG_STATE_SINK_STALLED)
    return;
  nlg_object_state(sink, NLG_STATE_LIVE, "version %" PRIu32 "; nobody watches",
                   layout->version);
}
