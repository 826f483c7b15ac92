// SPDX-License-Identifier: GPL-3.0-or-later
/** The sink reader against every version and every fault. */
#define _GNU_SOURCE
#include "check.h"
#include "clock.h"
#include "memsink.h"
#include "sink_writer.h"

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CAPACITY (2u * 1024 * 1024)
#define SECOND 1000000

static const uint8_t PICTURE[] = {0, 0, 0, 1, 0x65, 0x88, 0x84, 1, 2, 3, 4};
static uint8_t into[CAPACITY];

/** A reader and a writer on one object, and a clock of the test's own. */
struct fixture {
  struct sink_writer writer;
  struct nlg_memsink sink;
  struct nlg_frame frame;
  int64_t now_us;
};

static const char *sink_name(void) {
  static char name[64];
  // Once: a child has another process id, but means the same sink.
  if (name[0] == '\0')
    snprintf(name, sizeof(name), "nlg-test-%d::h264", (int)getpid());
  return name;
}

static void begin(struct fixture *it, uint32_t version) {
  memset(it, 0, sizeof(*it));
  sink_open(&it->writer, sink_name(), sink_version(version));
  nlg_memsink_init(&it->sink, sink_name());
  it->now_us = nlg_now_us();
}

static void end(struct fixture *it) {
  nlg_memsink_destroy(&it->sink);
  sink_close(&it->writer);
}

static struct sink_frame picture(const struct fixture *it) {
  return (struct sink_frame){.data = PICTURE,
                             .size = sizeof(PICTURE),
                             .grab_seconds = (double)it->now_us / 1e6,
                             .gop = 30,
                             .key = true};
}

/** Polls a millisecond later. */
static enum nlg_poll poll(struct fixture *it) {
  it->now_us += 1000;
  return nlg_memsink_poll(&it->sink, it->now_us, into, CAPACITY, &it->frame);
}

/** Polls each millisecond of the given time; the last result that is news. */
static enum nlg_poll poll_for(struct fixture *it, int64_t duration_us) {
  enum nlg_poll result = NLG_POLL_NONE;
  for (const int64_t until_us = it->now_us + duration_us;
       it->now_us < until_us;) {
    const enum nlg_poll one = poll(it);
    if (one != NLG_POLL_NONE) result = one;
  }
  return result;
}

static void write_and_poll(struct fixture *it) {
  const struct sink_frame frame = picture(it);
  sink_write(&it->writer, &frame);
  CHECK_INT(poll(it), NLG_POLL_FRAME);
  CHECK_INT(it->sink.state, NLG_STATE_LIVE);
}

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
  poll_for(&it, 2 * SECOND);
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

static void refuses_other_versions(void) {
  static const uint32_t UNKNOWN[] = {0, 1, 9, 11, 0xffffffff};
  struct fixture it;
  begin(&it, 10);
  const struct sink_frame frame = picture(&it);
  sink_write(&it.writer, &frame);
  for (size_t index = 0; index < sizeof(UNKNOWN) / sizeof(*UNKNOWN); ++index) {
    char detail[64];
    sink_poke(&it.writer, 8, &UNKNOWN[index], 4);
    CHECK_INT(poll(&it), NLG_POLL_NONE);
    CHECK_INT(it.sink.state, NLG_STATE_UNSUPPORTED_VERSION);
    snprintf(detail, sizeof(detail), "version %u; known are 2-8 and 10",
             (unsigned)UNKNOWN[index]);
    CHECK_TEXT(it.sink.detail, detail);
  }
  end(&it);
}

static void refuses_other_formats(void) {
  struct fixture it;
  begin(&it, 2);
  struct sink_frame frame = picture(&it);
  memcpy(&frame.format, "JPEG", 4);
  sink_write(&it.writer, &frame);
  CHECK_INT(poll(&it), NLG_POLL_NONE);
  CHECK_INT(it.sink.state, NLG_STATE_WRONG_FORMAT);
  CHECK_TEXT(it.sink.detail, "format JPEG");
  // No client is wanted where nothing can be used.
  CHECK(sink_last_client(&it.writer) == 0);
  end(&it);
}

static void drops_impossible_sizes(void) {
  const size_t sizes[] = {0, CAPACITY + 1, SIZE_MAX, SIZE_MAX / 2,
                          (size_t)33554432};
  for (size_t version = 0; version < SINK_VERSION_COUNT; ++version) {
    struct fixture it = {.now_us = nlg_now_us()};
    sink_open(&it.writer, sink_name(), &SINK_VERSIONS[version]);
    nlg_memsink_init(&it.sink, sink_name());
    for (size_t index = 0; index < sizeof(sizes) / sizeof(*sizes); ++index) {
      struct sink_frame frame = picture(&it);
      frame.lie = true;
      frame.used = sizes[index];
      sink_write(&it.writer, &frame);
      CHECK_INT(poll(&it), NLG_POLL_LOST);
      CHECK_INT(it.sink.state, NLG_STATE_INVALID_STREAM);
    }
    write_and_poll(&it);
    end(&it);
  }
}

