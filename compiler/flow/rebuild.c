/* SPDX-License-Identifier: GPL-2.0-only */
/* Nodes with other successors, up to the root. */
#include "flow/rebuild.h"

#include <string.h>

uint32_t *tz_flow_new_map(struct tz_arena *arena, uint32_t root)
{
	uint32_t *map = tz_new_array(arena, uint32_t, (size_t)root + 1);

	memset(map, 0xff, ((size_t)root + 1) * sizeof(*map));
	return map;
}

uint32_t tz_flow_relink(struct tz_flow *flow, uint32_t n, uint32_t yes,
			uint32_t no)
{
	struct tz_flow_node node = flow->nodes.at[n];

	if (node.kind == TZ_FLOW_RETURN ||
	    (yes == node.yes && (no == node.no || node.kind != TZ_FLOW_TEST)))
		return n;
	return tz_flow_remake(flow, &node, node.a, node.b, yes, no);
}

uint32_t tz_flow_rebuild(struct tz_flow *flow, uint32_t root, uint32_t *map)
{
	uint32_t *ways = tz_new_array(flow->arena, uint32_t, (size_t)root + 1);

	tz_flow_count_ways(flow, root, TZ_NO_NODE, ways);
	for (uint32_t n = 0; n <= root; n++) {
		const struct tz_flow_node *node = &flow->nodes.at[n];

		if (ways[n] && map[n] == TZ_NO_NODE)
			map[n] = tz_flow_relink(flow, n, map[node->yes],
						map[node->no]);
	}
	return map[root];
}
