// SPDX-License-Identifier: GPL-3.0-or-later
#include "group.h"

#include <stdlib.h>
#include <string.h>

void nlg_group_destroy(struct nlg_group *group) {
  free(group->bytes);
}

bool nlg_group_stage(struct nlg_group *group, const uint8_t *bytes,
                     size_t size) {
  if (group->bytes == NULL) group->bytes = malloc(NLG_GROUP_SIZE_MAX);
  if (group->bytes == NULL || size > NLG_GROUP_SIZE_MAX) {
    nlg_group_clear(group);
    return false;
  }
  // One that has outgrown its memory is of no use, but its successor is.
  if (group->count == NLG_GROUP_UNITS_MAX ||
      size > NLG_GROUP_SIZE_MAX - group->used)
    nlg_group_clear(group);
  memcpy(group->bytes + group->used, bytes, size);
  return true;
}

void nlg_group_keep(struct nlg_group *group, const struct nlg_frame *frame,
                    uint32_t rtp_timestamp, bool key) {
  if (key) {
    memmove(group->bytes, group->bytes + group->used, frame->size);
    nlg_group_clear(group);
  } else if (group->count == 0) {
    return;
  }
  group->units[group->count++] = (struct nlg_group_unit){
    .start = group->used, .frame = *frame, .rtp_timestamp = rtp_timestamp};
  group->used += frame->size;
}

void nlg_group_clear(struct nlg_group *group) {
  group->used = 0;
  group->count = 0;
}
