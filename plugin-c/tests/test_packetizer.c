// SPDX-License-Identifier: GPL-3.0-or-later
/** The packetizer through wasm2c: packets, facts, traps, and many threads. */
#include "check.h"
#include "packetizer.h"
#include "stream.h"

#include <pthread.h>

#define PACKET_SIZE 1200
#define THREADS 8

static size_t load(struct nlg_packetizer *packetizer, bool key, bool high,
                   size_t size) {
  size_t capacity;
  uint8_t *frame = nlg_packetizer_frame(packetizer, &capacity);
  CHECK(frame != NULL);
  CHECK_INT(capacity, 2 * 1024 * 1024);
  return stream_access_unit(frame, key, high, size);
}

static void check_packets(struct nlg_packetizer *packetizer, int count,
                          uint32_t timestamp) {
  uint16_t sequence = 0;
  for (int index = 0; index < count; ++index) {
    size_t size;
    const uint8_t *packet = nlg_packetizer_next(packetizer, &size);
    const uint16_t number =
      packet == NULL ? 0 : (uint16_t)(packet[2] << 8 | packet[3]);
    CHECK(packet != NULL);
    CHECK(size > 12 && size <= PACKET_SIZE);
    CHECK_INT(packet[0], 0x80);
    CHECK_INT(packet[1] & 0x7f, NLG_SDP_PAYLOAD_TYPE);
    // Exactly one marker, on the last packet.
    CHECK_INT(packet[1] >> 7, index == count - 1);
    CHECK(index == 0 || number == (uint16_t)(sequence + 1));
    sequence = number;
    CHECK_INT((uint32_t)packet[4] << 24 | (uint32_t)packet[5] << 16 |
                (uint32_t)packet[6] << 8 | packet[7],
              timestamp);
  }
  size_t size;
  CHECK(nlg_packetizer_next(packetizer, &size) == NULL);
  CHECK_INT(size, 0);
  CHECK(!nlg_packetizer_trapped(packetizer));
}

static void makes_packets_and_facts(void) {
  static const size_t sizes[] = {1, 100, 1170, 1200, 20000, 1000000};
  struct nlg_packetizer *packetizer = nlg_packetizer_new(PACKET_SIZE);
  struct nlg_access_unit unit;
  CHECK(packetizer != NULL);
  for (size_t index = 0; index < sizeof(sizes) / sizeof(*sizes); ++index) {
    for (int key = 1; key >= 0; --key) {
      const size_t size = load(packetizer, key, true, sizes[index]);
      const int count = nlg_packetizer_begin(packetizer, size, 90000);
      CHECK(count >= (int)(size / PACKET_SIZE) && count > 0);
      nlg_packetizer_describe(packetizer, &unit);
      CHECK(unit.picture);
      CHECK_INT(unit.key, key);
      CHECK_TEXT(unit.profile, "64001f");
      CHECK_INT(unit.width, 1280);
      CHECK_INT(unit.height, 720);
      check_packets(packetizer, count, 90000);
    }
  }
  nlg_packetizer_destroy(packetizer);
}

static void follows_new_parameter_sets(void) {
  struct nlg_packetizer *packetizer = nlg_packetizer_new(PACKET_SIZE);
  struct nlg_access_unit unit;
  CHECK(packetizer != NULL);
  nlg_packetizer_describe(packetizer, &unit);
  CHECK_TEXT(unit.profile, "");
  for (int high = 1; high >= 0; --high) {
    const size_t size = load(packetizer, true, high, 100);
    CHECK(nlg_packetizer_begin(packetizer, size, 0) > 0);
    nlg_packetizer_describe(packetizer, &unit);
    CHECK_TEXT(unit.profile, high ? "64001f" : "42c00b");
    CHECK_INT(unit.height, high ? 720 : 240);
  }
  nlg_packetizer_destroy(packetizer);
}

