/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs of questions after the value of one term: the likely ones first. The
 * term is evaluated by the first of them, whichever it is, and only one can
 * hold, so that their order means nothing.
 */
#include "flow/likely.h"
#include "flow/pass.h"
#include "flow/rebuild.h"

#define RUN_MAX 64

static bool is_question(const struct tz_flow *flow,
			const struct tz_flow_node *n)
{
	return n->kind == TZ_FLOW_TEST && n->op == TZ_FLOW_EQ &&
	       flow->terms.at[n->a].kind == TZ_TERM_LOAD &&
	       tz_term_is_const(flow, n->b);
}

/* The run that begins with @first, most likely first; how long it is. */
static size_t collect(const struct tz_flow *flow, const uint32_t *ways,
		      uint32_t first, uint32_t *run)
{
	uint32_t term = flow->nodes.at[first].a;
	size_t n = 0;

	for (uint32_t at = first; n < RUN_MAX; at = flow->nodes.at[at].no) {
		const struct tz_flow_node *node = &flow->nodes.at[at];
		size_t i = n;

		if (!is_question(flow, node) || node->a != term ||
		    (n && ways[at] > 1))
			break;
		for (; i && tz_flow_likely(flow, &flow->nodes.at[run[i - 1]]) <
				    tz_flow_likely(flow, node);
		     i--)
			run[i] = run[i - 1];
		run[i] = at;
		n++;
	}
	return n;
}

/* Where the run that @first is the original head of goes on if none holds. */
static uint32_t end_of(const struct tz_flow *flow, uint32_t first, size_t n)
{
	while (n--)
		first = flow->nodes.at[first].no;
	return first;
}

void tz_flow_order(struct tz_flow *flow)
{
	struct tz_arena *arena = flow->arena;
	const uint32_t *ways = tz_flow_ways(arena, flow);
	uint32_t root = flow->root;
	uint32_t *map = tz_flow_new_map(arena, root);
	bool *is_inner = tz_new_array(arena, bool, (size_t)root + 1);
	uint32_t run[RUN_MAX];

	/* From above: a run is met at its head. */
	for (uint32_t at = root + 1; at-- > 0;) {
		uint32_t next = at;

		if (!ways[at] || is_inner[at])
			continue;
		for (size_t i = collect(flow, ways, at, run); i > 1; i--) {
			next = flow->nodes.at[next].no;
			is_inner[next] = true;
		}
	}
	for (uint32_t at = 0; at <= root; at++) {
		const struct tz_flow_node n = flow->nodes.at[at];
		size_t len = 0;

		if (!ways[at])
			continue;
		if (!is_inner[at])
			len = collect(flow, ways, at, run);
		map[at] = tz_flow_relink(flow, at, map[n.yes], map[n.no]);
		if (len < 2)
			continue;
		map[at] = map[end_of(flow, at, len)];
		while (len--)
			map[at] = tz_flow_relink(
				flow, run[len],
				map[flow->nodes.at[run[len]].yes], map[at]);
	}
	flow->root = map[root];
}
