// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Why a camera shows a picture, or does not: the names are those of
 * src/janus/status.ts, because the gateway and its pages read them.
 */
#ifndef NLG_STATE_H
#define NLG_STATE_H

#define NLG_STATES(X)                                                          \
  X(LIVE, "live", "Live")                                                      \
  X(SINK_ABSENT, "sink_absent", "No memory sink of that name exists")          \
  X(SINK_WAITING, "sink_waiting", "Waiting for the first picture")             \
  X(SINK_STALLED, "sink_stalled", "The sink's writer is silent")               \
  X(UNSUPPORTED_VERSION, "unsupported_memsink_version",                        \
    "Unknown memory sink version")                                             \
  X(WRONG_FORMAT, "wrong_format", "The sink does not carry H.264")             \
  X(PERMISSION_DENIED, "permission_denied",                                    \
    "The sink's file mode keeps Janus out")                                    \
  X(NO_SIGNAL, "no_signal", "The video source is offline")                     \
  X(INVALID_STREAM, "invalid_stream", "The sink's data is not valid H.264")

#define NLG_STATE_ENUM(id, name, title) NLG_STATE_##id,
enum nlg_state { NLG_STATES(NLG_STATE_ENUM) };
#undef NLG_STATE_ENUM

#define NLG_STATE_NAME(id, name, title)                                        \
  case NLG_STATE_##id:                                                         \
    return name;
/** The state's name on the wire. */
static inline const char *nlg_state_name(enum nlg_state state) {
  switch (state) { NLG_STATES(NLG_STATE_NAME) }
  return "unknown";
}
#undef NLG_STATE_NAME

#define NLG_STATE_TITLE(id, name, title)                                       \
  case NLG_STATE_##id:                                                         \
    return title;
/** The state in a few words for people. */
static inline const char *nlg_state_title(enum nlg_state state) {
  switch (state) { NLG_STATES(NLG_STATE_TITLE) }
  return "State unknown";
}
#undef NLG_STATE_TITLE

#endif
