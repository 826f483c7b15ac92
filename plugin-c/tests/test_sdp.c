// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"
#include "sdp.h"

#define LINE "\r\n"
#define PLAYOUT "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"
#ifdef NLG_HAVE_ABS_CAPTURE_TIME
#define CAPTURE_URI                                                            \
  "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time"
#define CAPTURE_3 "a=extmap:3 " CAPTURE_URI LINE
#define CAPTURE_12 "a=extmap:12 " CAPTURE_URI LINE
#else
#define CAPTURE_3
#define CAPTURE_12
#endif

static const struct nlg_sdp_origin ORIGIN = {7, 1};

#define SESSION                                                                \
  "v=0" LINE "o=- 7 1 IN IP4 0.0.0.0" LINE "s=nalgate" LINE "t=0 0" LINE

static void offers_the_live_profile(void) {
  char text[NLG_SDP_TEXT_SIZE];
  nlg_sdp_offer("640028", &ORIGIN, text);
  CHECK_TEXT(text, SESSION
             "m=video 9 UDP/TLS/RTP/SAVPF 96" LINE "c=IN IP4 0.0.0.0" LINE
             "a=sendonly" LINE "a=rtpmap:96 H264/90000" LINE
             "a=fmtp:96 level-asymmetry-allowed=1;packetization-mode=1;"
             "profile-level-id=640028" LINE "a=rtcp-fb:96 nack" LINE
             "a=rtcp-fb:96 nack pli" LINE "a=rtcp-fb:96 ccm fir" LINE
             "a=rtcp-fb:96 goog-remb" LINE "a=extmap:1 " PLAYOUT LINE
             "a=extmap:2 urn:3gpp:video-orientation" LINE CAPTURE_3);
}

/** Shortened from Chromium's: audio, video with several formats, data. */
#define BROWSER_OFFER                                                          \
  "v=0" LINE "o=- 46 2 IN IP4 127.0.0.1" LINE "s=-" LINE "t=0 0" LINE          \
  "a=group:BUNDLE 0 1 2" LINE "m=audio 9 UDP/TLS/RTP/SAVPF 111 63" LINE        \
  "c=IN IP4 0.0.0.0" LINE "a=mid:0" LINE "a=recvonly" LINE                     \
  "a=rtpmap:111 opus/48000/2" LINE                                             \
  "m=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103 104 106 108 112" LINE             \
  "c=IN IP4 0.0.0.0" LINE "a=mid:1" LINE "a=recvonly" LINE                     \
  "a=extmap:5 " PLAYOUT LINE "a=extmap:12 "                                    \
  "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time" LINE         \
  "a=extmap:3/recvonly urn:3gpp:video-orientation" LINE                        \
  "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid" LINE                        \
  "a=rtpmap:96 VP8/90000" LINE "a=rtcp-fb:96 nack pli" LINE                    \
  "a=rtpmap:97 rtx/90000" LINE "a=fmtp:97 apt=96" LINE                         \
  "a=rtpmap:102 H264/90000" LINE "a=rtcp-fb:102 goog-remb" LINE                \
  "a=rtcp-fb:102 ccm fir" LINE "a=rtcp-fb:102 nack" LINE                       \
  "a=rtcp-fb:102 nack pli" LINE                                                \
  "a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;"                 \
  "profile-level-id=42001f" LINE "a=rtpmap:104 H264/90000" LINE                \
  "a=fmtp:104 level-asymmetry-allowed=1;packetization-mode=0;"                 \
  "profile-level-id=42e01f" LINE "a=rtpmap:106 H264/90000" LINE                \
  "a=rtcp-fb:106 nack" LINE                                                    \
  "a=fmtp:106 level-asymmetry-allowed=1; packetization-mode=1; "               \
  "profile-level-id=42e01f" LINE "a=rtpmap:112 H264/90000" LINE                \
  "a=rtcp-fb:* nack pli" LINE                                                  \
  "a=fmtp:112 packetization-mode=1;profile-level-id=64001f" LINE               \
  "m=application 9 UDP/DTLS/SCTP webrtc-datachannel" LINE                      \
  "c=IN IP4 0.0.0.0" LINE "a=mid:2" LINE "a=sctp-port:5000" LINE

static void answers_with_the_format_that_fits(void) {
  struct nlg_sdp_media media;
  char text[NLG_SDP_TEXT_SIZE];
  CHECK_INT(nlg_sdp_answer(BROWSER_OFFER, "640028", &ORIGIN, text, &media), 0);
  CHECK_INT(media.index, 1);
  CHECK_INT(media.payload_type, 112);
  CHECK_TEXT(text, SESSION
             "m=audio 0 UDP/TLS/RTP/SAVPF 111 63" LINE "c=IN IP4 0.0.0.0" LINE
             "a=inactive" LINE "m=video 9 UDP/TLS/RTP/SAVPF 112" LINE
             "c=IN IP4 0.0.0.0" LINE "a=sendonly" LINE
             "a=rtpmap:112 H264/90000" LINE
             "a=fmtp:112 level-asymmetry-allowed=1;packetization-mode=1;"
             "profile-level-id=640028" LINE "a=rtcp-fb:112 nack pli" LINE
             "a=extmap:5 " PLAYOUT LINE
             "a=extmap:3 urn:3gpp:video-orientation" LINE CAPTURE_12
             "m=application 0 UDP/DTLS/SCTP webrtc-datachannel" LINE
             "c=IN IP4 0.0.0.0" LINE "a=inactive" LINE);
}

/** An offer with one video section. */
#define VIDEO(lines) "v=0" LINE "m=video 9 UDP/TLS/RTP/SAVPF 100 101" LINE lines
#define H264(pt, fmtp)                                                         \
  "a=rtpmap:" #pt " H264/90000" LINE "a=fmtp:" #pt " " fmtp LINE

