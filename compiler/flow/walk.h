/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What follows of the ways between nodes. Successors have smaller numbers, so
 * that one pass over the numbers is enough.
 */
#pragma once

#include "flow/flow.h"

/* In place of a node: none. */
#define TZ_NO_NODE UINT32_MAX

/*
 * Fills @ways, by node up to @root, with how many ways lead there from @root on
 * if none goes on behind @end (TZ_NO_NODE: all do); the root has one, and what
 * has none is not met.
 */
void tz_flow_count_ways(const struct tz_flow *flow, uint32_t root, uint32_t end,
			uint32_t *ways);
/* The same for all of @flow. */
uint32_t *tz_flow_ways(struct tz_arena *arena, const struct tz_flow *flow);
/* Where a test leads on that leads to @answer otherwise, or TZ_NO_NODE. */
uint32_t tz_flow_behind(const struct tz_flow_node *node, uint32_t answer);
/*
 * The variables that @node reads, or what is behind it: @live has those of its
 * successors, by node.
 */
uint32_t tz_flow_live(const struct tz_flow *flow, uint32_t node,
		      const uint32_t *live);
