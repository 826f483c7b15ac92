// SPDX-License-Identifier: GPL-3.0-or-later
/** The cameras of the configuration file. Knows nothing of Janus. */
#ifndef NLG_CONFIG_H
#define NLG_CONFIG_H

#include "limits.h"

#include <stdbool.h>
#include <stddef.h>

/** One `key = value` of the file, and where it stands. */
struct nlg_setting {
  /** The section's name, such as "memsink"; "" at the top. */
  const char *section;
  /** Which element of a list of sections, from 0; -1: no list. */
  int index;
  const char *key;
  const char *value;
};

struct nlg_camera {
  char id[NLG_ID_SIZE];
  char sink[NLG_SINK_SIZE];
  /** Bytes of an RTP packet on the wire, header and extensions included. */
  int packet_size;
  /** Keep the encoder running while nobody watches. */
  bool keep_warm;
};

struct nlg_config {
  struct nlg_camera cameras[NLG_CAMERAS_MAX];
  size_t count;
};

/** Takes one line about something wrong in the file. */
typedef void nlg_complain(void *context, const char *text);

/**
 * Fills `config` with the cameras that are right. Each mistake is one line to
 * `complain`, and costs the camera that it is in, nothing more.
 */
void nlg_config_parse(const struct nlg_setting *settings, size_t count,
                      struct nlg_config *config, nlg_complain *complain,
                      void *context);

#endif
