/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every graph keeps to: operands and successors that were there before,
 * terms that are not too heavy, variables that are set on every way before they
 * are read.
 */
#include "flow/flow.h"

struct check {
	const struct tz_flow *flow;
	uint32_t *set; /* by node: the variables set on all ways to it */
};

static const char *verify_term(const struct tz_flow *flow, uint32_t number)
{
	const struct tz_term *t = &flow->terms.at[number];

	if (t->kind >= TZ_N_TERM_KINDS)
		return "a term of no kind";
	if (t->kind == TZ_TERM_VAR && t->k >= TZ_FLOW_VARS)
		return "a variable that there is not";
	if (t->kind == TZ_TERM_LOAD && t->size != 1 && t->size != 2 &&
	    t->size != 4)
		return "a load of no size";
	if ((t->kind == TZ_TERM_LOAD || t->kind >= TZ_TERM_ADD) &&
	    t->a >= number)
		return "a term of terms that come later";
	if (t->kind >= TZ_TERM_ADD && t->b >= number)
		return "a term of terms that come later";
	return NULL;
}

/* Every graph has them, and by these numbers. */
static bool has_ends(const struct tz_flow *flow)
{
	const struct tz_flow_node *nodes = flow->nodes.at;

	return flow->terms.n && flow->terms.at[0].kind == TZ_TERM_CONST &&
	       !flow->terms.at[0].k && flow->nodes.n >= 2 &&
	       nodes[TZ_FLOW_REJECT].kind == TZ_FLOW_RETURN &&
	       nodes[TZ_FLOW_REJECT].a == TZ_TERM_ZERO &&
	       nodes[TZ_FLOW_ACCEPT].kind == TZ_FLOW_RETURN &&
	       flow->terms.at[nodes[TZ_FLOW_ACCEPT].a].kind == TZ_TERM_CONST &&
	       flow->terms.at[nodes[TZ_FLOW_ACCEPT].a].k == UINT32_MAX;
}

static const char *verify_node(const struct tz_flow *flow, uint32_t number)
{
	const struct tz_flow_node *n = &flow->nodes.at[number];

	if (n->kind > TZ_FLOW_LET || n->op > TZ_FLOW_SET)
		return "a node of no kind";
	if (n->a >= flow->terms.n || n->b >= flow->terms.n)
		return "a node of terms that there are not";
	if (flow->terms.at[n->a].weight > TZ_TERM_WEIGHT_MAX ||
	    flow->terms.at[n->b].weight > TZ_TERM_WEIGHT_MAX)
		return "a term that is too heavy";
	if (n->kind == TZ_FLOW_LET && n->var >= TZ_FLOW_VARS)
		return "a variable that there is not";
	if (n->kind != TZ_FLOW_RETURN && n->yes >= number)
		return "a node that leads back";
	if (n->kind == TZ_FLOW_TEST && n->no >= number)
		return "a node that leads back";
	return NULL;
}

/* Ways come from larger numbers only, so all to @number are known. */
static const char *verify_variables(struct check *c, uint32_t number)
{
	const struct tz_flow_node *n = &c->flow->nodes.at[number];
	uint32_t set = c->set[number];
	uint32_t read = c->flow->terms.at[n->a].vars;

	if (n->kind == TZ_FLOW_TEST)
		read |= c->flow->terms.at[n->b].vars;
	if (read & ~set)
		return "a variable that is read before it is set";
	if (n->kind == TZ_FLOW_LET)
		set |= 1u << n->var;
	if (n->kind != TZ_FLOW_RETURN)
		c->set[n->yes] &= set;
	if (n->kind == TZ_FLOW_TEST)
		c->set[n->no] &= set;
	return NULL;
}

const char *tz_flow_verify(const struct tz_flow *flow)
{
	struct check c = { .flow = flow };
	const char *wrong = NULL;

	for (uint32_t i = 0; i < flow->terms.n && !wrong; i++)
		wrong = verify_term(flow, i);
	for (uint32_t i = 0; i < flow->nodes.n && !wrong; i++)
		wrong = verify_node(flow, i);
	if (wrong)
		return wrong;
	if (!has_ends(flow))
		return "no ends, or not where they are";
	if (flow->root >= flow->nodes.n)
		return "a root that there is not";

	/* All ones: no way leads there. */
	c.set = tz_new_array(flow->arena, uint32_t, flow->nodes.n);
	for (uint32_t i = 0; i < flow->nodes.n; i++)
		c.set[i] = UINT32_MAX;
	c.set[flow->root] = 0;
	for (uint32_t i = flow->root + 1; i-- > 0 && !wrong;)
		wrong = verify_variables(&c, i);
	return wrong;
}
