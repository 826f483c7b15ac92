// SPDX-License-Identifier: GPL-3.0-or-later
#define _GNU_SOURCE
#include "memsink_object.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

void nlg_object_state(struct nlg_memsink *sink, enum nlg_state state,
                      const char *format, ...) {
  va_list arguments;
  sink->state = state;
  va_start(arguments, format);
  vsnprintf(sink->detail, sizeof(sink->detail), format, arguments);
  va_end(arguments);
}

void nlg_object_close(struct nlg_memsink *sink) {
  if (sink->fd >= 0) close(sink->fd);
  sink->fd = -1;
  sink->seen_id = false;
  sink->last_grab_seconds = 0;
  sink->bad_frames = 0;
  sink->locked_since_us = 0;
}

static void open_object(struct nlg_memsink *sink, int64_t now_us) {
  if (now_us < sink->open_at_us) return;
  sink->open_at_us = now_us + NLG_SINK_CHECK_US;
  sink->fd = shm_open(sink->name, O_RDWR | O_CLOEXEC, 0);
  if (sink->fd >= 0) {
    // The first look decides about the state.
    ++sink->object_count;
    sink->check_at_us = 0;
    sink->stamp_at_us = 0;
    sink->news_us = now_us;
    nlg_object_state(sink, NLG_STATE_SINK_WAITING, "opened");
  } else if (errno == EACCES || errno == EPERM) {
    nlg_object_state(
      sink, NLG_STATE_PERMISSION_DENIED,
      "use --h264-sink-mode=660 and add Janus's user to the group");
  } else {
    nlg_object_state(sink, NLG_STATE_SINK_ABSENT, "%s", sink->name);
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
  nlg_object_close(sink);
  sink->open_at_us = 0;
  open_object(sink, now_us);
  return sink->fd >= 0;
}

bool nlg_object_follow(struct nlg_memsink *sink, int64_t now_us) {
  if (sink->fd < 0) open_object(sink, now_us);
  return sink->fd >= 0 && check_object(sink, now_us);
}

bool nlg_object_read(int fd, void *into, size_t size, uint32_t offset) {
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

bool nlg_object_write(int fd, const void *from, size_t size, uint32_t offset) {
  ssize_t done;
  do {
    done = pwrite(fd, from, size, (off_t)offset);
  } while (done < 0 && errno == EINTR);
  return done == (ssize_t)size;
}

bool nlg_object_try_lock(struct nlg_memsink *sink, int64_t now_us) {
  if (flock(sink->fd, LOCK_EX | LOCK_NB) == 0) {
    sink->locked_since_us = 0;
    return true;
  }
  if (sink->locked_since_us == 0) sink->locked_since_us = now_us;
  if (now_us - sink->locked_since_us >= NLG_SINK_LOCK_US)
    nlg_object_state(sink, NLG_STATE_SINK_STALLED, "the writer holds the lock");
  return false;
}
