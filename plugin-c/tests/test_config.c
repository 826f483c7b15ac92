// SPDX-License-Identifier: GPL-3.0-or-later
#include "check.h"
#include "config.h"

#define MANY_CHARACTERS                                                        \
  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

struct test_case {
  const char *name;
  struct nlg_setting settings[8];
  /** "id sink packet_size keep_warm" per camera, each line ended. */
  const char *cameras;
  /** Complaints, each line ended. */
  const char *complaints;
};

#define CAMERA(number, key, value)                                             \
  { "cameras", number, key, value }

static const struct test_case CASES[] = {
  {"two cameras",
   {CAMERA(0, "id", "front"), CAMERA(0, "sink", "demo::ustreamer::h264"),
    CAMERA(0, "packet_size", "1100"), CAMERA(0, "keep_warm", "true"),
    CAMERA(1, "sink", "b"), CAMERA(1, "id", "lab-2")},
   "front demo::ustreamer::h264 1100 1\nlab-2 b 1200 0\n",
   ""},
  {"the seed's spelling",
   {{"memsink", -1, "object", "demo::ustreamer::h264"}},
   "default demo::ustreamer::h264 1200 0\n",
   ""},
  {"today's spelling",
   {{"video", -1, "sink", "kvmd::ustreamer::h264"}},
   "default kvmd::ustreamer::h264 1200 0\n",
   ""},
  {"what µStreamer's plugin has beside it",
   {{"video", -1, "sink", "a"}, {"acap", -1, "device", "hw:0"}},
   "default a 1200 0\n",
   "unknown setting \"acap.device\": expected cameras, memsink or video\n"},
  {"both spellings at once",
   {{"memsink", -1, "object", "a"}, {"video", -1, "sink", "b"}},
   "default a 1200 0\n",
   "video: the id \"default\" is taken already\n"},
  {"the seed's spelling beside cameras",
   {{"memsink", -1, "object", "a"},
    CAMERA(0, "id", "x"),
    CAMERA(0, "sink", "b")},
   "x b 1200 0\n",
   "memsink is not used beside cameras\n"},
  {"an id twice costs the second camera",
   {CAMERA(0, "id", "x"), CAMERA(0, "sink", "a"), CAMERA(1, "id", "x"),
    CAMERA(1, "sink", "b"), CAMERA(2, "id", "y"), CAMERA(2, "sink", "c")},
   "x a 1200 0\ny c 1200 0\n",
   "cameras[1]: the id \"x\" is taken already\n"},
  {"missing names",
   {CAMERA(0, "id", "x"), CAMERA(1, "sink", "b"), CAMERA(2, "id", "y"),
    CAMERA(2, "sink", "c")},
   "y c 1200 0\n",
   "cameras[0]: the sink is missing\ncameras[1]: the id is missing\n"},
  {"an unknown key costs the camera",
   {CAMERA(0, "id", "x"), CAMERA(0, "sink", "a"), CAMERA(0, "fps", "30")},
   "",
   "cameras[0]: unknown key \"fps\": expected id, sink, packet_size or "
   "keep_warm\nno camera is configured\n"},
  {"values that cannot be",
   {CAMERA(0, "id", "Front door"), CAMERA(1, "sink", "a/b"),
    CAMERA(2, "packet_size", "100"), CAMERA(3, "packet_size", "1200b"),
    CAMERA(4, "keep_warm", "maybe"), CAMERA(5, "id", MANY_CHARACTERS),
    CAMERA(6, "id", ""), CAMERA(7, "sink", "")},
   "",
   "cameras[0]: cannot use id \"Front door\": expected a-z, 0-9, _ and -, up "
   "to 63 characters\n"
   "cameras[1]: cannot use sink \"a/b\": expected the name of a shared memory "
   "object\n"
   "cameras[2]: cannot use packet_size \"100\": expected 256 to 1472 bytes\n"
   "cameras[3]: cannot use packet_size \"1200b\": expected 256 to 1472 bytes\n"
   "cameras[4]: cannot use keep_warm \"maybe\": expected true or false\n"
   "cameras[5]: cannot use id \"" MANY_CHARACTERS
   "\": expected a-z, 0-9, _ and -, up to 63 characters\n"
   "cameras[6]: cannot use id \"\": expected a-z, 0-9, _ and -, up to 63 "
   "characters\n"
   "cameras[7]: cannot use sink \"\": expected the name of a shared memory "
   "object\nno camera is configured\n"},
  {"nothing at all", {{0}}, "", "no camera is configured\n"},
};

static void append(void *context, const char *text) {
  char *all = context;
  CHECK(strlen(all) + strlen(text) + 2 < 4096);
  strcat(strcat(all, text), "\n");
}

static void check_case(const struct test_case *it) {
  static struct nlg_config config;
  char complaints[4096] = "", cameras[4096] = "";
  size_t count = 0;
  while (count < 8 && it->settings[count].section != NULL)
    ++count;
  nlg_config_parse(it->settings, count, &config, append, complaints);
  for (size_t index = 0; index < config.count; ++index) {
    const struct nlg_camera *camera = &config.cameras[index];
    char line[512];
    snprintf(line, sizeof(line), "%s %s %d %d", camera->id, camera->sink,
             camera->packet_size, camera->keep_warm);
    append(cameras, line);
  }
  CHECK_TEXT(cameras, it->cameras);
  CHECK_TEXT(complaints, it->complaints);
  printf("ok config: %s\n", it->name);
}

static void bounds_the_number_of_cameras(void) {
  static struct nlg_config config;
  static struct nlg_setting settings[2 * (NLG_CAMERAS_MAX + 1)];
  static char ids[NLG_CAMERAS_MAX + 1][16];
  char complaints[4096] = "";
  for (int index = 0; index <= NLG_CAMERAS_MAX; ++index) {
    snprintf(ids[index], sizeof(ids[index]), "c%d", index);
    settings[2 * index] =
      (struct nlg_setting){"cameras", index, "id", ids[index]};
    settings[2 * index + 1] =
      (struct nlg_setting){"cameras", index, "sink", "a"};
  }
  nlg_config_parse(settings, sizeof(settings) / sizeof(*settings), &config,
                   append, complaints);
  CHECK_INT(config.count, NLG_CAMERAS_MAX);
  CHECK_TEXT(complaints, "cameras[64]: more than 64 cameras\n");
}

int main(void) {
  for (size_t index = 0; index < sizeof(CASES) / sizeof(*CASES); ++index)
    check_case(&CASES[index]);
  RUN(bounds_the_number_of_cameras);
  return 0;
}