static void refuses_what_is_no_access_unit(void) {
  struct nlg_packetizer *packetizer = nlg_packetizer_new(PACKET_SIZE);
  size_t capacity, size;
  uint8_t *frame = nlg_packetizer_frame(packetizer, &capacity);
  memset(frame, 0x55, 100);
  CHECK(nlg_packetizer_begin(packetizer, 100, 0) < 0);
  CHECK(nlg_packetizer_begin(packetizer, capacity + 1, 0) < 0);
  CHECK(nlg_packetizer_begin(packetizer, SIZE_MAX, 0) < 0);
  CHECK(nlg_packetizer_next(packetizer, &size) == NULL);
  size = load(packetizer, true, false, 100);
  CHECK(nlg_packetizer_begin(packetizer, size, 0) > 0);
  nlg_packetizer_destroy(packetizer);
}

static void refuses_a_senseless_packet_size(void) {
  CHECK(nlg_packetizer_new(20) == NULL);
  CHECK(nlg_packetizer_new(100000) == NULL);
}

/** Spoils the packetizer's tables, which lie behind the frame. */
static void spoil(struct nlg_packetizer *packetizer) {
  size_t capacity;
  uint8_t *frame = nlg_packetizer_frame(packetizer, &capacity);
  memset(frame + capacity, 0xff, 20000);
}

static void a_trap_costs_one_access_unit(void) {
  struct nlg_packetizer *packetizer = nlg_packetizer_new(PACKET_SIZE);
  for (int round = 0; round < 3; ++round) {
    size_t size = load(packetizer, true, false, 5000);
    const int count = nlg_packetizer_begin(packetizer, size, 0);
    CHECK(count > 1);
    CHECK(nlg_packetizer_next(packetizer, &size) != NULL);
    spoil(packetizer);
    for (int index = 0; index <= count; ++index)
      if (nlg_packetizer_next(packetizer, &size) == NULL) break;
    CHECK(nlg_packetizer_trapped(packetizer));
    CHECK(nlg_packetizer_next(packetizer, &size) == NULL);
    size = load(packetizer, true, false, 5000);
    check_packets(packetizer, nlg_packetizer_begin(packetizer, size, 5), 5);
  }
  nlg_packetizer_destroy(packetizer);
}

static void *work(void *argument) {
  const size_t number = (size_t)argument;
  struct nlg_packetizer *packetizer = nlg_packetizer_new(PACKET_SIZE);
  CHECK(packetizer != NULL);
  for (size_t round = 0; round < 200; ++round) {
    const bool trap = round % 50 == 49;
    const size_t size =
      load(packetizer, trap || round % 10 == 0, number % 2, 100 + 97 * round);
    const int count = nlg_packetizer_begin(packetizer, size, (uint32_t)round);
    CHECK(count > 0);
    if (trap) {
      // One thread's trap is nobody else's.
      size_t length;
      nlg_packetizer_next(packetizer, &length);
      spoil(packetizer);
      while (nlg_packetizer_next(packetizer, &length) != NULL)
        continue;
      CHECK(nlg_packetizer_trapped(packetizer));
    } else {
      check_packets(packetizer, count, (uint32_t)round);
    }
  }
  nlg_packetizer_destroy(packetizer);
  return NULL;
}

static void threads_do_not_meet(void) {
  pthread_t threads[THREADS];
  for (size_t index = 0; index < THREADS; ++index)
    CHECK_INT(pthread_create(&threads[index], NULL, work, (void *)index), 0);
  for (size_t index = 0; index < THREADS; ++index)
    pthread_join(threads[index], NULL);
}

int main(void) {
  RUN(makes_packets_and_facts);
  RUN(follows_new_parameter_sets);
  RUN(refuses_what_is_no_access_unit);
  RUN(refuses_a_senseless_packet_size);
  RUN(a_trap_costs_one_access_unit);
  RUN(threads_do_not_meet);
  return 0;
}
