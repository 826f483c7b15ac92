// SPDX-License-Identifier: GPL-3.0-or-later
#define _GNU_SOURCE
#include "memsink.h"

#include "memsink_header.h"

#include <errno.h>
#include <fcntl.h>
#include <float.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/** An old frame found on attach: µStreamer at 1 fps is still fresh. */
#define FRESH_SECONDS 1.0

/** An x87 number is followed by padding: whatever lay on the stack. */
#define LONG_DOUBLE_BYTES (LDBL_MANT_DIG == 64 ? 10 : sizeof(long double))

__attribute__((format(printf, 3, 4))) static void
set_state(struct nlg_memsink *sink, enum nlg_state state, const char *format,
          ...) {
  va_list arguments;
  sink->state = state;
  va_start(arguments, format);
  vsnprintf(sink->detail, sizeof(sink->detail), format, arguments);
  va_end(arguments);
}

void nlg_memsink_init(struct nlg_memsink *sink, const char *name) {
  memset(sink, 0, sizeof(*sink));
  snprintf(sink->name, sizeof(sink->name), "%s", name);
  sink->fd = -1;
  set_state(sink, NLG_STATE_SINK_ABSENT, "%s", sink->name);
}

static void close_object(struct nlg_memsink *sink) {
  if (sink->fd >= 0) close(sink->fd);
  sink->fd = -1;
  sink->seen_id = false;
  sink->locked_since_us = 0;
}

void nlg_memsink_destroy(struct nlg_memsink *sink) {
  close_object(sink);
}

void nlg_memsink_request_key(struct nlg_memsink *sink) {
  sink->key_wanted = true;
}

static void open_object(struct nlg_memsink *sink, int64_t now_us) {
  if (now_us < sink->open_at_us) return;
  sink->open_at_us = now_us + NLG_SINK_CHECK_US;
  sink->fd = shm_open(sink->name, O_RDWR | O_CLOEXEC, 0);
  if (sink->fd >= 0) {
    // The first look decides about the state.
    sink->check_at_us = 0;
    sink->stamp_at_us = 0;
    sink->news_us = now_us;
    set_state(sink, NLG_STATE_SINK_WAITING, "opened");
  } else if (errno == EACCES || errno == EPERM) {
    set_state(sink, NLG_STATE_PERMISSION_DENIED,
              "use --h264-sink-mode=660 and add Janus's user to the group");
  } else {
    set_state(sink, NLG_STATE_SINK_ABSENT, "%s", sink->name);
  }
}

/**
 * Whether the descriptor still is the object of that name; a writer that
 * starts anew may unlink it and make another.
 */
static bool check_object(struct nlg_memsink *sink, int64_t now_us) {
  struct stat status;
  if (now_us < sink->check_at_us) return true;
  sink->check_at_us = now_us + NLG_SINK_CHECK_US;
  if (fstat(sink->fd, &status) == 0 && status.st_nlink > 0) {
    sink->object_size = status.st_size;
    return true;
  }
  close_object(sink);
  sink->open_at_us = 0;
  open_object(sink, now_us);
  return sink->fd >= 0;
}

static bool read_at(int fd, void *into, size_t size, uint32_t offset) {
  size_t done = 0;
  while (done < size) {
    ssize_t part = pread(fd, (uint8_t *)into + done, size - done,
                         (off_t)offset + (off_t)done);
    if (part > 0)
      done += (size_t)part;
    else if (part == 0 || errno != EINTR)
      return false;
  }
  return true;
}

static bool write_at(int fd, const void *from, size_t size, uint32_t offset) {
  ssize_t done;
  do {
    done = pwrite(fd, from, size, (off_t)offset);
  } while (done < 0 && errno == EINTR);
  return done == (ssize_t)size;
}

/** Looks at magic and version; NULL, with the state set, if they are no good.
 */
