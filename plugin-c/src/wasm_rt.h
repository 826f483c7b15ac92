// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef NLG_WASM_RT_H
#define NLG_WASM_RT_H

#include <setjmp.h>
#include <wasm-rt.h>

/** Where this thread's next trap jumps to; answers where it went before. */
jmp_buf *nlg_wasm_set_target(jmp_buf *wanted);

#endif
