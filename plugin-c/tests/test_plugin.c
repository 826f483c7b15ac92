// SPDX-License-Identifier: GPL-3.0-or-later
/** The whole plugin on real sinks, with a host in Janus's place. */
#include "check.h"
#include "clock.h"
#include "host.h"
#include "scene.h"

#include <sys/mman.h>
#include <unistd.h>

#define STORM_THREADS 8
#define STORM_CYCLES 25

static struct camera front = {.version = 10, .high = true, .group_size = 50};
static struct camera lab = {.version = 2, .group_size = 50};
/** Cannot be asked, and gives a key frame once in a second. */
static struct camera slow = {.version = 2, .group_size = 200};

static void answers_each_request(void) {
  static const struct {
    const char *body;
    int code;
    const char *reason;
  } ERRORS[] = {
    {"{\"request\":\"dance\"}", 405, NULL},
    {"{\"request\":\"Watch\"}", 405, NULL},
    {"{\"request\":7}", 400, NULL},
    {"{}", 400, NULL},
    {"[]", 400, NULL},
    {"\"watch\"", 400, NULL},
    {"{\"request\":\"watch\",\"id\":\"nobody\"}", 404, NULL},
    {"{\"request\":\"watch\",\"id\":7}", 400, NULL},
    {"{\"request\":\"watch\",\"params\":7}", 400, NULL},
    {"{\"request\":\"watch\",\"params\":{\"orientation\":45}}", 400, NULL},
    {"{\"request\":\"watch\",\"params\":{\"orientation\":\"90\"}}", 400, NULL},
    {"{\"request\":\"watch\",\"id\":\"dark\"}", 503, "sink_absent"},
  };
  struct host_handle *handle = host_attach();
  for (size_t index = 0; index < G_N_ELEMENTS(ERRORS); ++index)
    check_error(handle, ERRORS[index].body, ERRORS[index].code,
                ERRORS[index].reason);
  check_status(handle, "{\"request\":\"start\"}", "started");
  check_status(handle, "{\"request\":\"stop\"}", "stopped");
  CHECK(host_send(handle, "k", "{\"request\":\"key_required\"}", NULL));
  check_status(handle, "{\"request\":\"features\"}", "features");
  // Answers come in order, so the key frame request had none.
  CHECK_INT(host_pending(handle), 0);
  host_detach(handle);
}

static void refuses_a_wrong_offer(void) {
  struct host_handle *handle = host_attach();
  json_t *jsep = json_pack("{ssss}", "type", "answer", "sdp", "v=0\r\n");
  json_t *event = ask(handle, "{\"request\":\"watch\"}", jsep, NULL);
  CHECK_INT(json_integer_value(json_object_get(event, "error_code")), 400);
  json_decref(event);
  jsep = json_pack("{ssss}", "type", "offer", "sdp", "v=0\r\n");
  event = ask(handle, "{\"request\":\"watch\"}", jsep, NULL);
  CHECK_INT(json_integer_value(json_object_get(event, "error_code")), 400);
  json_decref(event);
  host_detach(handle);
}

static void plays_pauses_and_goes_on(void) {
  struct host_handle *handle = host_attach();
  unsigned long packets;
  // Without an id: the first camera, as the seed's page asks.
  watch(handle, "{\"request\":\"watch\",\"params\":{\"orientation\":270}}",
        "64001f");
  check_status(handle, "{\"request\":\"start\"}", "started");
  CHECK_INT(host_packets(handle), 0);
  host_setup_media(handle);
  CHECK(host_wait_packets(handle, 50));
  CHECK_INT(host_payload_type(handle), 96);
  CHECK_INT(host_media_index(handle), 0);
  CHECK_INT(host_rotation(handle), 270);
  CHECK_INT(host_playout_delay(handle), 0);

  check_status(handle, "{\"request\":\"stop\"}", "stopped");
  packets = host_packets(handle);
  host_expect_key(handle);
  usleep(50000);
  CHECK_INT(host_packets(handle), packets);
  check_status(handle, "{\"request\":\"start\"}", "started");
  CHECK(host_wait_packets(handle, packets + 50));

  host_hangup(handle);
  packets = host_packets(handle);
  host_expect_key(handle);
  usleep(50000);
  CHECK_INT(host_packets(handle), packets);
  // The other camera, on the same handle.
  watch(handle, "{\"request\":\"watch\",\"id\":\"lab\"}", "42c00b");
  host_setup_media(handle);
  CHECK(host_wait_packets(handle, packets + 50));
  CHECK_INT(host_rotation(handle), -1);
  // And back, while media is up.
  host_expect_key(handle);
  watch(handle, "{\"request\":\"watch\",\"id\":\"front\"}", "64001f");
  packets = host_packets(handle);
  CHECK(host_wait_packets(handle, packets + 50));
  host_detach(handle);
}

