/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Assignments at once, made one after another: a variable is set when no value
 * that is still to come reads it.
 */
#include "flow/assign.h"

/* Nodes behind that are looked at for an evaluation. */
#define LOOK_AHEAD 8

static const struct tz_term *term_at(const struct tz_flow *flow, uint32_t term)
{
	return &flow->terms.at[term];
}

/* Terms have larger numbers than those they are made of. */
static bool contains(const struct tz_flow *flow, uint32_t outer, uint32_t term)
{
	const struct tz_term *t = term_at(flow, outer);

	if (outer <= term)
		return outer == term;
	if (t->kind == TZ_TERM_LOAD)
		return contains(flow, t->a, term);
	return t->kind >= TZ_TERM_ADD &&
	       (contains(flow, t->a, term) || contains(flow, t->b, term));
}

bool tz_flow_evaluates(const struct tz_flow *flow, uint32_t node, uint32_t term)
{
	for (size_t i = 0; i < LOOK_AHEAD; i++) {
		const struct tz_flow_node *n = &flow->nodes.at[node];

		if (contains(flow, n->a, term))
			return true;
		if (n->kind == TZ_FLOW_TEST)
			return contains(flow, n->b, term);
		if (n->kind == TZ_FLOW_RETURN ||
		    (n->kind == TZ_FLOW_LET &&
		     term_at(flow, term)->vars >> n->var & 1))
			return false;
		node = n->yes;
	}
	return false;
}

/* The variables of @mask whose values are something else than they are. */
static uint32_t changed(const struct tz_flow *flow, uint32_t mask,
			const struct tz_flow_cells *cells)
{
	for (uint32_t v = 0; v < TZ_N_CELLS; v++) {
		const struct tz_term *t = term_at(flow, cells->term[v]);

		if (t->kind == TZ_TERM_VAR && t->k == v)
			mask &= ~(1u << v);
	}
	return mask;
}

/* Those of @pending that no other one's value reads. */
static uint32_t find_free(const struct tz_flow *flow, uint32_t pending,
			  const struct tz_flow_cells *cells)
{
	uint32_t read = 0;

	for (uint32_t v = 0; v < TZ_N_CELLS; v++)
		if (pending >> v & 1)
			read |= term_at(flow, cells->term[v])->vars &
				~(1u << v);
	return pending & ~read;
}

uint32_t tz_flow_assign(struct tz_flow *flow, struct tz_flow_live *live,
			uint32_t mask, const struct tz_flow_cells *cells,
			uint32_t next)
{
	uint32_t pending = changed(flow, mask, cells), order[TZ_N_CELLS];
	size_t n = 0;

	while (pending) {
		uint32_t free = find_free(flow, pending, cells);

		if (!free)
			return TZ_FLOW_NO_NODE;
		order[n] = (uint32_t)__builtin_ctz(free);
		pending &= ~(1u << order[n++]);
	}
	while (n--)
		next = tz_flow_set(flow, live, order[n], cells->term[order[n]],
				   next);
	return next;
}
