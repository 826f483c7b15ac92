// SPDX-License-Identifier: GPL-3.0-or-later
/** Any text as a client's offer. */
#include "sdp.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char *const PROFILES[] = {"640028", "42e01f", "4d401f"};
  static const struct nlg_sdp_origin ORIGIN = {1, 1};
  struct nlg_sdp_media media;
  char text[NLG_SDP_TEXT_SIZE];
  char *offer = malloc(size + 1);
  if (offer == NULL) return 0;
  memcpy(offer, data, size);
  offer[size] = '\0';
  if (nlg_sdp_answer(offer, PROFILES[size % 3], &ORIGIN, text, &media) == 0 &&
      (media.payload_type > 127 || media.index >= NLG_SDP_MEDIA_MAX ||
       strstr(text, "a=rtpmap:") == NULL))
    abort();
  free(offer);
  return 0;
}
