// SPDX-License-Identifier: GPL-3.0-or-later
#include "packetizer.h"

#include "packetizer_wasm.h"
#include "wasm_rt.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Offsets in FACTS and PACKET, and bits of `flags`; see wasm/README.md. */
enum {
  FACTS_FLAGS = 4,
  FACTS_PROFILE = 12,
  FACTS_WIDTH = 16,
  FACTS_HEIGHT = 20,
  FACTS_SIZE = 36,
  FLAG_KEY_FRAME = 1,
  FLAG_PICTURE = 2,
  PACKET_ADDRESS = 0,
};

struct nlg_packetizer {
  Z_packetizer_instance_t wasm;
  int packet_size;
  bool instantiated, trapped;
};

static pthread_once_t module_once = PTHREAD_ONCE_INIT;

/** What a guarded call does; its answer is the module's. */
typedef uint32_t module_call(struct nlg_packetizer *packetizer, uint32_t a,
                             uint32_t b);

/** Calls into the module; a trap comes back as an answer. */
static int64_t guard(struct nlg_packetizer *packetizer, module_call *call,
                     uint32_t a, uint32_t b) {
  jmp_buf here;
  jmp_buf *before = nlg_wasm_set_target(&here);
  volatile int64_t result = NLG_PACKETIZER_TRAP;
  if (setjmp(here) == 0) result = call(packetizer, a, b);
  nlg_wasm_set_target(before);
  return result;
}

static uint32_t call_instantiate(struct nlg_packetizer *packetizer, uint32_t a,
                                 uint32_t b) {
  (void)a, (void)b;
  Z_packetizer_instantiate(&packetizer->wasm);
  // Payload type, SSRC and sequence numbers are each viewer's own.
  return Z_packetizerZ_configure(&packetizer->wasm,
                                 (uint32_t)packetizer->packet_size, 0,
                                 NLG_SDP_PAYLOAD_TYPE, 0, 0);
}

static uint32_t call_begin(struct nlg_packetizer *packetizer, uint32_t size,
                           uint32_t rtp_timestamp) {
  return Z_packetizerZ_begin(&packetizer->wasm, size, rtp_timestamp);
}

static uint32_t call_next(struct nlg_packetizer *packetizer, uint32_t a,
                          uint32_t b) {
  (void)a, (void)b;
  return Z_packetizerZ_next(&packetizer->wasm);
}

/** Makes the instance, or makes it anew. */
static bool instantiate(struct nlg_packetizer *packetizer) {
  if (packetizer->wasm.w2c_memory.data != NULL)
    wasm_rt_free_memory(&packetizer->wasm.w2c_memory);
  memset(&packetizer->wasm, 0, sizeof(packetizer->wasm));
  packetizer->instantiated = guard(packetizer, call_instantiate, 0, 0) == 0;
  return packetizer->instantiated;
}

static void init_module(void) {
  Z_packetizer_init_module();
}

struct nlg_packetizer *nlg_packetizer_new(int packet_size) {
  struct nlg_packetizer *packetizer = calloc(1, sizeof(*packetizer));
  if (packetizer == NULL) return NULL;
  pthread_once(&module_once, init_module);
  packetizer->packet_size = packet_size;
  if (instantiate(packetizer)) return packetizer;
  nlg_packetizer_destroy(packetizer);
  return NULL;
}

void nlg_packetizer_destroy(struct nlg_packetizer *packetizer) {
  if (packetizer == NULL) return;
  if (packetizer->wasm.w2c_memory.data != NULL)
    wasm_rt_free_memory(&packetizer->wasm.w2c_memory);
  free(packetizer);
}

/** `size` bytes of linear memory at an address the module gave, or NULL. */
static uint8_t *memory_at(struct nlg_packetizer *packetizer, uint32_t address,
                          uint32_t size) {
  const wasm_rt_memory_t *memory = &packetizer->wasm.w2c_memory;
  if (memory->data == NULL || (uint64_t)address + size > memory->size)
    return NULL;
  return memory->data + address;
}

static uint32_t load_u32(const uint8_t *from) {
  return (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 |
         (uint32_t)from[3] << 24;
}

uint8_t *nlg_packetizer_frame(struct nlg_packetizer *packetizer,
                              size_t *capacity) {
  Z_packetizer_instance_t *wasm = &packetizer->wasm;
  // There may have been no memory for it before.
  if (!packetizer->instantiated) instantiate(packetizer);
  const uint32_t size = *Z_packetizerZ_ACCESS_UNIT_SIZ5AE_MAX(wasm);
  uint8_t *frame = memory_at(packetizer, *Z_packetizerZ_FRAME(wasm), size);
  *capacity = frame == NULL ? 0 : size;
  return frame;
}

/** A trap leaves the instance in any state: start with a fresh one. */
static void recover(struct nlg_packetizer *packetizer) {
  packetizer->trapped = true;
  instantiate(packetizer);
}

int nlg_packetizer_begin(struct nlg_packetizer *packetizer, size_t size,
                         uint32_t rtp_timestamp) {
  int64_t result = NLG_PACKETIZER_TRAP;
  packetizer->trapped = false;
  if (packetizer->instantiated && size <= UINT32_MAX)
    result = guard(packetizer, call_begin, (uint32_t)size, rtp_timestamp);
  if (result == NLG_PACKETIZER_TRAP) recover(packetizer);
  // The module's i32 comes as u32.
  return result < 0 ? (int)result : (int)(int32_t)(uint32_t)result;
}

uint8_t *nlg_packetizer_next(struct nlg_packetizer *packetizer, size_t *size) {
  Z_packetizer_instance_t *wasm = &packetizer->wasm;
  int64_t length;
  uint8_t *packet;
  *size = 0;
  if (packetizer->trapped || !packetizer->instantiated) return NULL;
  length = guard(packetizer, call_next, 0, 0);
  if (length == 0) return NULL;
  packet =
    length < 0
      ? NULL
      : memory_at(packetizer, *Z_packetizerZ_PACKET(wasm) + PACKET_ADDRESS, 4);
  if (packet != NULL)
    packet = memory_at(packetizer, load_u32(packet), (uint32_t)length);
  if (packet == NULL || length > packetizer->packet_size) {
    recover(packetizer);
    return NULL;
  }
  *size = (size_t)length;
  return packet;
}

bool nlg_packetizer_trapped(const struct nlg_packetizer *packetizer) {
  return packetizer->trapped;
}

void nlg_packetizer_describe(struct nlg_packetizer *packetizer,
                             struct nlg_access_unit *unit) {
  const uint8_t *facts =
    memory_at(packetizer, *Z_packetizerZ_FACTS(&packetizer->wasm), FACTS_SIZE);
  uint32_t flags, profile;
  memset(unit, 0, sizeof(*unit));
  if (facts == NULL) return;
  flags = load_u32(facts + FACTS_FLAGS);
  profile = load_u32(facts + FACTS_PROFILE);
  unit->key = (flags & FLAG_KEY_FRAME) != 0;
  unit->picture = (flags & FLAG_PICTURE) != 0;
  unit->width = load_u32(facts + FACTS_WIDTH);
  unit->height = load_u32(facts + FACTS_HEIGHT);
  if (profile != 0)
    snprintf(unit->profile, sizeof(unit->profile), "%06x", profile & 0xffffff);
}
