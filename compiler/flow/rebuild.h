/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changes of a graph within it: new nodes are added, old ones stay where
 * nothing leads. What leads to the root is said by the root's number, and
 * tz_flow_thread leaves the rest behind.
 */
#pragma once

#include "flow/walk.h"

/*
 * The node that is @root with map[n] in place of each n for which it is not
 * TZ_NO_NODE; those behind the new ones are not looked at. @map, of root + 1
 * entries, then tells what every node has become.
 */
uint32_t tz_flow_rebuild(struct tz_flow *flow, uint32_t root, uint32_t *map);
/* A map with nothing in it. */
uint32_t *tz_flow_new_map(struct tz_arena *arena, uint32_t root);
/* Node @n with other successors. */
uint32_t tz_flow_relink(struct tz_flow *flow, uint32_t n, uint32_t yes,
			uint32_t no);
