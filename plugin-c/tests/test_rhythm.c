// SPDX-License-Identifier: GPL-3.0-or-later
/** How long the camera's thread rests after a picture. */
#include "check.h"
#include "rhythm.h"

/** Pictures that come each `period_us`, found when they are looked for. */
struct source {
  struct nlg_rhythm rhythm;
  int64_t now_us, picture_us, latest_us;
};

/** How late the latest of so many pictures was found. */
static int64_t play(struct source *it, int64_t period_us, int count) {
  it->latest_us = 0;
  for (int picture = 0; picture < count; ++picture) {
    it->picture_us += period_us;
    while (it->now_us < it->picture_us) {
      const int64_t due_us = nlg_rhythm_due_us(&it->rhythm);
      const int64_t soon_us = it->now_us + NLG_POLL_US;
      it->now_us = due_us > soon_us ? due_us : soon_us;
    }
    nlg_rhythm_picture(&it->rhythm, it->now_us);
    if (it->now_us - it->picture_us > it->latest_us)
      it->latest_us = it->now_us - it->picture_us;
  }
  return it->latest_us;
}

static void is_in_time_at_any_rate(void) {
  static const int64_t PERIODS_US[] = {5000, 8333, 16667, 33333, 100000};
  for (size_t index = 0; index < sizeof(PERIODS_US) / sizeof(*PERIODS_US);
       ++index) {
    struct source it = {.now_us = 1000000000, .picture_us = 1000000000};
    play(&it, PERIODS_US[index], 50);
    CHECK(play(&it, PERIODS_US[index], 1000) <= NLG_POLL_US);
    // And it does rest.
    CHECK(nlg_rhythm_due_us(&it.rhythm) - it.now_us >=
          (PERIODS_US[index] < 33334 ? PERIODS_US[index] * 5 / 8
                                     : NLG_REST_US_MAX));
  }
}

static void follows_an_encoder_that_becomes_faster(void) {
  struct source it = {.now_us = 1000000000, .picture_us = 1000000000};
  play(&it, 33333, 100);
  CHECK(play(&it, 8333, 20) <= NLG_REST_US_MAX);
  CHECK(play(&it, 8333, 200) <= NLG_POLL_US);
  play(&it, 33333, 100);
  CHECK(nlg_rhythm_due_us(&it.rhythm) - it.now_us > 20000);
}

static void knows_nothing_at_first_and_after_a_pause(void) {
  struct nlg_rhythm rhythm = {0};
  CHECK_INT(nlg_rhythm_due_us(&rhythm), 0);
  nlg_rhythm_picture(&rhythm, 1000000000);
  CHECK_INT(nlg_rhythm_due_us(&rhythm), 1000000000);
  nlg_rhythm_picture(&rhythm, 1000010000);
  CHECK_INT(nlg_rhythm_due_us(&rhythm), 1000010000 + 7500);
  nlg_rhythm_picture(&rhythm, 1100000000);
  CHECK_INT(nlg_rhythm_due_us(&rhythm), 1100000000);
}

int main(void) {
  RUN(is_in_time_at_any_rate);
  RUN(follows_an_encoder_that_becomes_faster);
  RUN(knows_nothing_at_first_and_after_a_pause);
  return 0;
}
