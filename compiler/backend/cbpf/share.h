/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside backend/cbpf: graphs in which parts that differ by an offset or a
 * value are one, with a variable for the difference.
 */
#pragma once

#include "flow/flow.h"

/*
 * Shares two parts of @flow: those that have the @rank-th most in common.
 * False: there are none, or no variables left, or the graph is too large for
 * this.
 */
bool tz_code_share(struct tz_arena *arena, struct tz_flow *flow, size_t rank);
