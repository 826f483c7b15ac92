// SPDX-License-Identifier: GPL-3.0-or-later
#include "rtcp.h"

/** Packet types and feedback formats. */
enum { FIR_LEGACY = 192, PSFB = 206, FMT_PLI = 1, FMT_FIR = 4 };

bool nlg_rtcp_wants_key_frame(const uint8_t *packet, size_t size) {
  //  0                   1                   2                   3
  // |V=2|P|   FMT   |       PT      |   length in words, minus 1    |
  while (size >= 4 && packet[0] >> 6 == 2) {
    const uint8_t format = packet[0] & 31;
    const uint8_t type = packet[1];
    const size_t length = 4 * (((size_t)packet[2] << 8 | packet[3]) + 1);
    if (length > size) return false;
    if (type == FIR_LEGACY) return true;
    if (type == PSFB && (format == FMT_PLI || format == FMT_FIR)) return true;
    packet += length;
    size -= length;
  }
  return false;
}
