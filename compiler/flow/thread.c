/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Follows facts from the root on. A way that knows the outcome of the test it
 * leads to goes past it; a test whose outcome all ways know is none; a term
 * that has one value only is that value. No node becomes two, so the graph
 * never grows.
 */
#include "flow/pass.h"

#include "flow/facts.h"

struct pass {
	struct tz_flow *old, *new;
	const struct tz_flow_facts *
		*in;        /* by old node; NULL: no way leads there */
	uint32_t *yes, *no; /* where its ways lead now: old nodes */
	uint32_t *made;     /* the new node of an old one */
};

static const struct tz_flow_node *node_at(const struct tz_flow *flow,
					  uint32_t node)
{
	return &flow->nodes.at[node];
}

/* Enough to come to a place by two ways; long lists are not gone through. */
#define IDLE_STEPS 8

/*
 * The first node from @node on that a way with @facts has to ask, if it is
 * found by going past @steps others.
 */
static uint32_t go_on(const struct pass *p, const struct tz_flow_facts *facts,
		      uint32_t node, uint32_t steps)
{
	for (; steps; steps--) {
		const struct tz_flow_node *n = node_at(p->old, node);
		enum tz_fact_answer answer = TZ_FACT_OPEN;

		if (n->kind == TZ_FLOW_NEED)
			answer = TZ_FACT_YES;
		else if (n->kind == TZ_FLOW_TEST)
			answer = tz_flow_facts_decide(p->old, facts, n);
		if (answer == TZ_FACT_OPEN ||
		    !tz_flow_facts_are_safe(p->old, facts, n->a) ||
		    !tz_flow_facts_are_safe(p->old, facts, n->b))
			break;
		node = answer == TZ_FACT_YES ? n->yes : n->no;
	}
	return node;
}

/* A way with @facts leads to @node: where it goes on. */
static uint32_t lead(struct pass *p, const struct tz_flow_facts *facts,
		     uint32_t node)
{
	node = go_on(p, facts, node, UINT32_MAX);
	p->in[node] = p->in[node]
			      ? tz_flow_facts_meet(p->old, p->in[node], facts)
			      : facts;
	return node;
}

/*
 * Whether the test @n is of no use where its outcome is @is_yes: that way comes
 * to the same place if it goes as if it were the other.
 */
static bool is_idle(const struct pass *p, const struct tz_flow_facts *facts,
		    const struct tz_flow_node *n, bool is_yes)
{
	facts = tz_flow_facts_learn(p->old, facts, n, is_yes);
	return go_on(p, facts, n->yes, IDLE_STEPS) ==
	       go_on(p, facts, n->no, IDLE_STEPS);
}

/* The ways of the test @at, before which @facts hold. */
static void follow_test(struct pass *p, const struct tz_flow_facts *facts,
			uint32_t at)
{
	const struct tz_flow_node *n = node_at(p->old, at);
	enum tz_fact_answer answer = tz_flow_facts_decide(p->old, facts, n);
	bool is_open = answer == TZ_FACT_OPEN;

	if (answer == TZ_FACT_YES || (is_open && is_idle(p, facts, n, false))) {
		p->yes[at] = p->no[at] = lead(p, facts, n->yes);
	} else if (!is_open || is_idle(p, facts, n, true)) {
		p->yes[at] = p->no[at] = lead(p, facts, n->no);
	} else {
		p->yes[at] = lead(
			p, tz_flow_facts_learn(p->old, facts, n, true), n->yes);
		p->no[at] = lead(
			p, tz_flow_facts_learn(p->old, facts, n, false), n->no);
	}
}

static void follow(struct pass *p, uint32_t at)
{
	const struct tz_flow_node *n = node_at(p->old, at);
	const struct tz_flow_facts *facts =
		tz_flow_facts_evaluated(p->old, p->in[at], n->a);

	switch (n->kind) {
	case TZ_FLOW_RETURN:
		break;
	case TZ_FLOW_NEED:
		p->yes[at] = lead(p, facts, n->yes);
		break;
	case TZ_FLOW_LET:
		p->yes[at] =
			lead(p, tz_flow_facts_let(p->old, facts, n), n->yes);
		break;
	case TZ_FLOW_TEST:
		facts = tz_flow_facts_evaluated(p->old, facts, n->b);
		follow_test(p, facts, at);
		break;
	}
}

/* @term in the new graph, with the values that are known. */
static uint32_t copy_term(struct pass *p, const struct tz_flow_facts *facts,
			  uint32_t term)
{
	const struct tz_term *t = &p->old->terms.at[term];
	uint32_t value;

	if (t->kind != TZ_TERM_CONST &&
	    tz_flow_facts_value(p->old, facts, term, &value) &&
	    tz_flow_facts_are_safe(p->old, facts, term))
		return tz_term_const(p->new, value);
	if (t->kind < TZ_TERM_LOAD)
		return tz_term_remake(p->new, t, 0, 0);
	return tz_term_remake(p->new, t, copy_term(p, facts, t->a),
			      copy_term(p, facts, t->b));
}

static uint32_t copy_node(struct pass *p, uint32_t at)
{
	const struct tz_flow_node *n = node_at(p->old, at);
	uint32_t a = copy_term(p, p->in[at], n->a);
	uint32_t b = copy_term(p, p->in[at], n->b);

	return tz_flow_remake(p->new, n, a, b, p->made[p->yes[at]],
			      p->made[p->no[at]]);
}

struct tz_flow *tz_flow_thread(struct tz_arena *arena,
			       const struct tz_flow *flow)
{
	struct tz_arena *own = tz_arena_new(); /* facts: much, for a moment */
	struct tz_flow old = *flow;
	struct pass p = {
		.old = &old,
		.new = tz_flow_new(arena),
		.in = tz_new_array(own, const struct tz_flow_facts *,
				   flow->nodes.n),
		.yes = tz_new_array(own, uint32_t, flow->nodes.n),
		.no = tz_new_array(own, uint32_t, flow->nodes.n),
		.made = tz_new_array(own, uint32_t, flow->nodes.n),
	};
	uint32_t root;

	old.arena = own;
	p.new->drops_loads = old.drops_loads;
	root = lead(&p, tz_flow_facts_none(), flow->root);
	for (uint32_t at = root + 1; at-- > 0;)
		if (p.in[at])
			follow(&p, at);
	for (uint32_t at = 0; at <= root; at++)
		if (p.in[at])
			p.made[at] = copy_node(&p, at);
	p.new->root = p.made[root];
	tz_arena_free(own);
	return p.new;
}
