// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * µStreamer's memory sink as it lies in shared memory, by version.
 *
 * The writer is a C program on the same machine, so its struct follows this
 * compiler's ABI (size_t, long double and their alignment). The structs below
 * let the compiler compute the offsets; the assertions hold them against the
 * numbers that were measured for each ABI.
 */
#ifndef NLG_MEMSINK_ABI_H
#define NLG_MEMSINK_ABI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "memory sinks are known on little-endian machines only"
#endif

#define NLG_MEMSINK_MAGIC UINT64_C(0xCAFEBABECAFEBABE)
/** V4L2's fourcc "H264". */
#define NLG_MEMSINK_H264 UINT32_C(0x34363248)
/** Data area of H.264 sinks since version 5. */
#define NLG_MEMSINK_AREA_SIZE (2u * 1024 * 1024)

/**
 * The start is the same in all versions. No struct of its own: its padding
 * would move what follows where size_t has four bytes.
 */
#define NLG_SINK_START                                                         \
  uint64_t magic;                                                              \
  uint32_t version;                                                            \
  uint64_t id;                                                                 \
  size_t used

struct nlg_sink_v2 {
  NLG_SINK_START;
  uint32_t width, height, format, stride;
  bool online, key;
  long double grab, encode_begin, encode_end;
  long double last_client;
  uint8_t data[];
};

struct nlg_sink_v3 {
  NLG_SINK_START;
  uint32_t width, height, format, stride;
  bool online, key;
  long double grab, encode_begin, encode_end;
  long double last_client;
  bool key_request;
  uint8_t data[];
};

/** Versions 4, 5 and 6; 5 and 6 put the data elsewhere. */
struct nlg_sink_v4 {
  NLG_SINK_START;
  uint32_t width, height, format, stride;
  bool online, key;
  uint32_t gop;
  long double grab, encode_begin, encode_end;
  long double last_client;
  bool key_request;
  uint8_t data[];
};

/** Version 7 until µStreamer 6.45. */
struct nlg_sink_v7_short {
  NLG_SINK_START;
  long double last_client;
  bool key_request;
  uint32_t width, height, format, stride;
  bool online, key;
  uint32_t gop;
  long double grab, encode_begin, encode_end;
};

/** Version 7 since µStreamer 6.46, and 8. */
struct nlg_sink_v7_long {
  NLG_SINK_START;
  long double last_client;
  bool key_request;
  uint32_t width, height, format, stride;
  bool online, key;
  uint32_t gop;
  long double grab, grab_end, encode_begin, encode_end;
};

struct nlg_sink_v10 {
  NLG_SINK_START;
  long double last_client;
  struct {
    uint32_t width, height, format, fps;
    bool key;
  } wants;
  uint32_t width, height, format, stride;
  bool online, key;
  uint32_t gop;
  long double grab, grab_end, encode_begin, encode_end;
};

/** Where a version keeps what a reader needs. An offset of 0: it has none. */
struct nlg_sink_layout {
  uint32_t version;
  /** What to read to have all fields. */
  uint32_t header_size;
  uint32_t width_at, height_at, format_at, online_at, key_at, gop_at;
  uint32_t grab_at, encode_end_at, last_client_at, key_request_at;
  uint32_t data_at;
};

/** The largest header_size of all. */
#define NLG_SINK_HEADER_SIZE_MAX 192

#define NLG_SINK_LAYOUT(number, type, gop_offset, request_offset, data_offset) \
  {                                                                            \
    .version = (number), .header_size = sizeof(struct type),                   \
    .width_at = offsetof(struct type, width),                                  \
    .height_at = offsetof(struct type, height),                                \
    .format_at = offsetof(struct type, format),                                \
    .online_at = offsetof(struct type, online),                                \
    .key_at = offsetof(struct type, key), .gop_at = (gop_offset),              \
    .grab_at = offsetof(struct type, grab),                                    \
    .encode_end_at = offsetof(struct type, encode_end),                        \
    .last_client_at = offsetof(struct type, last_client),                      \
    .key_request_at = (request_offset), .data_at = (data_offset)               \
  }