/** Janus tells of a hangup late, when the next `watch` is answered. */
static void a_late_hangup_costs_no_picture(void) {
  struct host_handle *handle = host_attach();
  watch(handle, "{\"request\":\"watch\",\"id\":\"front\"}", "64001f");
  host_setup_media(handle);
  CHECK(host_wait_packets(handle, 10));
  watch(handle, "{\"request\":\"watch\",\"id\":\"lab\"}", "42c00b");
  host_hangup(handle);
  const unsigned long packets = host_packets(handle);
  host_expect_key(handle);
  host_setup_media(handle);
  CHECK(host_wait_packets(handle, packets + 50));
  host_detach(handle);
}

/** Whether a viewer that came within a group got its first packet in it. */
static bool starts_within_the_group(void) {
  struct host_handle *handle = host_attach();
  watch(handle, "{\"request\":\"watch\",\"id\":\"slow\"}", "42c00b");
  while (atomic_load(&slow.picture) % slow.group_size < 20)
    usleep(1000);
  const int group = atomic_load(&slow.picture) / slow.group_size;
  host_setup_media(handle);
  CHECK(host_wait_packets(handle, 1));
  const bool same = atomic_load(&slow.picture) / slow.group_size == group;
  // And it goes on from there, without a gap.
  CHECK(host_wait_packets(handle, 1000));
  host_detach(handle);
  return same;
}

static void starts_at_the_last_key_frame(void) {
  // A busy machine may be late now and then, but not each time.
  for (int round = 0; round < 20; ++round)
    if (starts_within_the_group()) return;
  CHECK(!"a viewer has started before the next key frame");
}

static void answers_a_client_offer(void) {
  static const char OFFER[] =
    "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=rtpmap:111 opus/48000/2\r\n"
    "m=video 9 UDP/TLS/RTP/SAVPF 125\r\na=recvonly\r\n"
    "a=rtpmap:125 H264/90000\r\n"
    "a=fmtp:125 packetization-mode=1;profile-level-id=640020\r\n";
  struct host_handle *handle = host_attach();
  char *sdp;
  json_t *jsep = json_pack("{ssss}", "type", "offer", "sdp", OFFER);
  json_t *event =
    ask(handle, "{\"request\":\"watch\",\"id\":\"front\"}", jsep, &sdp);
  CHECK(json_object_get(event, "error_code") == NULL);
  CHECK(strstr(sdp, "m=audio 0 ") != NULL);
  CHECK(strstr(sdp, "a=fmtp:125 level-asymmetry-allowed=1;packetization-mode=1;"
                    "profile-level-id=64001f") != NULL);
  g_free(sdp);
  json_decref(event);
  host_setup_media(handle);
  CHECK(host_wait_packets(handle, 20));
  CHECK_INT(host_payload_type(handle), 125);
  CHECK_INT(host_media_index(handle), 1);
  host_detach(handle);
}

static void reports_its_cameras(void) {
  struct host_handle *handle = host_attach();
  watch(handle, "{\"request\":\"watch\",\"id\":\"front\"}", "64001f");
  host_setup_media(handle);
  CHECK(host_wait_packets(handle, 1));
  json_t *event = ask(handle, "{\"request\":\"status\"}", NULL, NULL);
  json_t *cameras =
    json_object_get(json_object_get(event, "result"), "cameras");
  json_t *first = json_array_get(cameras, 0);
  CHECK_INT(json_array_size(cameras), 4);
  CHECK_TEXT(json_string_value(json_object_get(first, "id")), "front");
  CHECK_TEXT(json_string_value(json_object_get(first, "state")), "live");
  CHECK_INT(json_integer_value(json_object_get(first, "width")), 1280);
  CHECK_INT(json_integer_value(json_object_get(first, "height")), 720);
  CHECK_INT(json_integer_value(json_object_get(first, "viewers")), 1);
  CHECK_TEXT(json_string_value(json_object_get(first, "profile_level_id")),
             "64001f");
  CHECK_TEXT(
    json_string_value(json_object_get(json_array_get(cameras, 2), "state")),
    "sink_absent");
  json_decref(event);
  json_t *info = create()->query_session((janus_plugin_session *)handle);
  CHECK_TEXT(json_string_value(json_object_get(info, "camera")), "front");
  json_decref(info);
  host_detach(handle);
}

static void many_requests_make_one(void) {
  static const uint8_t PLI[] = {0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2};
  struct host_handle *handle = host_attach();
  watch(handle, "{\"request\":\"watch\",\"id\":\"front\"}", "64001f");
  host_setup_media(handle);
  CHECK(host_wait_packets(handle, 1));
  const int before = atomic_load(&front.requests);
  const int64_t start_us = nlg_now_us();
  for (int round = 0; round < 1500; ++round) {
    host_rtcp(handle, PLI, sizeof(PLI));
    usleep(1000);
  }
  const int asked = atomic_load(&front.requests) - before;
  // At least one each second or so; at most one each half second.
  CHECK(asked >= 1);
  CHECK(asked <= 2 + (nlg_now_us() - start_us) / 500000);
  host_detach(handle);
}

