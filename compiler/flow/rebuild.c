/* SPDX-License-Identifier: GPL-2.0-only */
/* Nodes with other successors, up to the root. */
#include "flow/rebuild.h"

#include <string.h>

bool *tz_flow_reachable(struct tz_arena *arena, const struct tz_flow *flow,
			uint32_t root)
{
	bool *is_met = tz_new_array(arena, bool, (size_t)root + 1);

	is_met[root] = true;
	for (uint32_t n = root + 1; n-- > 0;) {
		const struct tz_flow_node *node = &flow->nodes.at[n];

		if (!is_met[n] || node->kind == TZ_FLOW_RETURN)
			continue;
		is_met[node->yes] = true;
		if (node->kind == TZ_FLOW_TEST)
			is_met[node->no] = true;
	}
	return is_met;
}

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

	switch (node.kind) {
	case TZ_FLOW_RETURN:
		break;
	case TZ_FLOW_NEED:
		return tz_flow_need(flow, node.a, yes);
	case TZ_FLOW_LET:
		return tz_flow_let(flow, node.var, node.a, yes);
	case TZ_FLOW_TEST:
		if (yes == node.yes && no == node.no)
			break;
		return tz_flow_test(flow, node.op, node.a, node.b, yes, no);
	}
	return n;
}

uint32_t tz_flow_rebuild(struct tz_flow *flow, uint32_t root, uint32_t *map)
{
	const bool *is_met = tz_flow_reachable(flow->arena, flow, root);

	for (uint32_t n = 0; n <= root; n++) {
		const struct tz_flow_node *node = &flow->nodes.at[n];
		bool is_end = node->kind == TZ_FLOW_RETURN;
		bool is_test = node->kind == TZ_FLOW_TEST;

		if (!is_met[n] || map[n] != TZ_NO_NODE)
			continue;
		map[n] = is_end ? n
				: tz_flow_relink(flow, n, map[node->yes],
						 is_test ? map[node->no] : 0);
	}
	return map[root];
}