static const struct nlg_sink_layout *
identify(struct nlg_memsink *sink, const struct nlg_sink_peek *peek) {
  const struct nlg_sink_layout *layout;
  if (peek->magic != NLG_MEMSINK_MAGIC) {
    set_state(sink, NLG_STATE_SINK_WAITING, "nothing written yet");
    return NULL;
  }
  layout = nlg_sink_find_layout(peek->version, sink->object_size);
  if (layout == NULL) {
    set_state(sink, NLG_STATE_UNSUPPORTED_VERSION,
              "version %" PRIu32 "; known are 2-8 and 10", peek->version);
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
  set_state(sink, NLG_STATE_WRONG_FORMAT, "format %s", text);
  return false;
}

/** Takes the writer's lock, if that is possible at once. */
static bool try_lock(struct nlg_memsink *sink, int64_t now_us) {
  if (flock(sink->fd, LOCK_EX | LOCK_NB) == 0) {
    sink->locked_since_us = 0;
    return true;
  }
  if (sink->locked_since_us == 0) sink->locked_since_us = now_us;
  if (now_us - sink->locked_since_us >= NLG_SINK_LOCK_US)
    set_state(sink, NLG_STATE_SINK_STALLED, "the writer holds the lock");
  return false;
}

static void stamp(struct nlg_memsink *sink,
                  const struct nlg_sink_layout *layout, int64_t now_us) {
  const long double seconds = (long double)now_us / 1e6L;
  const bool yes = true;
  uint8_t bytes[sizeof(seconds)] = {0};
  memcpy(bytes, &seconds, LONG_DOUBLE_BYTES);
  write_at(sink->fd, bytes, sizeof(bytes), layout->last_client_at);
  if (sink->key_wanted && layout->key_request_at > 0)
    write_at(sink->fd, &yes, sizeof(yes), layout->key_request_at);
  sink->key_wanted = false;
  sink->stamp_at_us = now_us + NLG_SINK_STAMP_US;
}

static bool is_annex_b(const uint8_t *data, size_t size) {
  static const uint8_t START[] = {0, 0, 0, 1};
  return (size > 3 && memcmp(data, START + 1, 3) == 0) ||
         (size > 4 && memcmp(data, START, 4) == 0);
}

/** Under the lock: copies what `header` announces. */
static bool copy_data(struct nlg_memsink *sink,
                      const struct nlg_sink_layout *layout,
                      const uint8_t *header, uint8_t *into, size_t capacity) {
  const size_t used = nlg_sink_used(header);
  uint8_t again[NLG_SINK_HEADER_SIZE_MAX];
  if (used == 0 || used > capacity) {
    set_state(sink, NLG_STATE_INVALID_STREAM,
              "frame of %zu bytes; the limit is %zu", used, capacity);
    return false;
  }
  // A writer that ignores the lock shows in id or size.
  if (!read_at(sink->fd, into, used, layout->data_at) ||
      !read_at(sink->fd, again, offsetof(struct nlg_sink_v2, width), 0) ||
      nlg_sink_id(again) != nlg_sink_id(header) ||
      nlg_sink_used(again) != used) {
    set_state(sink, NLG_STATE_INVALID_STREAM, "the frame changed or is cut");
    return false;
  }
  if (is_annex_b(into, used)) return true;
  set_state(sink, NLG_STATE_INVALID_STREAM, "the frame has no start code");
  return false;
}

/** Under the lock: everything a client does. */
static enum nlg_poll take(struct nlg_memsink *sink, int64_t now_us,
                          uint8_t *into, size_t capacity,
                          struct nlg_frame *frame) {
  uint8_t header[NLG_SINK_HEADER_SIZE_MAX];
  const struct nlg_sink_layout *layout;
  struct nlg_sink_peek peek;
  bool watched;
  if (!read_at(sink->fd, &peek, sizeof(peek), 0)) return NLG_POLL_NONE;
  layout = identify(sink, &peek);
  if (layout == NULL || !read_at(sink->fd, header, layout->header_size, 0))
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
  if (!copy_data(sink, layout, header, into, capacity)) return NLG_POLL_LOST;
  nlg_sink_describe(layout, header, frame);
  double age = (double)now_us / 1e6 - frame->grab_seconds;
  frame->fresh = watched || (age > -FRESH_SECONDS && age < FRESH_SECONDS);
  if (!frame->fresh) {
    set_state(sink, NLG_STATE_SINK_WAITING, "the frame found is old");
  } else if (frame->online) {
    set_state(sink, NLG_STATE_LIVE, "version %" PRIu32, layout->version);
  } else {
    set_state(sink, NLG_STATE_NO_SIGNAL, "version %" PRIu32, layout->version);
  }
  return NLG_POLL_FRAME;
}

static void check_silence(struct nlg_memsink *sink, int64_t now_us) {
  const bool moving = sink->state == NLG_STATE_LIVE ||
                      sink->state == NLG_STATE_NO_SIGNAL ||
                      sink->state == NLG_STATE_INVALID_STREAM;
  const bool waiting = sink->state == NLG_STATE_SINK_WAITING && sink->seen_id;
  if ((moving || waiting) && now_us - sink->news_us >= NLG_SINK_SILENCE_US)
    set_state(sink, NLG_STATE_SINK_STALLED, "no new frame for %d s",
              NLG_SINK_SILENCE_US / 1000000);
}

/** Opens or checks the object and reads its start. */
static bool peek_object(struct nlg_memsink *sink, int64_t now_us,
                        struct nlg_sink_peek *peek) {
  if (sink->fd < 0) open_object(sink, now_us);
  if (sink->fd < 0 || !check_object(sink, now_us)) return false;
  if (read_at(sink->fd, peek, sizeof(*peek), 0)) return true;
  set_state(sink, NLG_STATE_SINK_WAITING, "the object is empty");
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
    if (try_lock(sink, now_us)) {
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
  if (layout == NULL || !read_at(sink->fd, header, layout->header_size, 0) ||
      !check_format(sink, layout, header))
    return;
  // The writer may rest while it has no client: that is no fault. But one
  // that was found silent stays so until it moves.
  if (sink->seen_id && peek.id == sink->last_id &&
      sink->state == NLG_STATE_SINK_STALLED)
    return;
  set_state(sink, NLG_STATE_LIVE, "version %" PRIu32 "; nobody watches",
            layout->version);
}
