// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * The runtime that wasm2c's output asks for, as far as one module without
 * tables, imports and memory growth needs it. wabt's own runtime keeps its
 * trap state in process-wide globals and takes SIGSEGV for itself; this one
 * is safe with a module instance per thread and leaves signals alone.
 */
#include "wasm_rt.h"

#include <stdlib.h>

#if WASM_RT_MEMCHECK_SIGNAL_HANDLER
#error "build with -DWASM_RT_MEMCHECK_SIGNAL_HANDLER=0: Janus owns SIGSEGV"
#endif
#if WASM_RT_USE_STACK_DEPTH_COUNT
#error "build with -DWASM_RT_USE_STACK_DEPTH_COUNT=0: it is not thread-safe"
#endif

static _Thread_local jmp_buf *target;

jmp_buf *nlg_wasm_set_target(jmp_buf *wanted) {
  jmp_buf *before = target;
  target = wanted;
  return before;
}

void wasm_rt_trap(wasm_rt_trap_t code) {
  // Every call into the module is made with a target.
  if (target == NULL) abort();
  longjmp(*target, (int)code);
}

bool wasm_rt_is_initialized(void) {
  return true;
}

// Types only serve indirect calls, and a module with those does not link.
uint32_t wasm_rt_register_func_type(uint32_t params, uint32_t results, ...) {
  (void)params;
  (void)results;
  return 1;
}

void wasm_rt_allocate_memory(wasm_rt_memory_t *memory, uint32_t pages,
                             uint32_t max_pages) {
  memory->data = calloc(pages, 65536);
  if (memory->data == NULL) wasm_rt_trap(WASM_RT_TRAP_OOB);
  memory->pages = pages;
  memory->max_pages = max_pages;
  memory->size = pages * 65536;
}

void wasm_rt_free_memory(wasm_rt_memory_t *memory) {
  free(memory->data);
  memory->data = NULL;
}
