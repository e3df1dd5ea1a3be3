/* SPDX-License-Identifier: GPL-2.0-only */
/* What a program keeps for its rules, a word each (bpf/include/tamiz/state). */
#pragma once

#include <tamiz/runtime.h>

/* The map of the words, which the caller closes; -1: it keeps nothing. */
int tz_words_open(const struct tamiz_program *program);
