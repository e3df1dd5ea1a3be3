/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests that several ways share, each way with another term (one comparison of
 * the source port or the destination port, as libpcap's optimiser has it), are
 * told apart again: each way gets its own.
 */
#include "flow/inline.h"

#include "flow/index.h"
#include "flow/walk.h"

/* Nodes on a way that are copied. */
#define DEPTH_MAX 3
/* Terms that are put into others must be light. */
#define LIGHT 32

static uint32_t live_at(const struct tz_flow *flow, struct tz_flow_live *live,
			uint32_t node)
{
	while (live->at.n <= node) {
		uint32_t vars =
			tz_flow_live(flow, (uint32_t)live->at.n, live->at.at);

		tz_vec_push(flow->arena, &live->at, vars);
	}
	return live->at.at[node];
}

static bool is_live(const struct tz_flow *flow, struct tz_flow_live *live,
		    uint32_t node, uint32_t var)
{
	return live_at(flow, live, node) >> var & 1;
}

/* Whether @var is read by @node and few nodes behind it only. */
static bool may_copy(const struct tz_flow *flow, struct tz_flow_live *live,
		     uint32_t var, uint32_t term, uint32_t node, int depth)
{
	const struct tz_flow_node *n = &flow->nodes.at[node];

	if (!is_live(flow, live, node, var))
		return true;
	if (depth == 0 || flow->terms.at[n->a].weight > LIGHT)
		return false;
	switch (n->kind) {
	case TZ_FLOW_RETURN:
		return true;
	case TZ_FLOW_TEST:
		return flow->terms.at[n->b].weight <= LIGHT &&
		       may_copy(flow, live, var, term, n->yes, depth - 1) &&
		       may_copy(flow, live, var, term, n->no, depth - 1);
	case TZ_FLOW_NEED:
		break;
	case TZ_FLOW_LET:
		/* Behind it @term would be something else. */
		if (n->var != var && flow->terms.at[term].vars >> n->var & 1)
			return false;
		if (n->var == var)
			return true;
		break;
	}
	return may_copy(flow, live, var, term, n->yes, depth - 1);
}

/* @in with @term for the variable. */
static uint32_t put_in(struct tz_flow *flow, uint32_t in, uint32_t var,
		       uint32_t term)
{
	const struct tz_term t = flow->terms.at[in];

	if (!(t.vars >> var & 1))
		return in;
	if (t.kind == TZ_TERM_VAR)
		return term;
	return tz_term_remake(flow, &t, put_in(flow, t.a, var, term),
			      put_in(flow, t.b, var, term));
}

static uint32_t copy(struct tz_flow *flow, struct tz_flow_live *live,
		     uint32_t var, uint32_t term, uint32_t node)
{
	const struct tz_flow_node n = flow->nodes.at[node];
	uint32_t yes = n.yes, no = n.no;

	if (!is_live(flow, live, node, var))
		return node;
	if (n.kind != TZ_FLOW_RETURN && (n.kind != TZ_FLOW_LET || n.var != var))
		yes = copy(flow, live, var, term, yes);
	if (n.kind == TZ_FLOW_TEST)
		no = copy(flow, live, var, term, no);
	return tz_flow_remake(flow, &n, put_in(flow, n.a, var, term),
			      put_in(flow, n.b, var, term), yes, no);
}

uint32_t tz_flow_set(struct tz_flow *flow, struct tz_flow_live *live,
		     uint32_t var, uint32_t term, uint32_t next)
{
	const struct tz_term *t = &flow->terms.at[term];
	/* What is known at once, like a random number, is asked for once. */
	bool is_light = t->weight <= LIGHT && t->kind != TZ_TERM_AD;

	if (!is_live(flow, live, next, var))
		return next;
	if (is_light && may_copy(flow, live, var, term, next, DEPTH_MAX))
		return copy(flow, live, var, term, next);
	return tz_flow_let(flow, var, term, next);
}
