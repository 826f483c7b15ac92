// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Writes memory sinks of every version for tests. Its offsets are the measured
 * numbers, not the structs of src/memsink_abi.h.
 */
#ifndef NLG_SINK_WRITER_H
#define NLG_SINK_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sink_version {
  const char *name;
  uint32_t version;
  uint32_t width_at, online_at, gop_at, grab_at, last_client_at;
  uint32_t key_request_at, data_at;
  uint32_t object_size;
};

extern const struct sink_version SINK_VERSIONS[];
extern const size_t SINK_VERSION_COUNT;

/** The row of a version; of 7 the one with the long header. */
const struct sink_version *sink_version(uint32_t version);

struct sink_writer {
  const struct sink_version *version;
  char name[64];
  int fd;
  uint64_t id;
};

/** Creates the object, empty as a writer's is before its first frame. */
void sink_open(struct sink_writer *writer, const char *name,
               const struct sink_version *version);

/** Closes and unlinks it. */
void sink_close(struct sink_writer *writer);

struct sink_frame {
  const void *data;
  size_t size;
  double grab_seconds;
  uint32_t gop;
  bool key, offline;
  /** 0: H264. */
  uint32_t format;
  /** Write this as `used` instead of the size. */
  bool lie;
  size_t used;
};

/** Writes a frame of 640 × 480 under the lock, waiting for it if need be. */
void sink_write(struct sink_writer *writer, const struct sink_frame *frame);

/** Overwrites bytes of the object as they are. */
void sink_poke(struct sink_writer *writer, uint32_t offset, const void *bytes,
               size_t size);

/** What readers left: the time of the last one, and a key frame request. */
double sink_last_client(struct sink_writer *writer);
bool sink_key_requested(struct sink_writer *writer);

#endif
