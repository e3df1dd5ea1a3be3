/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Of questions one after the other whose first yes leads to the same answer,
 * those about one term come together: it is loaded once. `port 1 or port 2`
 * asks for the source port, the destination port, and both again.
 *
 * A load that fails may so do it later than it did, and another question be
 * answered before. That is allowed where yes means 0 as well, and where loads
 * need not fail at their place, as libpcap's optimiser takes its expressions.
 */
#include "flow/pass.h"
#include "flow/rebuild.h"

#define CHAIN_MAX 2048

struct group {
	struct tz_flow *flow;
	const uint32_t *ways;
	uint32_t *chain; /* nodes */
	uint32_t *sorted;
	size_t n;
	uint32_t answer; /* where all of them lead, and where the last does */
	uint32_t end;
};

/* The tests from @first on that lead to @answer, or on. */
static void collect(struct group *g, uint32_t first, uint32_t answer)
{
	g->n = 0;
	g->answer = answer;
	for (g->end = first; g->n < CHAIN_MAX; g->n++) {
		uint32_t next =
			tz_flow_behind(&g->flow->nodes.at[g->end], answer);

		if (next == TZ_NO_NODE || (g->n && g->ways[g->end] > 1))
			break;
		g->chain[g->n] = g->end;
		g->end = next;
	}
}

/* The longer one of the two chains that may begin with a test. */
static void collect_longest(struct group *g, uint32_t first)
{
	const struct tz_flow_node n = g->flow->nodes.at[first];
	size_t n_yes;

	g->n = 0;
	if (n.kind != TZ_FLOW_TEST)
		return;
	collect(g, first, n.yes);
	n_yes = g->n;
	collect(g, first, n.no);
	if (n_yes >= g->n)
		collect(g, first, n.yes);
	if (g->answer != TZ_FLOW_REJECT && !g->flow->drops_loads)
		g->n = 0;
}

/* By term, these as they come first. Whether that is another order. */
static bool sort(struct group *g)
{
	size_t n = 0;
	bool changed = false;

	for (size_t i = 0; i < g->n; i++) {
		uint32_t term;

		if (g->chain[i] == TZ_NO_NODE)
			continue;
		term = g->flow->nodes.at[g->chain[i]].a;
		for (size_t j = i; j < g->n; j++) {
			if (g->chain[j] == TZ_NO_NODE ||
			    g->flow->nodes.at[g->chain[j]].a != term)
				continue;
			changed |= j != n;
			g->sorted[n++] = g->chain[j];
			g->chain[j] = TZ_NO_NODE;
		}
	}
	return changed;
}

/* The chain in its new order, made of what its ends have become. */
static uint32_t rebuild(struct group *g, uint32_t first, const uint32_t *map)
{
	uint32_t next;

	collect_longest(g, first);
	sort(g);
	next = map[g->end];
	for (size_t i = g->n; i-- > 0;) {
		uint32_t at = g->sorted[i];

		if (g->flow->nodes.at[at].yes == g->answer)
			next = tz_flow_relink(g->flow, at, map[g->answer],
					      next);
		else
			next = tz_flow_relink(g->flow, at, next,
					      map[g->answer]);
	}
	return next;
}

bool tz_flow_group(struct tz_flow *flow)
{
	enum { PLAIN, HEAD, INNER };
	uint32_t root = flow->root;
	uint8_t *role = tz_new_array(flow->arena, uint8_t, (size_t)root + 1);
	uint32_t *map = tz_flow_new_map(flow->arena, root);
	struct group g = {
		.flow = flow,
		.ways = tz_flow_ways(flow->arena, flow),
		.chain = tz_new_array(flow->arena, uint32_t, CHAIN_MAX),
		.sorted = tz_new_array(flow->arena, uint32_t, CHAIN_MAX),
	};
	bool changed = false;

	/* From above: a chain is met at its head. */
	for (uint32_t at = root + 1; at-- > 0;) {
		if (!g.ways[at] || role[at] == INNER)
			continue;
		collect_longest(&g, at);
		if (!sort(&g))
			continue;
		for (size_t i = 0; i < g.n; i++)
			role[g.sorted[i]] = INNER;
		role[at] = HEAD;
		changed = true;
	}
	for (uint32_t at = 0; changed && at <= root; at++) {
		const struct tz_flow_node n = flow->nodes.at[at];

		if (!g.ways[at] || role[at] == INNER)
			continue;
		if (role[at] == HEAD)
			map[at] = rebuild(&g, at, map);
		else
			map[at] =
				tz_flow_relink(flow, at, map[n.yes], map[n.no]);
	}
	if (changed)
		flow->root = map[root];
	return changed;
}
