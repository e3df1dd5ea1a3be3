/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reference meaning of a flow graph: follows it from the root, evaluating
 * each term when it is asked for.
 */
#include <assert.h>

#include "flow/index.h"

struct run {
	const struct tz_flow *flow;
	const struct tz_filter_packet *packet;
	uint32_t vars[TZ_FLOW_VARS];
	bool lacks; /* the packet has not what was asked for */
};

/* False when the filter ends here. */
static bool term(struct run *run, uint32_t number, uint32_t *value)
{
	const struct tz_term *t = &run->flow->terms.at[number];
	uint32_t a, b;

	switch (t->kind) {
	case TZ_TERM_CONST:
		*value = t->k;
		return true;
	case TZ_TERM_LEN:
		*value = run->packet->len;
		return true;
	case TZ_TERM_VAR:
		*value = run->vars[t->k];
		return true;
	case TZ_TERM_AD:
		run->lacks = !tz_filter_load_ad(run->packet, t->k, value);
		return !run->lacks;
	case TZ_TERM_LOAD:
		if (!term(run, t->a, &a))
			return false;
		run->lacks =
			!tz_filter_load(run->packet, a + t->k, t->size, value);
		return !run->lacks;
	case TZ_TERM_ADD:
	case TZ_TERM_SUB:
	case TZ_TERM_MUL:
	case TZ_TERM_DIV:
	case TZ_TERM_MOD:
	case TZ_TERM_AND:
	case TZ_TERM_OR:
	case TZ_TERM_XOR:
	case TZ_TERM_LSH:
	case TZ_TERM_RSH:
		return term(run, t->a, &a) && term(run, t->b, &b) &&
		       tz_term_compute(t->kind, a, b, value);
	case TZ_N_TERM_KINDS:
		break;
	}
	assert(!"a term of no kind");
	return false;
}

static bool holds(enum tz_flow_op op, uint32_t a, uint32_t b)
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

static uint32_t follow(struct run *run)
{
	const struct tz_flow *flow = run->flow;
	uint32_t at = flow->root;

	for (;;) {
		const struct tz_flow_node *n = &flow->nodes.at[at];
		uint32_t a, b;

		if (!term(run, n->a, &a))
			return 0;
		switch (n->kind) {
		case TZ_FLOW_RETURN:
			return a;
		case TZ_FLOW_TEST:
			if (!term(run, n->b, &b))
				return 0;
			at = holds(n->op, a, b) ? n->yes : n->no;
			break;
		case TZ_FLOW_LET:
			run->vars[n->var] = a;
			at = n->yes;
			break;
		case TZ_FLOW_NEED:
			at = n->yes;
			break;
		}
	}
}

uint32_t tz_flow_eval(const struct tz_flow *flow,
		      const struct tz_filter_packet *packet)
{
	struct run run = { .flow = flow, .packet = packet };

	return follow(&run);
}

bool tz_flow_eval_known(const struct tz_flow *flow,
			const struct tz_filter_packet *packet, uint32_t *answer)
{
	struct run run = { .flow = flow, .packet = packet };

	*answer = follow(&run);
	return !run.lacks;
}
