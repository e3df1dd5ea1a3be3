/* SPDX-License-Identifier: GPL-2.0-only */
/* One pass over the nodes, from the root down or from the answers up. */
#include "flow/walk.h"

#include <string.h>

void tz_flow_count_ways(const struct tz_flow *flow, uint32_t root, uint32_t end,
			uint32_t *ways)
{
	memset(ways, 0, ((size_t)root + 1) * sizeof(*ways));
	ways[root] = 1;
	for (uint32_t i = root + 1; i-- > 0;) {
		const struct tz_flow_node *n = &flow->nodes.at[i];

		if (!ways[i] || i == end || n->kind == TZ_FLOW_RETURN)
			continue;
		ways[n->yes]++;
		if (n->kind == TZ_FLOW_TEST)
			ways[n->no]++;
	}
}

uint32_t *tz_flow_ways(struct tz_arena *arena, const struct tz_flow *flow)
{
	uint32_t *ways = tz_new_array(arena, uint32_t, (size_t)flow->root + 1);

	tz_flow_count_ways(flow, flow->root, TZ_NO_NODE, ways);
	return ways;
}

uint32_t tz_flow_behind(const struct tz_flow_node *node, uint32_t answer)
{
	if (node->kind != TZ_FLOW_TEST)
		return TZ_NO_NODE;
	if (node->yes == answer)
		return node->no;
	return node->no == answer ? node->yes : TZ_NO_NODE;
}

uint32_t tz_flow_live(const struct tz_flow *flow, uint32_t node,
		      const uint32_t *live)
{
	const struct tz_flow_node *n = &flow->nodes.at[node];
	uint32_t vars = n->kind == TZ_FLOW_RETURN ? 0 : live[n->yes];

	if (n->kind == TZ_FLOW_LET)
		vars &= ~(1u << n->var);
	if (n->kind == TZ_FLOW_TEST)
		vars |= live[n->no] | flow->terms.at[n->b].vars;
	return vars | flow->terms.at[n->a].vars;
}
