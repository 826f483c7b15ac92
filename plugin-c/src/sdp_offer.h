// SPDX-License-Identifier: GPL-3.0-or-later
/** A client's offer, as far as answering it needs. Used by sdp.c alone. */
#ifndef NLG_SDP_OFFER_H
#define NLG_SDP_OFFER_H

#include "sdp.h"

/** One line of the client's text, which it points into, without its end. */
struct nlg_sdp_line {
  const char *start;
  size_t length;
};

/** A media section: its m= line and the lines after it. */
struct nlg_sdp_section {
  const struct nlg_sdp_line *lines;
  size_t count;
};

struct nlg_sdp_description {
  struct nlg_sdp_line lines[NLG_SDP_LINES_MAX];
  size_t line_count;
  struct nlg_sdp_section media[NLG_SDP_MEDIA_MAX];
  size_t media_count;
};

/** Splits the text, which must stay. 0, or an enum nlg_sdp_error. */
int nlg_sdp_parse(const char *text, struct nlg_sdp_description *description);

/** What follows `prefix` in the line, or NULL. */
const char *nlg_sdp_after(const struct nlg_sdp_line *line, const char *prefix,
                          size_t *length);

/** Reads "96 rest" or "96/x rest"; -1 if no number from 0 to 127 is there. */
int nlg_sdp_read_number(const char *text, size_t length, const char **rest,
                        size_t *rest_length);

/** The text after "a=<name>:<payload type> ", or NULL. */
const char *nlg_sdp_attribute_of(const struct nlg_sdp_line *line,
                                 const char *name, int payload_type,
                                 size_t *length);

/** An H.264 format of the client. */
struct nlg_sdp_format {
  int payload_type;
  char profile[NLG_PROFILE_SIZE];
  /** How well it fits what is sent; 0: not at all. */
  int fit;
};

/** The best H.264 format of a video section; `fit` is 0 if it has none. */
struct nlg_sdp_format nlg_sdp_choose(const struct nlg_sdp_section *section,
                                     const char *profile);

#endif
