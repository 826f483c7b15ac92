// SPDX-License-Identifier: GPL-3.0-or-later
/** A copy of a sink's header, and what its fields say. */
#ifndef NLG_MEMSINK_HEADER_H
#define NLG_MEMSINK_HEADER_H

#include "memsink.h"
#include "memsink_abi.h"

/** What all versions begin with, as far as a look needs it. */
struct nlg_sink_peek {
  uint64_t magic;
  uint32_t version;
  uint32_t padding;
  uint64_t id;
};

/** NULL: no layout calls itself that, or none has that size. */
const struct nlg_sink_layout *nlg_sink_find_layout(uint32_t version,
                                                   int64_t object_size);

uint32_t nlg_sink_u32(const uint8_t *header, uint32_t offset);
uint64_t nlg_sink_id(const uint8_t *header);
size_t nlg_sink_used(const uint8_t *header);

/** Finite and positive, or 0 if what stands there is senseless. */
double nlg_sink_seconds(const uint8_t *header, uint32_t offset);

/** All that the header says about its frame, except whether it is fresh. */
void nlg_sink_describe(const struct nlg_sink_layout *layout,
                       const uint8_t *header, struct nlg_frame *frame);

#endif
