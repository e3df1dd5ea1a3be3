/* SPDX-License-Identifier: GPL-2.0-only */
/* Explains counters that do not add up, frame by frame. */
#pragma once

#include "check.h"

/*
 * Tells on stderr of at most @max frames that XDP drops and counts at other
 * rules than the interpreter. For rule sets that are exact.
 */
void tz_paths_explain(const struct tz_check *check, size_t max);
