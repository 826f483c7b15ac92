// SPDX-License-Identifier: GPL-3.0-or-later
/** A small H.264 stream for tests: 320 × 240 and 1280 × 720. */
#ifndef NLG_STREAM_H
#define NLG_STREAM_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/** x264's own parameter sets, with start codes. */
static const uint8_t STREAM_BASELINE[] = {
  0x00, 0x00, 0x00, 0x01, 0x67, 0x42, 0xc0, 0x0b, 0xda, 0x05, 0x07, 0xec,
  0x04, 0x40, 0x00, 0x00, 0x03, 0x00, 0x40, 0x00, 0x00, 0x03, 0x02, 0x83,
  0xc5, 0x0a, 0xa8, 0x00, 0x00, 0x00, 0x01, 0x68, 0xce, 0x0f, 0xc8};
static const uint8_t STREAM_HIGH[] = {
  0x00, 0x00, 0x00, 0x01, 0x67, 0x64, 0x00, 0x1f, 0xac, 0xb4, 0x02, 0x80,
  0x2d, 0xd8, 0x08, 0x80, 0x00, 0x00, 0x03, 0x00, 0x80, 0x00, 0x00, 0x05,
  0x07, 0x8c, 0x19, 0x50, 0x00, 0x00, 0x00, 0x01, 0x68, 0xef, 0x0f, 0xcb};

/** Parameter sets and an IDR slice, or another slice, of `size` bytes more. */
static inline size_t stream_access_unit(uint8_t *into, bool key, bool high,
                                        size_t size) {
  size_t at = 0;
  if (key) {
    const size_t length = high ? sizeof(STREAM_HIGH) : sizeof(STREAM_BASELINE);
    memcpy(into, high ? STREAM_HIGH : STREAM_BASELINE, length);
    at = length;
  }
  const uint8_t start[] = {0, 0, 0, 1, key ? 0x65 : 0x41, 0x88};
  memcpy(into + at, start, sizeof(start));
  at += sizeof(start);
  // No byte is 0, so no start code comes about.
  for (size_t index = 0; index < size; ++index)
    into[at + index] = (uint8_t)(1 + (index * 7 + size) % 255);
  return at + size;
}

#endif
