/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Prefixes as ranges: (x & 0xffff0000) == 0x0a010000 is 0x0a01ffff >= x >=
 * 0x0a010000. The value of x stays for other tests, and half of what is no
 * match is known by the first comparison.
 */
#include "flow/pass.h"
#include "flow/rebuild.h"

/* Whether @n asks for a prefix of a load; the range of these values. */
static bool is_prefix(const struct tz_flow *flow, const struct tz_flow_node *n,
		      uint32_t *first, uint32_t *last)
{
	const struct tz_term *a = &flow->terms.at[n->a];
	const struct tz_term *b = &flow->terms.at[n->b];
	uint32_t bits, mask;

	if (n->kind != TZ_FLOW_TEST || n->op != TZ_FLOW_EQ ||
	    b->kind != TZ_TERM_CONST || a->kind != TZ_TERM_AND ||
	    !tz_term_is_const(flow, a->b))
		return false;
	bits = flow->terms.at[a->a].bits;
	mask = flow->terms.at[a->b].k & bits;
	/* All bits from some bit on. */
	if (bits & (bits + 1) || ((mask ^ bits) & ((mask ^ bits) + 1)))
		return false;
	*first = b->k;
	*last = b->k | (mask ^ bits);
	return true;
}

bool tz_flow_use_ranges(struct tz_flow *flow)
{
	const uint32_t *ways = tz_flow_ways(flow->arena, flow);
	uint32_t *map = tz_flow_new_map(flow->arena, flow->root);
	bool has_any = false;

	for (uint32_t at = 0; at <= flow->root; at++) {
		const struct tz_flow_node n = flow->nodes.at[at];
		uint32_t first, last, x;

		if (!ways[at])
			continue;
		if (!is_prefix(flow, &n, &first, &last)) {
			map[at] =
				tz_flow_relink(flow, at, map[n.yes], map[n.no]);
			continue;
		}
		x = flow->terms.at[n.a].a;
		map[at] = tz_flow_test(flow, TZ_FLOW_GT, x,
				       tz_term_const(flow, last), map[n.no],
				       map[n.yes]);
		map[at] = tz_flow_test(flow, TZ_FLOW_GE, x,
				       tz_term_const(flow, first), map[at],
				       map[n.no]);
		has_any = true;
	}
	flow->root = map[flow->root];
	return has_any;
}
