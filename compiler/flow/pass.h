/* SPDX-License-Identifier: GPL-2.0-only */
/* The passes of optimize.c: a graph in, a graph out, the answers the same. */
#pragma once

#include "flow/flow.h"

/* thread.c: past tests whose outcome is known; never larger. */
struct tz_flow *tz_flow_thread(struct tz_arena *arena,
			       const struct tz_flow *flow);
/*
 * group.c, within the graph: questions with the same answer together by term;
 * whether there were any apart.
 */
bool tz_flow_group(struct tz_flow *flow);
/* order.c, within the graph: likely values first. */
void tz_flow_order(struct tz_flow *flow);
/*
 * conjunct.c, within the graph: the conditions behind @entry, which must all
 * hold, in the order in which it is soonest known that they do not. False: they
 * are in it.
 */
bool tz_flow_sort_conjuncts(struct tz_flow *flow, uint32_t entry);
/* range.c, within the graph: prefixes as ranges; whether there were any. */
bool tz_flow_use_ranges(struct tz_flow *flow);
