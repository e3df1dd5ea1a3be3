/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Nodes, in one writing of each test: constants stand right, > instead of >=,
 * bits are tested by SET. A test whose outcome is known is no test, but what it
 * loads may still fail.
 */
#include <assert.h>

#include "flow/index.h"

static const struct tz_term *term_at(const struct tz_flow *flow, uint32_t term)
{
	return &flow->terms.at[term];
}

uint32_t tz_flow_return(struct tz_flow *flow, uint32_t term)
{
	return tz_flow_keep_node(
		flow,
		(struct tz_flow_node){ .kind = TZ_FLOW_RETURN, .a = term });
}

uint32_t tz_flow_need(struct tz_flow *flow, uint32_t term, uint32_t next)
{
	const struct tz_term *t = term_at(flow, term);

	if (next == TZ_FLOW_REJECT || !tz_term_may_fail(flow, term, 0) ||
	    flow->nodes.at[next].a == term)
		return next;
	if (t->kind >= TZ_TERM_ADD && t->kind != TZ_TERM_DIV &&
	    t->kind != TZ_TERM_MOD) {
		uint32_t a = t->a, b = t->b;

		return tz_flow_need(flow, a, tz_flow_need(flow, b, next));
	}
	return tz_flow_keep_node(flow, (struct tz_flow_node){
					       .kind = TZ_FLOW_NEED,
					       .a = term,
					       .yes = next,
				       });
}

uint32_t tz_flow_let(struct tz_flow *flow, uint32_t var, uint32_t term,
		     uint32_t next)
{
	assert(var < TZ_FLOW_VARS);
	if (next == TZ_FLOW_REJECT)
		return next;
	return tz_flow_keep_node(flow, (struct tz_flow_node){
					       .kind = TZ_FLOW_LET,
					       .var = var,
					       .a = term,
					       .yes = next,
				       });
}

uint32_t tz_flow_remake(struct tz_flow *flow, const struct tz_flow_node *node,
			uint32_t a, uint32_t b, uint32_t yes, uint32_t no)
{
	switch (node->kind) {
	case TZ_FLOW_RETURN:
		return tz_flow_return(flow, a);
	case TZ_FLOW_NEED:
		return tz_flow_need(flow, a, yes);
	case TZ_FLOW_LET:
		return tz_flow_let(flow, node->var, a, yes);
	case TZ_FLOW_TEST:
		break;
	}
	return tz_flow_test(flow, node->op, a, b, yes, no);
}

enum known { IS_FALSE, IS_TRUE, IS_OPEN };

/* What the bits of @n's term tell of a comparison with the constant @k. */
static enum known judge(const struct tz_flow *flow,
			const struct tz_flow_node *n, uint32_t k)
{
	uint32_t bits = term_at(flow, n->a)->bits;

	if (tz_term_is_const(flow, n->a)) {
		uint32_t a = term_at(flow, n->a)->k;

		return tz_flow_holds(n->op, a, k) ? IS_TRUE : IS_FALSE;
	}
	switch (n->op) {
	case TZ_FLOW_EQ:
		if (!bits && !k)
			return IS_TRUE;
		return k & ~bits ? IS_FALSE : IS_OPEN;
	case TZ_FLOW_GT:
		return k >= bits ? IS_FALSE : IS_OPEN;
	case TZ_FLOW_GE:
		if (!k)
			return IS_TRUE;
		return k > bits ? IS_FALSE : IS_OPEN;
	case TZ_FLOW_SET:
		return bits & k ? IS_OPEN : IS_FALSE;
	}
	return IS_OPEN;
}

static void swap_ways(struct tz_flow_node *n)
{
	uint32_t yes = n->yes;

	n->yes = n->no;
	n->no = yes;
}

/* c op x as x op c. */
static void turn_round(struct tz_flow_node *n)
{
	uint32_t a = n->a;

	n->a = n->b;
	n->b = a;
	if (n->op == TZ_FLOW_GT || n->op == TZ_FLOW_GE) {
		n->op = n->op == TZ_FLOW_GT ? TZ_FLOW_GE : TZ_FLOW_GT;
		swap_ways(n);
	}
}

/*
 * One step towards the one writing of a test of @n->a with the constant @k.
 * False when there is none left.
 */
static bool rewrite(const struct tz_flow *flow, struct tz_flow_node *n,
		    uint32_t *k)
{
	const struct tz_term *a = term_at(flow, n->a);
	bool has_const = a->kind >= TZ_TERM_ADD && tz_term_is_const(flow, a->b);
	uint32_t inner = has_const ? term_at(flow, a->b)->k : 0;
	uint32_t bits = term_at(flow, n->a)->bits;

	if (n->op == TZ_FLOW_GE && *k) {
		n->op = TZ_FLOW_GT;
		(*k)--;
	} else if (n->op == TZ_FLOW_GT && !*k) {
		n->op = TZ_FLOW_EQ;
		swap_ways(n);
	} else if (n->op == TZ_FLOW_SET && !(bits & ~*k)) {
		n->op = TZ_FLOW_EQ; /* any bit that there may be */
		*k = 0;
		swap_ways(n);
	} else if (n->op == TZ_FLOW_SET && *k & ~bits) {
		*k &= bits;
	} else if (!has_const) {
		return false;
	} else if (n->op == TZ_FLOW_SET && a->kind == TZ_TERM_AND) {
		n->a = a->a;
		*k &= inner;
	} else if (n->op != TZ_FLOW_EQ) {
		return false;
	} else if (a->kind == TZ_TERM_ADD || a->kind == TZ_TERM_XOR) {
		*k = a->kind == TZ_TERM_ADD ? *k - inner : *k ^ inner;
		n->a = a->a;
	} else if (a->kind == TZ_TERM_AND && inner &&
		   (!*k || (*k == inner && !(inner & (inner - 1))))) {
		n->op = TZ_FLOW_SET;
		n->a = a->a;
		if (!*k)
			swap_ways(n);
		*k = inner;
	} else {
		return false;
	}
	return true;
}

static uint32_t know(struct tz_flow *flow, const struct tz_flow_node *n,
		     uint32_t next)
{
	return tz_flow_need(flow, n->a, tz_flow_need(flow, n->b, next));
}

uint32_t tz_flow_test(struct tz_flow *flow, enum tz_flow_op op, uint32_t a,
		      uint32_t b, uint32_t yes, uint32_t no)
{
	struct tz_flow_node n = {
		.kind = TZ_FLOW_TEST,
		.op = op,
		.a = a,
		.b = b,
		.yes = yes,
		.no = no,
	};

	assert(yes < flow->nodes.n && no < flow->nodes.n);
	if (yes == no)
		return tz_term_is_dropped(flow, a) &&
				       tz_term_is_dropped(flow, b)
			       ? yes
			       : know(flow, &n, yes);
	if (tz_term_is_const(flow, a) && !tz_term_is_const(flow, b))
		turn_round(&n);
	else if (!tz_term_is_const(flow, b) && a > b)
		turn_round(&n);
	if (tz_term_is_const(flow, n.b)) {
		uint32_t k = term_at(flow, n.b)->k;
		enum known known;

		while ((known = judge(flow, &n, k)) == IS_OPEN &&
		       rewrite(flow, &n, &k))
			;
		if (known != IS_OPEN) {
			n.b = TZ_TERM_ZERO;
			return know(flow, &n, known == IS_TRUE ? n.yes : n.no);
		}
		n.b = tz_term_const(flow, k);
	}
	return tz_flow_keep_node(flow, n);
}
