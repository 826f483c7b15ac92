// SPDX-License-Identifier: GPL-3.0-or-later
/** The cached group of pictures, and its bounds. */
#include "check.h"
#include "group.h"

static struct nlg_group group;
static uint8_t picture[NLG_GROUP_SIZE_MAX + 1];

/** Stages and keeps a picture of that size, filled with `number`. */
static bool put(uint8_t number, size_t size, bool key) {
  const struct nlg_frame frame = {.size = (uint32_t)size};
  memset(picture, number, size);
  if (!nlg_group_stage(&group, picture, size)) return false;
  nlg_group_keep(&group, &frame, number, key);
  return true;
}

static void check_picture(size_t index, uint8_t number, uint32_t size) {
  const struct nlg_group_unit *unit = &group.units[index];
  CHECK(index < group.count);
  CHECK_INT(unit->rtp_timestamp, number);
  CHECK_INT(unit->frame.size, size);
  CHECK_INT(group.bytes[unit->start], number);
  CHECK_INT(group.bytes[unit->start + size - 1], number);
}

static void keeps_from_the_key_frame_on(void) {
  put(1, 100, false);
  CHECK_INT(group.count, 0);
  put(2, 5000, true);
  put(3, 100, false);
  put(4, 200, false);
  CHECK_INT(group.count, 3);
  check_picture(0, 2, 5000);
  check_picture(1, 3, 100);
  check_picture(2, 4, 200);
  // The next one takes its place, over the same bytes.
  put(5, 6000, true);
  put(6, 1, false);
  CHECK_INT(group.count, 2);
  check_picture(0, 5, 6000);
  check_picture(1, 6, 1);
}

static void forgets_what_was_staged_only(void) {
  put(1, 100, true);
  CHECK(nlg_group_stage(&group, picture, 50));
  put(2, 10, false);
  CHECK_INT(group.count, 2);
  check_picture(1, 2, 10);
}

static void is_bounded_in_bytes(void) {
  put(1, NLG_GROUP_SIZE_MAX - 100, true);
  CHECK(put(2, 100, false));
  CHECK_INT(group.count, 2);
  // Outgrown: nothing until the next key frame.
  CHECK(put(3, 1, false));
  CHECK_INT(group.count, 0);
  CHECK(put(4, NLG_GROUP_SIZE_MAX, true));
  CHECK_INT(group.count, 1);
  check_picture(0, 4, NLG_GROUP_SIZE_MAX);
  CHECK(!put(5, NLG_GROUP_SIZE_MAX + 1, true));
  CHECK_INT(group.count, 0);
}

static void is_bounded_in_pictures(void) {
  put(1, 10, true);
  for (int number = 1; number < NLG_GROUP_UNITS_MAX; ++number)
    put(2, 10, false);
  CHECK_INT(group.count, NLG_GROUP_UNITS_MAX);
  put(3, 10, false);
  CHECK_INT(group.count, 0);
  put(4, 10, true);
  CHECK_INT(group.count, 1);
}

int main(void) {
  RUN(keeps_from_the_key_frame_on);
  nlg_group_clear(&group);
  RUN(forgets_what_was_staged_only);
  RUN(is_bounded_in_bytes);
  RUN(is_bounded_in_pictures);
  nlg_group_destroy(&group);
  return 0;
}