static void bounds_what_waits(void) {
  struct host_handle *handle = host_attach();
  int taken = 0;
  while (
    taken < 1000 &&
    host_send(handle, "t", "{\"request\":\"watch\",\"id\":\"dark\"}", NULL))
    ++taken;
  CHECK_INT(taken, 16);
  // Detached while they wait: nobody is told, nothing is lost.
  host_detach(handle);
}

/** One viewer after the other, each leaving at another moment. */
static void *storm(void *argument) {
  const int seed = (int)(size_t)argument;
  for (int cycle = 0; cycle < STORM_CYCLES; ++cycle) {
    struct host_handle *handle = host_attach();
    const int moment = (seed + cycle) % 6;
    const char *body = cycle % 2 ? "{\"request\":\"watch\",\"id\":\"front\"}"
                                 : "{\"request\":\"watch\",\"id\":\"lab\"}";
    CHECK(host_send(handle, "w", body, NULL));
    if (moment > 0) {
      json_t *answer = host_receive(handle);
      CHECK(answer != NULL);
      json_decref(answer);
    }
    if (moment > 1) host_setup_media(handle);
    if (moment > 2) CHECK(host_wait_packets(handle, 10));
    if (moment > 3)
      CHECK(host_send(handle, "s", "{\"request\":\"stop\"}", NULL));
    if (moment > 4) host_hangup(handle);
    host_detach(handle);
  }
  return NULL;
}

static void viewers_come_and_go(void) {
  pthread_t threads[STORM_THREADS];
  for (size_t index = 0; index < STORM_THREADS; ++index)
    CHECK_INT(pthread_create(&threads[index], NULL, storm, (void *)index), 0);
  for (size_t index = 0; index < STORM_THREADS; ++index)
    pthread_join(threads[index], NULL);
}

/** The sink goes and comes back under a viewer. */
static void survives_a_writer_that_restarts(void) {
  struct host_handle *handle = host_attach();
  watch(handle, "{\"request\":\"watch\",\"id\":\"lab\"}", "42c00b");
  host_setup_media(handle);
  CHECK(host_wait_packets(handle, 10));
  stop_camera(&lab);
  lab.version = 7;
  start_camera(&lab, "lab");
  const unsigned long packets = host_packets(handle);
  CHECK(host_wait_packets(handle, packets + 100));
  host_detach(handle);
}

/** Sessions that outlive the plugin's end, and a message that waits. */
static void ends_under_its_viewers(void) {
  struct host_handle *viewer = host_attach(), *waiter = host_attach();
  watch(viewer, "{\"request\":\"watch\",\"id\":\"front\"}", "64001f");
  host_setup_media(viewer);
  CHECK(host_wait_packets(viewer, 10));
  CHECK(
    host_send(waiter, "t", "{\"request\":\"watch\",\"id\":\"dark\"}", NULL));
  create()->destroy();
  CHECK(!host_send(waiter, "t", "{\"request\":\"features\"}", NULL));
  host_hangup(viewer);
  host_detach(viewer);
  host_detach(waiter);
  CHECK_INT(host_alive(), 0);
}

static void remove_sinks(void) {
  shm_unlink(front.name);
  shm_unlink(lab.name);
  shm_unlink(slow.name);
}

int main(void) {
  start_camera(&front, "front");
  start_camera(&lab, "lab");
  start_camera(&slow, "slow");
  atexit(remove_sinks);
  const struct host_camera cameras[] = {{"front", front.name, "true"},
                                        {"lab", lab.name, NULL},
                                        {"dark", "nlg-no-such-sink", NULL},
                                        {"slow", slow.name, "true"}};
  host_configure(cameras, G_N_ELEMENTS(cameras));
  CHECK_INT(create()->init(&host_callbacks, "/nowhere"), 0);
  RUN(answers_each_request);
  RUN(refuses_a_wrong_offer);
  RUN(plays_pauses_and_goes_on);
  RUN(a_late_hangup_costs_no_picture);
  RUN(starts_at_the_last_key_frame);
  RUN(answers_a_client_offer);
  RUN(reports_its_cameras);
  RUN(many_requests_make_one);
  RUN(bounds_what_waits);
  RUN(viewers_come_and_go);
  RUN(survives_a_writer_that_restarts);
  RUN(ends_under_its_viewers);
  stop_camera(&front);
  stop_camera(&lab);
  stop_camera(&slow);
  return 0;
}
