/*
 * Drives the packetizer that wasm2c made of packetizer.wasm.
 *
 *   native_packetizer packetize PACKET_SIZE EXTENSION_SIZE PAYLOAD_TYPE
 *     SSRC SEQUENCE_NUMBER
 *
 * reads records from standard input until its end, little endian:
 * u32 size, u32 rtp_timestamp, u32 block_size, the access unit, the extension
 * block. For each it writes i32 answer, u32 count, count times (u32 size,
 * packet), 36 bytes of facts. With a block, the first packet comes twice:
 * plain, then extended. A trap ends the program with status 3.
 *
 *   native_packetizer bench SECONDS
 *
 * reads records (blocks ignored), packetizes them again and again, copy in
 * included, then just copies them to a packet's memory and another buffer's,
 * and prints bytes per second of both: "PACKETIZED COPIED\n".
 */
#include "packetizer_wasm.h"
#include "wasm_rt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FACTS_SIZE 36
#define UNITS_MAX 100000

static Z_packetizer_instance_t wasm;

struct unit {
  uint32_t size, rtp_timestamp, block_size;
  uint8_t *bytes, *block;
};

static void give_up(const char *why) {
  fprintf(stderr, "native_packetizer: %s\n", why);
  exit(2);
}

static uint8_t *at(uint32_t address) {
  return wasm.w2c_memory.data + address;
}

static uint32_t load_u32(uint32_t address) {
  uint32_t value;
  memcpy(&value, at(address), sizeof(value));
  return value;
}

static void put(const void *bytes, size_t size) {
  if (fwrite(bytes, 1, size, stdout) != size) give_up("cannot write");
}

static void put_u32(uint32_t value) {
  put(&value, sizeof(value));
}

static uint8_t *take(uint32_t size) {
  uint8_t *bytes = malloc(size + 1);
  if (bytes == NULL) give_up("no memory");
  if (fread(bytes, 1, size, stdin) != size) give_up("record cut short");
  return bytes;
}

static bool take_unit(struct unit *unit) {
  if (fread(unit, 4, 3, stdin) != 3) return false;
  unit->bytes = take(unit->size);
  unit->block = take(unit->block_size);
  return true;
}

static void put_packet(uint32_t size) {
  put_u32(size);
  put(at(load_u32(*Z_packetizerZ_PACKET(&wasm))), size);
}

static int32_t begin(const struct unit *unit) {
  const uint32_t capacity = *Z_packetizerZ_ACCESS_UNIT_SIZ5AE_MAX(&wasm);
  memcpy(at(*Z_packetizerZ_FRAME(&wasm)), unit->bytes,
         unit->size < capacity ? unit->size : capacity);
  return (int32_t)Z_packetizerZ_begin(&wasm, unit->size,
                                      unit->rtp_timestamp);
}

static void answer(const struct unit *unit) {
  const int32_t count = begin(unit);
  const bool extends = count > 0 && unit->block_size > 0;
  uint32_t size;
  put_u32((uint32_t)count);
  put_u32((count < 0 ? 0 : (uint32_t)count) + extends);
  for (bool first = true; (size = Z_packetizerZ_next(&wasm)) > 0;
       first = false) {
    put_packet(size);
    if (!first || !extends) continue;
    memcpy(at(*Z_packetizerZ_EXTENSION(&wasm)), unit->block,
           unit->block_size);
    put_packet(Z_packetizerZ_extend(&wasm, unit->block_size));
  }
  put(at(*Z_packetizerZ_FACTS(&wasm)), FACTS_SIZE);
}

static double now_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/** Bytes per second of one of the two. */
static double measure(const struct unit *units, size_t count, double seconds,
                      uint8_t *copies) {
  const double start = now_seconds();
  double bytes = 0, end;
  uint8_t *frame = at(*Z_packetizerZ_FRAME(&wasm));
  do {
    for (size_t index = 0; index < count; ++index) {
      const struct unit *unit = &units[index];
      if (copies == NULL) {
        begin(unit);
        while (Z_packetizerZ_next(&wasm) > 0) continue;
      } else {
        memcpy(index % 2 == 0 ? copies : frame, unit->bytes, unit->size);
        // Not to be optimized away.
        __asm__ volatile("" : : "r"(copies), "r"(frame) : "memory");
      }
      bytes += unit->size;
    }
    end = now_seconds();
  } while (end - start < seconds);
  return bytes / (end - start);
}

static void bench(double seconds) {
  struct unit *units = calloc(UNITS_MAX, sizeof(*units));
  uint8_t *copies = malloc(2 * 1024 * 1024);
  double packetized = 0, copied = 0;
  size_t count = 0;
  if (units == NULL || copies == NULL) give_up("no memory");
  while (count < UNITS_MAX && take_unit(&units[count])) ++count;
  // In turns, so that both meet the same machine; the best of each.
  for (int round = 0; round < 5; ++round) {
    const double a = measure(units, count, seconds / 10, NULL);
    const double b = measure(units, count, seconds / 10, copies);
    if (a > packetized) packetized = a;
    if (b > copied) copied = b;
  }
  printf("%.0f %.0f\n", packetized, copied);
}

static void configure(uint32_t packet_size, uint32_t extension_size,
                      uint32_t payload_type, uint32_t ssrc,
                      uint32_t sequence_number) {
  if (Z_packetizerZ_configure(&wasm, packet_size, extension_size, payload_type,
                              ssrc, sequence_number) != 0)
    give_up("cannot configure");
}

static uint32_t number(const char *text) {
  return (uint32_t)strtoul(text, NULL, 10);
}

int main(int argc, char **argv) {
  jmp_buf trap;
  struct unit unit;
  nlg_wasm_set_target(&trap);
  if (setjmp(trap) != 0) return 3;
  Z_packetizer_init_module();
  Z_packetizer_instantiate(&wasm);
  if (argc == 3 && strcmp(argv[1], "bench") == 0) {
    configure(1200, 0, 96, 0, 0);
    bench(atof(argv[2]));
    return 0;
  }
  if (argc != 7) give_up("wrong arguments");
  configure(number(argv[2]), number(argv[3]), number(argv[4]), number(argv[5]),
            number(argv[6]));
  while (take_unit(&unit)) {
    answer(&unit);
    free(unit.bytes);
    free(unit.block);
  }
  return 0;
}
