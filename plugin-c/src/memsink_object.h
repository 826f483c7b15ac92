// SPDX-License-Identifier: GPL-3.0-or-later
/** A sink's shared memory object: found, followed, read, locked. */
#ifndef NLG_MEMSINK_OBJECT_H
#define NLG_MEMSINK_OBJECT_H

#include "memsink.h"

/** Sets the state and its detail. */
__attribute__((format(printf, 3, 4))) void
nlg_object_state(struct nlg_memsink *sink, enum nlg_state state,
                 const char *format, ...);

/** Opens the object of that name, or another after it. False: there is none. */
bool nlg_object_follow(struct nlg_memsink *sink, int64_t now_us);

void nlg_object_close(struct nlg_memsink *sink);

/** All of it, or false: the object is shorter. */
bool nlg_object_read(int fd, void *into, size_t size, uint32_t offset);
bool nlg_object_write(int fd, const void *from, size_t size, uint32_t offset);

/** Takes the writer's lock, if that is possible at once. */
bool nlg_object_try_lock(struct nlg_memsink *sink, int64_t now_us);

#endif
