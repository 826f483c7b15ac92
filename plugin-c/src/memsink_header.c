// SPDX-License-Identifier: GPL-3.0-or-later
#include "memsink_header.h"

#include <string.h>

/** What comes after an H.264 sink's header fills whole pages. */
#define PAGE_SIZE 4096

const struct nlg_sink_layout *nlg_sink_find_layout(uint32_t version,
                                                   int64_t object_size) {
  const size_t count = sizeof(nlg_sink_layouts) / sizeof(*nlg_sink_layouts);
  for (size_t index = 0; index < count; ++index) {
    const struct nlg_sink_layout *layout = &nlg_sink_layouts[index];
    if (layout->version != version) continue;
    if (version != NLG_SINK_TWICE_USED ||
        (object_size - layout->data_at) % PAGE_SIZE == 0)
      return layout;
  }
  return NULL;
}

uint32_t nlg_sink_u32(const uint8_t *header, uint32_t offset) {
  uint32_t value;
  memcpy(&value, header + offset, sizeof(value));
  return value;
}

uint64_t nlg_sink_id(const uint8_t *header) {
  uint64_t id;
  memcpy(&id, header + offsetof(struct nlg_sink_v2, id), sizeof(id));
  return id;
}

size_t nlg_sink_used(const uint8_t *header) {
  size_t used;
  memcpy(&used, header + offsetof(struct nlg_sink_v2, used), sizeof(used));
  return used;
}

double nlg_sink_seconds(const uint8_t *header, uint32_t offset) {
  long double seconds;
  memcpy(&seconds, header + offset, sizeof(seconds));
  // Comparisons with NaN are false; a million years is no grab time.
  return seconds > 0.0L && seconds < 3e13L ? (double)seconds : 0.0;
}

void nlg_sink_describe(const struct nlg_sink_layout *layout,
                       const uint8_t *header, struct nlg_frame *frame) {
  frame->size = (uint32_t)nlg_sink_used(header);
  frame->width = nlg_sink_u32(header, layout->width_at);
  frame->height = nlg_sink_u32(header, layout->height_at);
  frame->gop = -1;
  if (layout->gop_at > 0) frame->gop = nlg_sink_u32(header, layout->gop_at);
  frame->grab_seconds = nlg_sink_seconds(header, layout->grab_at);
  frame->key = header[layout->key_at] != 0;
  frame->online = header[layout->online_at] != 0;
}