#define NLG_SINK_GOP(type) offsetof(struct type, gop)
#define NLG_SINK_REQUEST(type) offsetof(struct type, key_request)

/** The version that two layouts have: the object's size tells which it is. */
#define NLG_SINK_TWICE_USED 7

static const struct nlg_sink_layout nlg_sink_layouts[] = {
  NLG_SINK_LAYOUT(2, nlg_sink_v2, 0, 0, offsetof(struct nlg_sink_v2, data)),
  NLG_SINK_LAYOUT(3, nlg_sink_v3, 0, NLG_SINK_REQUEST(nlg_sink_v3),
                  offsetof(struct nlg_sink_v3, data)),
  NLG_SINK_LAYOUT(4, nlg_sink_v4, NLG_SINK_GOP(nlg_sink_v4),
                  NLG_SINK_REQUEST(nlg_sink_v4),
                  offsetof(struct nlg_sink_v4, data)),
  // µStreamer 6.5 stepped over its header once per byte of it.
  NLG_SINK_LAYOUT(5, nlg_sink_v4, NLG_SINK_GOP(nlg_sink_v4),
                  NLG_SINK_REQUEST(nlg_sink_v4),
                  sizeof(struct nlg_sink_v4) * sizeof(struct nlg_sink_v4)),
  NLG_SINK_LAYOUT(6, nlg_sink_v4, NLG_SINK_GOP(nlg_sink_v4),
                  NLG_SINK_REQUEST(nlg_sink_v4), sizeof(struct nlg_sink_v4)),
  NLG_SINK_LAYOUT(7, nlg_sink_v7_short, NLG_SINK_GOP(nlg_sink_v7_short),
                  NLG_SINK_REQUEST(nlg_sink_v7_short),
                  sizeof(struct nlg_sink_v7_short)),
  NLG_SINK_LAYOUT(7, nlg_sink_v7_long, NLG_SINK_GOP(nlg_sink_v7_long),
                  NLG_SINK_REQUEST(nlg_sink_v7_long),
                  sizeof(struct nlg_sink_v7_long)),
  NLG_SINK_LAYOUT(8, nlg_sink_v7_long, NLG_SINK_GOP(nlg_sink_v7_long),
                  NLG_SINK_REQUEST(nlg_sink_v7_long),
                  sizeof(struct nlg_sink_v7_long)),
  NLG_SINK_LAYOUT(10, nlg_sink_v10, NLG_SINK_GOP(nlg_sink_v10),
                  offsetof(struct nlg_sink_v10, wants.key),
                  sizeof(struct nlg_sink_v10)),
};

_Static_assert(sizeof(struct nlg_sink_v10) <= NLG_SINK_HEADER_SIZE_MAX,
               "a header must fit the buffer");
_Static_assert(offsetof(struct nlg_sink_v10, version) == 8 &&
                 offsetof(struct nlg_sink_v10, id) == 16 &&
                 offsetof(struct nlg_sink_v10, used) == 24,
               "the start is the same everywhere");

