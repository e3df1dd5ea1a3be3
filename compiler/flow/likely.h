/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How likely tests hold in the traffic of an edge. Guesses: they decide about
 * order only, never about answers.
 */
#pragma once

#include "flow/flow.h"

/* Of a value that was loaded as @size bytes (0: computed); at most 1. */
double tz_likely(unsigned int size, enum tz_flow_op op, uint32_t k);
/* That @node, a test, holds. */
double tz_flow_likely(const struct tz_flow *flow,
		      const struct tz_flow_node *node);
