// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Any bytes as access units: each one begins with a length. A trap is a bug
 * of the packetizer, and so is a packet that breaks RTP's rules.
 */
#include "packetizer.h"

#include <stdlib.h>
#include <string.h>

#define PACKET_SIZE 300

static void check_packets(struct nlg_packetizer *packetizer, int count) {
  size_t size;
  for (int index = 0; index < count; ++index) {
    const uint8_t *packet = nlg_packetizer_next(packetizer, &size);
    if (packet == NULL || size <= 12 || size > PACKET_SIZE ||
        packet[0] != 0x80 || packet[1] >> 7 != (index == count - 1))
      abort();
  }
  if (nlg_packetizer_next(packetizer, &size) != NULL ||
      nlg_packetizer_trapped(packetizer))
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static struct nlg_packetizer *packetizer;
  struct nlg_access_unit unit;
  size_t capacity;
  if (packetizer == NULL) packetizer = nlg_packetizer_new(PACKET_SIZE);
  if (packetizer == NULL) abort();
  while (size > 2) {
    size_t length = (size_t)(data[0] << 8 | data[1]);
    int count;
    data += 2;
    size -= 2;
    if (length > size) length = size;
    memcpy(nlg_packetizer_frame(packetizer, &capacity), data, length);
    count = nlg_packetizer_begin(packetizer, length, 0);
    if (count == NLG_PACKETIZER_TRAP) abort();
    nlg_packetizer_describe(packetizer, &unit);
    check_packets(packetizer, count);
    data += length;
    size -= length;
  }
  return 0;
}
