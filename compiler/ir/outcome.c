/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one place where sets of outcomes meet operators, for all that follow
 * every way of a packet. eval.c, which follows one, has its own: the tests hold
 * the two against each other.
 */
#include "ir/outcome.h"

#include "ir/view.h"

struct asking {
	const struct tz_view *view;
	tz_outcome_leaf *leaf;
	void *arg;
};

static unsigned int of_one(const struct asking *asking,
			   const struct tz_ir_match *match);

/*
 * AND with @neutral TRUE, OR with FALSE: an operand is reached if all before
 * it may be @neutral, and any other outcome of it may be that of the whole.
 */
static unsigned int of_list(const struct asking *asking,
			    const struct tz_ir_match *first,
			    unsigned int neutral)
{
	unsigned int outcomes = 0;

	for (; first; first = first->next) {
		unsigned int one = tz_view_quick(asking->view, first);

		if (!one)
			one = of_one(asking, first);
		outcomes |= one & ~neutral;
		if (!(one & neutral))
			return outcomes;
	}
	return outcomes | neutral;
}

static unsigned int negate(unsigned int outcomes)
{
	unsigned int result = outcomes & ~(unsigned int)TZ_OUTCOME_UNKNOWN;

	if (outcomes & TZ_OUTCOME_TRUE)
		result |= TZ_OUTCOME_FALSE;
	if (outcomes & TZ_OUTCOME_FALSE)
		result |= TZ_OUTCOME_TRUE;
	return result;
}

/* Nesting is bounded by tz_ir_verify. */
static unsigned int of_one(const struct asking *asking,
			   const struct tz_ir_match *match)
{
	switch (match->kind) {
	case TZ_IR_NOT:
		return negate(of_one(asking, match->operands));
	case TZ_IR_AND:
		return of_list(asking, match->operands, TZ_OUTCOME_TRUE);
	case TZ_IR_OR:
		return of_list(asking, match->operands, TZ_OUTCOME_FALSE);
	case TZ_IR_IN:
	case TZ_IR_MASKED:
	case TZ_IR_IFACE:
	case TZ_IR_HEADER:
	case TZ_IR_TEST:
	case TZ_IR_OPAQUE:
		break;
	}
	return asking->leaf(asking->arg, match);
}

unsigned int tz_outcome_of_all(const struct tz_view *view,
			       const struct tz_ir_match *first,
			       tz_outcome_leaf *leaf, void *arg)
{
	return of_list(&(struct asking){ view, leaf, arg }, first,
		       TZ_OUTCOME_TRUE);
}
