// SPDX-License-Identifier: GPL-3.0-or-later
#define _GNU_SOURCE
#include "sink_writer.h"

#include "check.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#define MIB (1024u * 1024u)

const struct sink_version SINK_VERSIONS[] = {
#if defined(__arm__)
  {"2", 2, 28, 44, 0, 48, 72, 0, 80, 32 * MIB + 80},
  {"3", 3, 28, 44, 0, 48, 72, 80, 81, 32 * MIB + 88},
  {"4", 4, 28, 44, 48, 56, 80, 88, 89, 32 * MIB + 96},
  {"5", 5, 28, 44, 48, 56, 80, 88, 96 * 96, 2 * MIB + 96},
  {"6", 6, 28, 44, 48, 56, 80, 88, 96, 2 * MIB + 96},
  {"7 short", 7, 44, 60, 64, 72, 32, 40, 96, 2 * MIB + 96},
  {"7 long", 7, 44, 60, 64, 72, 32, 40, 104, 2 * MIB + 104},
  {"8", 8, 44, 60, 64, 72, 32, 40, 104, 2 * MIB + 104},
  {"10", 10, 60, 76, 80, 88, 32, 56, 120, 2 * MIB + 120},
#else
  {"2", 2, 32, 48, 0, 64, 112, 0, 128, 33554560},
  {"3", 3, 32, 48, 0, 64, 112, 128, 129, 33554576},
  {"4", 4, 32, 48, 52, 64, 112, 128, 129, 33554576},
  {"5", 5, 32, 48, 52, 64, 112, 128, 20736, 2 * MIB + 144},
  {"6", 6, 32, 48, 52, 64, 112, 128, 144, 2 * MIB + 144},
  {"7 short", 7, 52, 68, 72, 80, 32, 48, 128, 2 * MIB + 128},
  {"7 long", 7, 52, 68, 72, 80, 32, 48, 144, 2 * MIB + 144},
  {"8", 8, 52, 68, 72, 80, 32, 48, 144, 2 * MIB + 144},
  {"10", 10, 68, 84, 88, 96, 32, 64, 160, 2 * MIB + 160},
#endif
};
const size_t SINK_VERSION_COUNT =
  sizeof(SINK_VERSIONS) / sizeof(*SINK_VERSIONS);

const struct sink_version *sink_version(uint32_t version) {
  const struct sink_version *found = NULL;
  for (size_t index = 0; index < SINK_VERSION_COUNT; ++index)
    if (SINK_VERSIONS[index].version == version) found = &SINK_VERSIONS[index];
  CHECK(found != NULL);
  return found;
}

void sink_open(struct sink_writer *writer, const char *name,
               const struct sink_version *version) {
  memset(writer, 0, sizeof(*writer));
  writer->version = version;
  snprintf(writer->name, sizeof(writer->name), "%s", name);
  writer->fd = shm_open(name, O_RDWR | O_CREAT, 0660);
  CHECK(writer->fd >= 0);
  CHECK_INT(ftruncate(writer->fd, version->object_size), 0);
}

void sink_close(struct sink_writer *writer) {
  close(writer->fd);
  shm_unlink(writer->name);
}

void sink_poke(struct sink_writer *writer, uint32_t offset, const void *bytes,
               size_t size) {
  CHECK_INT(pwrite(writer->fd, bytes, size, offset), size);
}

static void poke_u32(struct sink_writer *writer, uint32_t offset,
                     uint32_t value) {
  sink_poke(writer, offset, &value, sizeof(value));
}

void sink_write(struct sink_writer *writer, const struct sink_frame *frame) {
  static const uint64_t MAGIC = 0xCAFEBABECAFEBABE;
  const struct sink_version *version = writer->version;
  const size_t used = frame->lie ? frame->used : frame->size;
  const uint32_t format = frame->format != 0 ? frame->format : 0x34363248;
  const uint8_t flags[2] = {!frame->offline, frame->key};
  const uint8_t no = 0;
  long double grab = frame->grab_seconds;
  uint8_t grab_bytes[sizeof(grab)] = {0};
  memcpy(grab_bytes, &grab, sizeof(grab));
  CHECK_INT(flock(writer->fd, LOCK_EX), 0);
  ++writer->id;
  sink_poke(writer, 16, &writer->id, sizeof(writer->id));
  sink_poke(writer, version->data_at, frame->data, frame->size);
  sink_poke(writer, 24, &used, sizeof(used));
  poke_u32(writer, version->width_at, 640);
  poke_u32(writer, version->width_at + 4, 480);
  poke_u32(writer, version->width_at + 8, format);
  sink_poke(writer, version->online_at, flags, sizeof(flags));
  if (version->gop_at > 0) poke_u32(writer, version->gop_at, frame->gop);
  sink_poke(writer, version->grab_at, grab_bytes, sizeof(grab_bytes));
  if (frame->key && version->key_request_at > 0)
    sink_poke(writer, version->key_request_at, &no, 1);
  sink_poke(writer, 0, &MAGIC, sizeof(MAGIC));
  poke_u32(writer, 8, version->version);
  flock(writer->fd, LOCK_UN);
}

double sink_last_client(struct sink_writer *writer) {
  long double seconds;
  CHECK_INT(pread(writer->fd, &seconds, sizeof(seconds),
                  writer->version->last_client_at),
            sizeof(seconds));
  return (double)seconds;
}

bool sink_key_requested(struct sink_writer *writer) {
  uint8_t flag;
  CHECK(writer->version->key_request_at > 0);
  CHECK_INT(pread(writer->fd, &flag, 1, writer->version->key_request_at), 1);
  return flag != 0;
}