#define NLG_SINK_AT(type, w, on, g, grab_, last, request, data_)               \
  _Static_assert(offsetof(struct type, width) == (w) &&                        \
                   offsetof(struct type, height) == (w) + 4 &&                 \
                   offsetof(struct type, format) == (w) + 8 &&                 \
                   offsetof(struct type, stride) == (w) + 12 &&                \
                   offsetof(struct type, online) == (on) &&                    \
                   offsetof(struct type, key) == (on) + 1 &&                   \
                   offsetof(struct type, gop) == (g) &&                        \
                   offsetof(struct type, grab) == (grab_) &&                   \
                   offsetof(struct type, last_client) == (last) &&             \
                   offsetof(struct type, request) == NLG_SINK_REQUEST_AT &&    \
                   (data_),                                                    \
                 #type " differs from the measured layout")

#if defined(__x86_64__) || (defined(__aarch64__) && defined(__LP64__))
_Static_assert(sizeof(long double) == 16, "x87 extended or binary128");
_Static_assert(offsetof(struct nlg_sink_v2, width) == 32 &&
                 offsetof(struct nlg_sink_v2, online) == 48 &&
                 offsetof(struct nlg_sink_v2, grab) == 64 &&
                 offsetof(struct nlg_sink_v2, encode_end) == 96 &&
                 offsetof(struct nlg_sink_v2, last_client) == 112 &&
                 offsetof(struct nlg_sink_v2, data) == 128,
               "version 2");
_Static_assert(offsetof(struct nlg_sink_v3, last_client) == 112 &&
                 offsetof(struct nlg_sink_v3, key_request) == 128 &&
                 offsetof(struct nlg_sink_v3, data) == 129,
               "version 3");
#define NLG_SINK_REQUEST_AT 128
NLG_SINK_AT(nlg_sink_v4, 32, 48, 52, 64, 112, key_request,
            offsetof(struct nlg_sink_v4, data) == 129 &&
              sizeof(struct nlg_sink_v4) == 144);
#undef NLG_SINK_REQUEST_AT
#define NLG_SINK_REQUEST_AT 48
NLG_SINK_AT(nlg_sink_v7_short, 52, 68, 72, 80, 32, key_request,
            sizeof(struct nlg_sink_v7_short) == 128);
NLG_SINK_AT(nlg_sink_v7_long, 52, 68, 72, 80, 32, key_request,
            sizeof(struct nlg_sink_v7_long) == 144);
#undef NLG_SINK_REQUEST_AT
#define NLG_SINK_REQUEST_AT 64
NLG_SINK_AT(nlg_sink_v10, 68, 84, 88, 96, 32, wants.key,
            sizeof(struct nlg_sink_v10) == 160);
#undef NLG_SINK_REQUEST_AT
#elif defined(__arm__)
_Static_assert(sizeof(long double) == 8, "a plain double");
_Static_assert(offsetof(struct nlg_sink_v2, width) == 28 &&
                 offsetof(struct nlg_sink_v2, online) == 44 &&
                 offsetof(struct nlg_sink_v2, grab) == 48 &&
                 offsetof(struct nlg_sink_v2, encode_end) == 64 &&
                 offsetof(struct nlg_sink_v2, last_client) == 72 &&
                 offsetof(struct nlg_sink_v2, data) == 80,
               "version 2");
_Static_assert(offsetof(struct nlg_sink_v3, last_client) == 72 &&
                 offsetof(struct nlg_sink_v3, key_request) == 80 &&
                 offsetof(struct nlg_sink_v3, data) == 81,
               "version 3");
#define NLG_SINK_REQUEST_AT 88
NLG_SINK_AT(nlg_sink_v4, 28, 44, 48, 56, 80, key_request,
            offsetof(struct nlg_sink_v4, data) == 89 &&
              sizeof(struct nlg_sink_v4) == 96);
#undef NLG_SINK_REQUEST_AT
#define NLG_SINK_REQUEST_AT 40
NLG_SINK_AT(nlg_sink_v7_short, 44, 60, 64, 72, 32, key_request,
            sizeof(struct nlg_sink_v7_short) == 96);
NLG_SINK_AT(nlg_sink_v7_long, 44, 60, 64, 72, 32, key_request,
            sizeof(struct nlg_sink_v7_long) == 104);
#undef NLG_SINK_REQUEST_AT
#define NLG_SINK_REQUEST_AT 56
NLG_SINK_AT(nlg_sink_v10, 60, 76, 80, 88, 32, wants.key,
            sizeof(struct nlg_sink_v10) == 120);
#undef NLG_SINK_REQUEST_AT
#endif

#undef NLG_SINK_AT
#undef NLG_SINK_START
#undef NLG_SINK_LAYOUT
#undef NLG_SINK_GOP
#undef NLG_SINK_REQUEST

#endif
