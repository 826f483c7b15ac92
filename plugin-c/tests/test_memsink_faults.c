// SPDX-License-Identifier: GPL-3.0-or-later
/** The sink reader against every fault of a writer. */
#define _GNU_SOURCE
#include "sink_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

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
      // One bad frame is chance, three in a row are not.
      CHECK_INT(it.sink.state,
                index < 2 ? NLG_STATE_SINK_WAITING : NLG_STATE_INVALID_STREAM);
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
  for (int count = 0; count < NLG_SINK_BAD_FRAMES_MAX; ++count) {
    frame.grab_seconds += 0.001;
    sink_write(&it.writer, &frame);
    CHECK_INT(poll(&it), NLG_POLL_LOST);
  }
  CHECK_TEXT(it.sink.detail, "no H.264 start code");
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
  CHECK_INT(it.sink.state, NLG_STATE_LIVE);
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
  while (atomic_load(rounds) < 10000)
    poll(&it);
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

int main(void) {
  atexit(remove_sink);
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
