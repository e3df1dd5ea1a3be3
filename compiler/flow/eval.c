/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reference meaning of a flow graph: follows it from the root, evaluating
 * each term when it is asked for.
 */
#include "flow/index.h"

bool tz_flow_value(const struct tz_flow *flow,
		   const struct tz_filter_packet *packet, const uint32_t *vars,
		   uint32_t term, uint32_t *value, bool *lacks)
{
	const struct tz_term *t = &flow->terms.at[term];
	uint32_t a, b;

	if (t->kind < TZ_TERM_LOAD) {
		*value = t->kind == TZ_TERM_CONST ? t->k
			 : t->kind == TZ_TERM_LEN ? packet->len
			 : t->kind == TZ_TERM_VAR ? vars[t->k]
						  : 0;
		*lacks = t->kind == TZ_TERM_AD &&
			 !tz_filter_load_ad(packet, t->k, value);
		return !*lacks;
	}
	if (!tz_flow_value(flow, packet, vars, t->a, &a, lacks) ||
	    !tz_flow_value(flow, packet, vars, t->b, &b, lacks))
		return false;
	if (t->kind > TZ_TERM_LOAD)
		return tz_term_compute(t->kind, a, b, value);
	*lacks = !tz_filter_load(packet, a + t->k, t->size, value);
	return !*lacks;
}

bool tz_flow_holds(enum tz_flow_op op, uint32_t a, uint32_t b)
{
	switch (op) {
	case TZ_FLOW_EQ:
		return a == b;
	case TZ_FLOW_GT:
		return a > b;
	case TZ_FLOW_GE:
		return a >= b;
	case TZ_FLOW_SET:
		return a & b;
	}
	return false;
}

static uint32_t follow(const struct tz_flow *flow,
		       const struct tz_filter_packet *packet, bool *lacks)
{
	uint32_t vars[TZ_FLOW_VARS] = { 0 };
	uint32_t at = flow->root;

	for (;;) {
		const struct tz_flow_node *n = &flow->nodes.at[at];
		uint32_t a, b;

		if (!tz_flow_value(flow, packet, vars, n->a, &a, lacks))
			return 0;
		at = n->yes;
		switch (n->kind) {
		case TZ_FLOW_RETURN:
			return a;
		case TZ_FLOW_TEST:
			if (!tz_flow_value(flow, packet, vars, n->b, &b, lacks))
				return 0;
			if (!tz_flow_holds(n->op, a, b))
				at = n->no;
			break;
		case TZ_FLOW_LET:
			vars[n->var] = a;
			break;
		case TZ_FLOW_NEED:
			break;
		}
	}
}

uint32_t tz_flow_eval(const struct tz_flow *flow,
		      const struct tz_filter_packet *packet)
{
	bool lacks = false;

	return follow(flow, packet, &lacks);
}

bool tz_flow_eval_known(const struct tz_flow *flow,
			const struct tz_filter_packet *packet, uint32_t *answer)
{
	bool lacks = false;

	*answer = follow(flow, packet, &lacks);
	return !lacks;
}
