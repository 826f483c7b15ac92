// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream.h"

#include <string.h>

/** RTP's clock for video (RFC 6184 section 8.2.1). */
#define RTP_HZ 90000.0

bool nlg_stream_init(struct nlg_stream *stream, int packet_size,
                     const janus_callbacks *janus) {
  nlg_viewers_init(&stream->viewers, janus);
  stream->packetizer = nlg_packetizer_new(packet_size - NLG_ADDED_SIZE);
  return stream->packetizer != NULL;
}

void nlg_stream_destroy(struct nlg_stream *stream) {
  nlg_packetizer_destroy(stream->packetizer);
  nlg_group_destroy(&stream->group);
  nlg_viewers_destroy(&stream->viewers);
}

void nlg_stream_interrupt(struct nlg_stream *stream) {
  nlg_group_clear(&stream->group);
  nlg_viewers_interrupt(&stream->viewers);
  stream->key_needed = true;
}

static uint32_t rtp_timestamp(struct nlg_stream *stream, double grab_seconds,
                              int64_t now_us) {
  // A writer that does not tell the grab time must not stop the clock.
  if (grab_seconds <= stream->last_grab_seconds)
    grab_seconds = (double)now_us / 1e6;
  stream->last_grab_seconds = grab_seconds;
  return (uint32_t)(uint64_t)(grab_seconds * RTP_HZ);
}

/** Packetizes a picture of the group again. */
static bool begin_again(struct nlg_stream *stream,
                        const struct nlg_group_unit *unit) {
  size_t capacity;
  uint8_t *into = nlg_packetizer_frame(stream->packetizer, &capacity);
  if (unit->frame.size > capacity) return false;
  memcpy(into, stream->group.bytes + unit->start, unit->frame.size);
  return nlg_packetizer_begin(stream->packetizer, unit->frame.size,
                              unit->rtp_timestamp) >= 0;
}

/** Sends the group to all who wait and have seen nothing of it. */
static void catch_up(struct nlg_stream *stream) {
  const struct nlg_group *group = &stream->group;
  if (group->count == 0 || !nlg_viewers_begin_catch_up(
                             &stream->viewers, group->units[0].rtp_timestamp))
    return;
  for (size_t index = 0; index < group->count; ++index) {
    const struct nlg_group_unit *unit = &group->units[index];
    if (!begin_again(stream, unit) ||
        !nlg_viewers_relay(&stream->viewers, NLG_VIEWER_CATCHES_UP,
                           stream->packetizer, &unit->frame)) {
      nlg_stream_interrupt(stream);
      return;
    }
  }
  nlg_viewers_end_catch_up(&stream->viewers);
}

int nlg_stream_send(struct nlg_stream *stream, const struct nlg_frame *frame,
                    int64_t now_us, bool cache) {
  const uint32_t timestamp = rtp_timestamp(stream, frame->grab_seconds, now_us);
  size_t capacity;
  int count;
  cache = cache && frame->fresh &&
          nlg_group_stage(&stream->group,
                          nlg_packetizer_frame(stream->packetizer, &capacity),
                          frame->size);
  count = nlg_packetizer_begin(stream->packetizer, frame->size, timestamp);
  if (count < 0) {
    nlg_stream_interrupt(stream);
    return count;
  }
  nlg_packetizer_describe(stream->packetizer, &stream->unit);
  // One that was found lying there tells its parameter sets, no more.
  if (!stream->unit.picture || !frame->fresh) return 0;
  if (stream->unit.key) nlg_viewers_start(&stream->viewers, timestamp);
  if (!nlg_viewers_relay(&stream->viewers, NLG_VIEWER_PLAYS, stream->packetizer,
                         frame)) {
    nlg_stream_interrupt(stream);
    return 1;
  }
  if (cache) {
    nlg_group_keep(&stream->group, frame, timestamp, stream->unit.key);
    catch_up(stream);
  } else {
    nlg_group_clear(&stream->group);
  }
  stream->key_needed = nlg_viewers_wait(&stream->viewers);
  return 1;
}
