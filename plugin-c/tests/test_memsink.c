// SPDX-License-Identifier: GPL-3.0-or-later
/** The sink reader on every version, and what its state says. */
#include "sink_fixture.h"

#include <math.h>

static void reads_every_version(void) {
  for (size_t index = 0; index < SINK_VERSION_COUNT; ++index) {
    const struct sink_version *version = &SINK_VERSIONS[index];
    struct fixture it = {.now_us = nlg_now_us()};
    struct sink_frame frame = picture(&it);
    sink_open(&it.writer, sink_name(), version);
    nlg_memsink_init(&it.sink, sink_name());
    sink_write(&it.writer, &frame);
    CHECK_INT(poll(&it), NLG_POLL_FRAME);
    CHECK_INT(it.sink.state, NLG_STATE_LIVE);
    CHECK_INT(it.frame.size, sizeof(PICTURE));
    CHECK(memcmp(into, PICTURE, sizeof(PICTURE)) == 0);
    CHECK_INT(it.frame.width, 640);
    CHECK_INT(it.frame.height, 480);
    CHECK_INT(it.frame.gop, version->gop_at > 0 ? 30 : -1);
    CHECK(it.frame.key && it.frame.online && it.frame.fresh);
    CHECK(fabs(it.frame.grab_seconds - frame.grab_seconds) < 1e-6);
    CHECK(fabs(sink_last_client(&it.writer) - (double)it.now_us / 1e6) < 1e-3);
    CHECK_INT(poll(&it), NLG_POLL_NONE);
    if (version->key_request_at > 0) {
      CHECK(!sink_key_requested(&it.writer));
      nlg_memsink_request_key(&it.sink);
      poll(&it);
      CHECK(sink_key_requested(&it.writer));
    }
    end(&it);
    printf("   version %s\n", version->name);
  }
}

static void stays_a_client(void) {
  struct fixture it;
  begin(&it, 10);
  write_and_poll(&it);
  for (int round = 0; round < 12; ++round) {
    poll_for(&it, SECOND);
    CHECK((double)it.now_us / 1e6 - sink_last_client(&it.writer) < 1.0);
  }
  end(&it);
}

static void finds_a_sink_that_comes_late(void) {
  struct fixture it = {.now_us = nlg_now_us()};
  nlg_memsink_init(&it.sink, sink_name());
  CHECK_INT(poll_for(&it, SECOND), NLG_POLL_NONE);
  CHECK_INT(it.sink.state, NLG_STATE_SINK_ABSENT);
  sink_open(&it.writer, sink_name(), sink_version(8));
  CHECK_INT(poll_for(&it, SECOND), NLG_POLL_NONE);
  CHECK_INT(it.sink.state, NLG_STATE_SINK_WAITING);
  write_and_poll(&it);
  end(&it);
}

static void finds_a_sink_made_anew(void) {
  struct fixture it;
  begin(&it, 7);
  write_and_poll(&it);
  sink_close(&it.writer);
  sink_open(&it.writer, sink_name(), sink_version(10));
  const struct sink_frame frame = picture(&it);
  sink_write(&it.writer, &frame);
  CHECK_INT(poll_for(&it, SECOND), NLG_POLL_FRAME);
  CHECK_INT(it.sink.state, NLG_STATE_LIVE);
  sink_close(&it.writer);
  poll_for(&it, SECOND);
  CHECK_INT(it.sink.state, NLG_STATE_SINK_ABSENT);
  end(&it);
}

static void shows_no_old_frame_as_live(void) {
  struct fixture it;
  begin(&it, 10);
  struct sink_frame frame = picture(&it);
  frame.grab_seconds -= 60;
  sink_write(&it.writer, &frame);
  CHECK_INT(poll(&it), NLG_POLL_FRAME);
  CHECK(!it.frame.fresh);
  CHECK_INT(it.sink.state, NLG_STATE_SINK_WAITING);
  // Even a writer without a clock is live once it moves.
  frame.grab_seconds = 0;
  sink_write(&it.writer, &frame);
  CHECK_INT(poll(&it), NLG_POLL_FRAME);
  CHECK(it.frame.fresh);
  CHECK(it.frame.grab_seconds <= 0);
  end(&it);
}

static void tells_silence(void) {
  struct fixture it;
  begin(&it, 10);
  write_and_poll(&it);
  poll_for(&it, SECOND);
  CHECK_INT(it.sink.state, NLG_STATE_LIVE);
  poll_for(&it, 3 * SECOND);
  CHECK_INT(it.sink.state, NLG_STATE_SINK_STALLED);
  write_and_poll(&it);
  end(&it);
}

static void looks_without_being_a_client(void) {
  struct fixture it;
  begin(&it, 10);
  const struct sink_frame frame = picture(&it);
  nlg_memsink_look(&it.sink, it.now_us);
  CHECK_INT(it.sink.state, NLG_STATE_SINK_WAITING);
  sink_write(&it.writer, &frame);
  it.now_us += SECOND;
  nlg_memsink_look(&it.sink, it.now_us);
  CHECK_INT(it.sink.state, NLG_STATE_LIVE);
  CHECK(sink_last_client(&it.writer) == 0);
  // After the pause, the same frame is old news but not yet silence.
  it.now_us += 60 * SECOND;
  CHECK_INT(poll(&it), NLG_POLL_FRAME);
  CHECK(!it.frame.fresh);
  end(&it);
}

static void tells_no_signal(void) {
  struct fixture it;
  begin(&it, 10);
  struct sink_frame frame = picture(&it);
  frame.offline = true;
  sink_write(&it.writer, &frame);
  CHECK_INT(poll(&it), NLG_POLL_FRAME);
  CHECK_INT(it.sink.state, NLG_STATE_NO_SIGNAL);
  end(&it);
}

int main(void) {
  atexit(remove_sink);
  RUN(reads_every_version);
  RUN(stays_a_client);
  RUN(finds_a_sink_that_comes_late);
  RUN(finds_a_sink_made_anew);
  RUN(shows_no_old_frame_as_live);
  RUN(tells_silence);
  RUN(looks_without_being_a_client);
  RUN(tells_no_signal);
  return 0;
}
