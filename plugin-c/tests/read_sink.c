// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * The sink reader, for tests in other languages. A line of input is a sink's
 * name and the milliseconds since the first line about it; the answer is what
 * a poll at that time gave, as a line of JSON.
 */
#include "check.h"
#include "clock.h"
#include "memsink.h"

#include <inttypes.h>

#define CAPACITY (2u * 1024 * 1024)
/** Bytes of the frame that are told. */
#define TOLD_MAX 64

static uint8_t into[CAPACITY];

static void tell(enum nlg_poll result, const struct nlg_memsink *sink,
                 const struct nlg_frame *frame) {
  printf("{\"kind\":\"%s\",\"state\":\"%s\"",
         result == NLG_POLL_FRAME ? "frame" : "none",
         nlg_state_name(sink->state));
  if (result == NLG_POLL_FRAME) {
    printf(",\"size\":%u,\"width\":%u,\"height\":%u,\"keyFrame\":%s,"
           "\"online\":%s,\"stale\":%s,\"grabSeconds\":%.17g",
           (unsigned)frame->size, (unsigned)frame->width,
           (unsigned)frame->height, frame->key ? "true" : "false",
           frame->online ? "true" : "false", frame->fresh ? "false" : "true",
           frame->grab_seconds);
    if (frame->gop >= 0) printf(",\"gop\":%" PRId64, frame->gop);
    printf(",\"data\":\"");
    for (uint32_t at = 0; at < frame->size && at < TOLD_MAX; ++at)
      printf("%02x", into[at]);
    printf("\"");
  }
  printf("}\n");
  fflush(stdout);
}

int main(void) {
  struct nlg_memsink sink;
  struct nlg_frame frame;
  char line[NLG_SINK_SIZE + 32], name[NLG_SINK_SIZE];
  long long ms;
  int64_t start_us = 0;
  nlg_memsink_init(&sink, "");
  while (fgets(line, sizeof(line), stdin) != NULL) {
    CHECK_INT(sscanf(line, "%255s %lld", name, &ms), 2);
    if (strcmp(name, sink.name) != 0) {
      nlg_memsink_destroy(&sink);
      nlg_memsink_init(&sink, name);
      start_us = nlg_now_us();
    }
    tell(nlg_memsink_poll(&sink, start_us + ms * 1000, into, CAPACITY, &frame),
         &sink, &frame);
  }
  nlg_memsink_destroy(&sink);
  return 0;
}