struct test_case {
  const char *name, *offer, *profile;
  int result, payload_type;
  /** Must be in the answer. */
  const char *holds;
};

static const struct test_case CASES[] = {
  {"same profile, other level", BROWSER_OFFER, "42e00b", 0, 106,
   "profile-level-id=42e00b"},
  {"same profile_idc only",
   VIDEO(H264(100, "packetization-mode=1;"
                   "profile-level-id=42001f")),
   "42c00b", 0, 100, "profile-level-id=42001f"},
  {"another profile is better than none",
   VIDEO(H264(100, "packetization-mode=1;profile-level-id=42e01f")), "640028",
   0, 100, "profile-level-id=42e01f"},
  {"no profile in the offer", VIDEO(H264(101, "packetization-mode=1")),
   "640028", 0, 101, "profile-level-id=42000a"},
  {"lines that end in LF only",
   "v=0\nm=video 9 UDP/TLS/RTP/SAVPF 100\na=rtpmap:100 H264/90000\n"
   "a=fmtp:100 packetization-mode=1\n",
   "640028", 0, 100, "a=rtpmap:100 H264/90000"},
  {"packetization-mode 0 only", VIDEO(H264(100, "packetization-mode=0")),
   "640028", NLG_SDP_NO_H264, 0, NULL},
  {"no fmtp", VIDEO("a=rtpmap:100 H264/90000" LINE), "640028", NLG_SDP_NO_H264,
   0, NULL},
  {"VP8 only", VIDEO("a=rtpmap:100 VP8/90000" LINE), "640028", NLG_SDP_NO_H264,
   0, NULL},
  {"the client only sends",
   VIDEO("a=sendonly" LINE H264(100, "packetization-mode=1")), "640028",
   NLG_SDP_NO_H264, 0, NULL},
  {"a section that was given up",
   "v=0" LINE
   "m=video 0 UDP/TLS/RTP/SAVPF 100" LINE H264(100, "packetization-mode=1"),
   "640028", NLG_SDP_NO_H264, 0, NULL},
  {"no media", "v=0" LINE, "640028", NLG_SDP_MALFORMED, 0, NULL},
  {"nothing", "", "640028", NLG_SDP_MALFORMED, 0, NULL},
  {"no SDP", "hello", "640028", NLG_SDP_MALFORMED, 0, NULL},
  {"a payload type too large", VIDEO("a=rtpmap:300 H264/90000" LINE), "640028",
   NLG_SDP_NO_H264, 0, NULL},
  {"an m= line that is cut", "v=0" LINE "m=" LINE "m=video 9" LINE, "640028",
   NLG_SDP_NO_H264, 0, NULL},
};

static void check_case(const struct test_case *it) {
  struct nlg_sdp_media media = {0};
  char text[NLG_SDP_TEXT_SIZE];
  CHECK_INT(nlg_sdp_answer(it->offer, it->profile, &ORIGIN, text, &media),
            it->result);
  if (it->result == 0) {
    CHECK_INT(media.payload_type, it->payload_type);
    CHECK(strstr(text, it->holds) != NULL);
  } else {
    CHECK(strncmp(nlg_sdp_strerror(it->result), "The offer", 9) == 0);
  }
  printf("ok sdp: %s\n", it->name);
}

/** `head`, then `line` until the text has at least `size` bytes. */
static char *repeat(const char *head, const char *line, size_t size) {
  char *text = malloc(size + strlen(head) + strlen(line) + 1);
  size_t at = strlen(head);
  CHECK(text != NULL);
  strcpy(text, head);
  for (; at < size; at += strlen(line))
    strcpy(text + at, line);
  return text;
}

static void bounds_what_it_reads(void) {
  static const struct {
    const char *line;
    size_t size;
  } BOMBS[] = {
    {"a=x\r\n", 5 * (NLG_SDP_LINES_MAX + 50)},
    {"a=extmap:1 0123456789012345678901234567890123456789012345678901234567890"
     "12345678901234567890123456789012345678901234567890123456789\r\n",
     NLG_SDP_SIZE_MAX + 1},
    {"m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n", 40 * (NLG_SDP_MEDIA_MAX + 1)},
  };
  for (size_t index = 0; index < sizeof(BOMBS) / sizeof(*BOMBS); ++index) {
    struct nlg_sdp_media media;
    char text[NLG_SDP_TEXT_SIZE];
    char *offer = repeat(VIDEO(H264(100, "packetization-mode=1")),
                         BOMBS[index].line, BOMBS[index].size);
    CHECK_INT(nlg_sdp_answer(offer, "640028", &ORIGIN, text, &media),
              NLG_SDP_TOO_LARGE);
    free(offer);
  }
}

static void bounds_what_it_writes(void) {
  struct nlg_sdp_media media;
  char text[NLG_SDP_TEXT_SIZE];
  char *line = repeat("m=audio 9 UDP/TLS/RTP/SAVPF", " 0", 4000);
  char *offer = malloc(3 * strlen(line) + 200);
  CHECK(offer != NULL);
  sprintf(offer, "%s%s\r\n%s\r\n%s\r\n",
          VIDEO(H264(100, "packetization-mode=1")), line, line, line);
  CHECK_INT(nlg_sdp_answer(offer, "640028", &ORIGIN, text, &media),
            NLG_SDP_TOO_LARGE);
  free(offer);
  free(line);
}

int main(void) {
  RUN(offers_the_live_profile);
  RUN(answers_with_the_format_that_fits);
  for (size_t index = 0; index < sizeof(CASES) / sizeof(*CASES); ++index)
    check_case(&CASES[index]);
  RUN(bounds_what_it_reads);
  RUN(bounds_what_it_writes);
  return 0;
}
