// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"
#include "rtcp.h"

struct test_case {
  const char *name;
  uint8_t bytes[32];
  size_t size;
  bool wants;
};

static const struct test_case CASES[] = {
  {"nothing", {0}, 0, false},
  {"receiver report", {0x80, 201, 0, 1, 0, 0, 0, 1}, 8, false},
  {"PLI", {0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2}, 12, true},
  {"FIR", {0x84, 206, 0, 4, [16] = 0}, 20, true},
  {"old FIR", {0x80, 192, 0, 1, 0, 0, 0, 1}, 8, true},
  {"REMB", {0x8f, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2}, 12, false},
  {"NACK", {0x81, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 1, 0, 0}, 16, false},
  {"report and PLI",
   {0x80, 201, 0, 1, 0, 0, 0, 1, 0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2},
   20,
   true},
  {"PLI longer than its packet", {0x81, 206, 0, 3, 0, 0, 0, 1}, 8, false},
  {"cut header", {0x81, 206, 0}, 3, false},
  {"other version", {0x41, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2}, 12, false},
  {"length of zero words", {0x80, 201, 0, 0, 0x81, 206, 0, 0}, 8, true},
};

int main(void) {
  for (size_t index = 0; index < sizeof(CASES) / sizeof(*CASES); ++index) {
    const struct test_case *it = &CASES[index];
    // An exact copy on the heap: the sanitizer sees a byte too many.
    uint8_t *packet = malloc(it->size + (it->size == 0));
    CHECK(packet != NULL);
    memcpy(packet, it->bytes, it->size);
    printf("ok rtcp: %s\n", it->name);
    CHECK_INT(nlg_rtcp_wants_key_frame(packet, it->size), it->wants);
    free(packet);
  }
  return 0;
}
