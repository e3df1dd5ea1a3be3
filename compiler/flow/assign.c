/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Assignments at once, as LETs one after another: a variable is set when no
 * value that is still to come reads it. Where values read each other's
 * variables in a ring, one of them waits in a spare variable.
 */
#include "flow/assign.h"

#include <assert.h>

/* Nodes behind that are looked at for an evaluation. */
#define LOOK_AHEAD 8

struct let {
	uint32_t var, term;
};

struct lets {
	struct let at[2 * TZ_N_CELLS];
	size_t n;
};

uint32_t tz_flow_reads(struct tz_flow_reads *reads, uint32_t term)
{
	while (reads->of.n <= term) {
		const struct tz_term *t = &reads->flow->terms.at[reads->of.n];
		uint32_t mask = 0;

		if (t->kind == TZ_TERM_VAR && t->k < TZ_N_CELLS)
			mask = 1u << t->k;
		else if (t->kind == TZ_TERM_LOAD)
			mask = reads->of.at[t->a];
		else if (t->kind >= TZ_TERM_ADD)
			mask = reads->of.at[t->a] | reads->of.at[t->b];
		tz_vec_push(reads->flow->arena, &reads->of, mask);
	}
	return reads->of.at[term];
}

/* Terms have larger numbers than those they are made of. */
static bool contains(const struct tz_flow *flow, uint32_t outer, uint32_t term)
{
	const struct tz_term *t = &flow->terms.at[outer];

	if (outer <= term)
		return outer == term;
	if (t->kind == TZ_TERM_LOAD)
		return contains(flow, t->a, term);
	return t->kind >= TZ_TERM_ADD &&
	       (contains(flow, t->a, term) || contains(flow, t->b, term));
}

bool tz_flow_evaluates(const struct tz_flow *flow, struct tz_flow_reads *reads,
		       uint32_t node, uint32_t term)
{
	for (size_t i = 0; i < LOOK_AHEAD; i++) {
		const struct tz_flow_node *n = &flow->nodes.at[node];

		if (contains(flow, n->a, term))
			return true;
		if (n->kind == TZ_FLOW_TEST)
			return contains(flow, n->b, term);
		if (n->kind == TZ_FLOW_RETURN ||
		    (n->kind == TZ_FLOW_LET && n->var < TZ_N_CELLS &&
		     tz_flow_reads(reads, term) >> n->var & 1))
			return false;
		node = n->yes;
	}
	return false;
}

/* A variable of @pending that no other one's value reads; -1: none. */
static int find_free(struct tz_flow_reads *reads,
		     const struct tz_flow_cells *cells, uint32_t pending)
{
	uint32_t read = 0;

	for (uint32_t v = 0; v < TZ_N_CELLS; v++)
		if (pending >> v & 1)
			read |= tz_flow_reads(reads, cells->term[v]) &
				~(1u << v);
	pending &= ~read;
	return pending ? __builtin_ctz(pending) : -1;
}

static void add(struct lets *lets, uint32_t var, uint32_t term)
{
	lets->at[lets->n++] = (struct let){ var, term };
}

static uint32_t without_identities(const struct tz_flow *flow,
				   const struct tz_flow_cells *cells,
				   uint32_t mask)
{
	for (uint32_t v = 0; v < TZ_N_CELLS; v++) {
		const struct tz_term *t = &flow->terms.at[cells->term[v]];

		if (t->kind == TZ_TERM_VAR && t->k == v)
			mask &= ~(1u << v);
	}
	return mask;
}

uint32_t tz_flow_assign(struct tz_flow *flow, struct tz_flow_reads *reads,
			uint32_t mask, const struct tz_flow_cells *cells,
			uint32_t next)
{
	uint32_t pending = without_identities(flow, cells, mask);
	struct lets lets = { .n = 0 }, late = { .n = 0 };

	while (pending) {
		int free = find_free(reads, cells, pending);
		uint32_t v = free < 0 ? (uint32_t)__builtin_ctz(pending)
				      : (uint32_t)free;

		if (free < 0) {
			uint32_t spare = TZ_N_CELLS + (uint32_t)late.n;

			add(&lets, spare, cells->term[v]);
			add(&late, v, tz_term_var(flow, spare));
		} else {
			add(&lets, v, cells->term[v]);
		}
		pending &= ~(1u << v);
	}
	while (late.n--)
		next = tz_flow_let(flow, late.at[late.n].var,
				   late.at[late.n].term, next);
	while (lets.n--)
		next = tz_flow_let(flow, lets.at[lets.n].var,
				   lets.at[lets.n].term, next);
	return next;
}
