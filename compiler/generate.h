/* SPDX-License-Identifier: GPL-2.0-only */
/* Filters of the languages of generators: DNS names, p0f signatures ... */
#pragma once

#include "compile.h"
#include "flow/flow.h"

/* What it is called in a command: `tamiz gen dns`. */
const char *tz_generator_name(enum tamiz_language language);
/* The filter of source @i, which is in such a language; NULL: a diagnostic. */
struct tz_flow *tz_generate(struct tamiz *t, size_t i);
