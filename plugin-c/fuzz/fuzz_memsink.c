// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Any bytes as a memory sink: the first chooses the object's size, and the
 * rest are written to its start, half before the first poll and half after.
 */
#define _GNU_SOURCE
#include "clock.h"
#include "memsink.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define CAPACITY 4096

static char name[64];

static void remove_object(void) {
  shm_unlink(name);
}

static int open_object(void) {
  snprintf(name, sizeof(name), "nlg-fuzz-%d::h264", (int)getpid());
  atexit(remove_object);
  return shm_open(name, O_RDWR | O_CREAT, 0600);
}

static void poll_twice(struct nlg_memsink *sink, int64_t *now_us) {
  static uint8_t into[CAPACITY];
  struct nlg_frame frame;
  nlg_memsink_look(sink, *now_us);
  for (int round = 0; round < 2; ++round) {
    *now_us += 1000;
    nlg_memsink_request_key(sink);
    if (nlg_memsink_poll(sink, *now_us, into, CAPACITY, &frame) ==
          NLG_POLL_FRAME &&
        (frame.size == 0 || frame.size > CAPACITY ||
         !(frame.grab_seconds >= 0)))
      abort();
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const off_t sizes[] = {0,    20,      100,     144,
                                5000, 2097280, 2097296, 33554576};
  static int fd = -1;
  struct nlg_memsink sink;
  int64_t now_us = nlg_now_us();
  if (fd < 0) fd = open_object();
  if (fd < 0) abort();
  if (size < 2) return 0;
  if (ftruncate(fd, 0) != 0 || ftruncate(fd, sizes[data[0] % 8]) != 0) abort();
  const size_t half = (size - 1) / 2;
  nlg_memsink_init(&sink, name);
  if (pwrite(fd, data + 1, half, 0) < 0) abort();
  poll_twice(&sink, &now_us);
  if (pwrite(fd, data + 1 + half, size - 1 - half, 0) < 0) abort();
  now_us += NLG_SINK_CHECK_US;
  poll_twice(&sink, &now_us);
  nlg_memsink_destroy(&sink);
  return 0;
}
