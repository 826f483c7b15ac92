// SPDX-License-Identifier: GPL-3.0-or-later
/** Assertions that no build option compiles out. */
#ifndef NLG_CHECK_H
#define NLG_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                       \
  do {                                                                         \
    if (condition) break;                                                      \
    fprintf(stderr, "%s:%d: %s: not so: %s\n", __FILE__, __LINE__, __func__,   \
            #condition);                                                       \
    exit(1);                                                                   \
  } while (0)

#define CHECK_INT(actual, expected)                                            \
  do {                                                                         \
    const long long actual_ = (long long)(actual);                             \
    const long long expected_ = (long long)(expected);                         \
    if (actual_ == expected_) break;                                           \
    fprintf(stderr, "%s:%d: %s: %s is %lld, expected %lld\n", __FILE__,        \
            __LINE__, __func__, #actual, actual_, expected_);                  \
    exit(1);                                                                   \
  } while (0)

#define CHECK_TEXT(actual, expected)                                           \
  do {                                                                         \
    const char *actual_ = (actual), *expected_ = (expected);                   \
    if (strcmp(actual_, expected_) == 0) break;                                \
    fprintf(stderr, "%s:%d: %s: %s is\n%s\nexpected\n%s\n", __FILE__,          \
            __LINE__, __func__, #actual, actual_, expected_);                  \
    exit(1);                                                                   \
  } while (0)

/** Runs a test by its name. */
#define RUN(test)                                                              \
  do {                                                                         \
    test();                                                                    \
    printf("ok %s\n", #test);                                                  \
    fflush(stdout);                                                            \
  } while (0)

#endif