static void drops_what_is_no_annex_b(void) {
  static const uint8_t NOISE[] = {0, 0, 2, 1, 0x65, 0x88};
  struct fixture it;
  begin(&it, 10);
  struct sink_frame frame = picture(&it);
  frame.data = NOISE;
  frame.size = sizeof(NOISE);
  sink_write(&it.writer, &frame);
  CHECK_INT(poll(&it), NLG_POLL_LOST);
  CHECK_TEXT(it.sink.detail, "the frame has no start code");
  write_and_poll(&it);
  end(&it);
}

static void survives_truncation(void) {
  struct fixture it;
  begin(&it, 10);
  write_and_poll(&it);
  struct sink_frame frame = picture(&it);
  sink_write(&it.writer, &frame);
  CHECK_INT(ftruncate(it.writer.fd, sink_version(10)->data_at + 5), 0);
  CHECK_INT(poll(&it), NLG_POLL_LOST);
  CHECK_TEXT(it.sink.detail, "the frame changed or is cut");
  CHECK_INT(ftruncate(it.writer.fd, 20), 0);
  CHECK_INT(poll(&it), NLG_POLL_NONE);
  CHECK_INT(it.sink.state, NLG_STATE_SINK_WAITING);
  CHECK_INT(ftruncate(it.writer.fd, 0), 0);
  CHECK_INT(poll(&it), NLG_POLL_NONE);
  CHECK_INT(ftruncate(it.writer.fd, sink_version(10)->object_size), 0);
  CHECK_INT(poll(&it), NLG_POLL_NONE);
  write_and_poll(&it);
  end(&it);
}

/** A child that cuts and restores the object without a lock, all the time. */
static pid_t start_vandal(struct fixture *it, atomic_int *rounds) {
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child > 0) return child;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (;;) {
    (void)!ftruncate(it->writer.fd, 100);
    (void)!ftruncate(it->writer.fd, sink_version(10)->object_size);
    const struct sink_frame frame = picture(it);
    sink_write(&it->writer, &frame);
    atomic_fetch_add(rounds, 1);
  }
}

static void survives_ten_thousand_truncations(void) {
  struct fixture it;
  atomic_int *rounds = mmap(NULL, sizeof(*rounds), PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  CHECK(rounds != MAP_FAILED);
  begin(&it, 10);
  const pid_t child = start_vandal(&it, rounds);
  while (atomic_load(rounds) < 10000) poll(&it);
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  munmap(rounds, sizeof(*rounds));
  CHECK_INT(ftruncate(it.writer.fd, sink_version(10)->object_size), 0);
  it.writer.id = UINT64_C(1) << 40;
  write_and_poll(&it);
  end(&it);
}

/** A child that takes the lock through a descriptor of its own. */
static pid_t start_lock_holder(void) {
  int ready[2];
  char byte = 0;
  CHECK_INT(pipe(ready), 0);
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int fd = shm_open(sink_name(), O_RDWR, 0);
    if (fd < 0 || flock(fd, LOCK_EX) != 0) _exit(1);
    (void)!write(ready[1], "x", 1);
    raise(SIGSTOP);
    _exit(0);
  }
  close(ready[1]);
  CHECK_INT(read(ready[0], &byte, 1), 1);
  close(ready[0]);
  return child;
}

static void never_waits_for_the_lock(void) {
  struct fixture it;
  begin(&it, 10);
  write_and_poll(&it);
  const struct sink_frame frame = picture(&it);
  sink_write(&it.writer, &frame);
  const pid_t child = start_lock_holder();
  const int64_t before_us = nlg_now_us();
  CHECK_INT(poll_for(&it, 900000), NLG_POLL_NONE);
  CHECK_INT(it.sink.state, NLG_STATE_LIVE);
  CHECK_INT(poll_for(&it, 200000), NLG_POLL_NONE);
  CHECK_INT(it.sink.state, NLG_STATE_SINK_STALLED);
  CHECK_TEXT(it.sink.detail, "the writer holds the lock");
  // 1 100 polls took real time, but none of them waited a lock's second.
  CHECK(nlg_now_us() - before_us < 60 * SECOND);
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  CHECK_INT(poll_for(&it, SECOND), NLG_POLL_FRAME);
  CHECK_INT(it.sink.state, NLG_STATE_LIVE);
  end(&it);
}

static void tells_missing_rights(void) {
  struct fixture it;
  int status;
  begin(&it, 10);
  CHECK_INT(fchmod(it.writer.fd, 0600), 0);
  if (getuid() == 0) {
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
      CHECK_INT(setuid(65534), 0);
      CHECK_INT(poll(&it), NLG_POLL_NONE);
      CHECK_INT(it.sink.state, NLG_STATE_PERMISSION_DENIED);
      _exit(0);
    }
    waitpid(child, &status, 0);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  } else {
    CHECK_INT(fchmod(it.writer.fd, 0), 0);
    CHECK_INT(poll(&it), NLG_POLL_NONE);
    CHECK_INT(it.sink.state, NLG_STATE_PERMISSION_DENIED);
  }
  end(&it);
}

static void remove_sink(void) {
  shm_unlink(sink_name());
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
  RUN(refuses_other_versions);
  RUN(refuses_other_formats);
  RUN(drops_impossible_sizes);
  RUN(drops_what_is_no_annex_b);
  RUN(survives_truncation);
  RUN(survives_ten_thousand_truncations);
  RUN(never_waits_for_the_lock);
  RUN(tells_missing_rights);
  return 0;
}
