// SPDX-License-Identifier: GPL-3.0-or-later
/** What a viewer asks for by RTCP. */
#ifndef NLG_RTCP_H
#define NLG_RTCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Whether a compound packet holds a PLI (RFC 4585 section 6.3.1) or a FIR
 * (RFC 5104 section 4.3.1, or RFC 2032 as old clients send it).
 */
bool nlg_rtcp_wants_key_frame(const uint8_t *packet, size_t size);

#endif
