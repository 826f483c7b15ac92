// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef NLG_JCFG_H
#define NLG_JCFG_H

#include "config.h"

/** Reads a jcfg file through Janus's own parser; mistakes go to the log. */
void nlg_jcfg_read(const char *path, struct nlg_config *config);

#endif
