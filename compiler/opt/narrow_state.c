/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Matches that spend something (model/state.def), where what they spend is the
 * program's own. One is asked only when it is certain that the kernel's rules
 * would ask it: all matches before it are known and hold, and the way to the
 * rule was the only one, which the program sees to (tz_state_may_spend in
 * bpf/include/tamiz/state.bpf.h). Else the packet goes up, with nothing spent;
 * but where no more hangs on it than a line of the log, it does not hold.
 */
#include "opt/narrow.h"

#include <tamiz/set.h>

bool tz_narrow_keeps(const struct tz_plan_options *options,
		     const struct tz_ir_match *m)
{
	return m->kind == TZ_IR_OPAQUE && m->opaque.state &&
	       (options->is_replace || options->owns_state);
}

/* Its answer follows before the rule's other matches are asked. */
static void add_early(struct tz_narrowing *n, const struct tz_state *state,
		      enum tz_test_result result, bool drops)
{
	const struct tz_plan_term last = {
		.kind = TZ_TERM_STATE,
		.state = state,
		.state_result = result,
	};
	struct tz_early early = {
		.terms = tz_narrow_up_to(n, &last),
		.drops = drops,
	};

	tz_vec_push(n->arena, &n->early, early);
}

/* Of the dimensions of a set, one is not the source's. */
static bool names_destination(uint64_t how)
{
	uint64_t dimensions = (UINT64_C(1) << (how >> TZ_SET_DIMS_SHIFT)) - 1;

	return (how & dimensions) != dimensions;
}

/* Whether NAT may change by what entries are found. */
static bool is_translated(const struct tz_narrowing *n,
			  const struct tz_state *state)
{
	if (!n->is_after_nat || n->options->is_replace)
		return false;
	if (state->id == TZ_STATE_PUT)
		return names_destination(state->args[TZ_PUT_ADD_HOW]) ||
		       names_destination(state->args[TZ_PUT_DEL_HOW]);
	if (state->id == TZ_STATE_RECENT)
		return state->args[TZ_RECENT_FLAGS] & TZ_RECENT_BY_DST;
	return state->id == TZ_STATE_HASHLIMIT &&
	       state->args[TZ_HASHLIMIT_MODE] &
		       (TZ_HASHLIMIT_BY_DST | TZ_HASHLIMIT_BY_DPORT);
}

/* A limit that logs and answers alone hang on: opt/effects.c. */
static bool only_spares(const struct tz_ir_match *m)
{
	return m->opaque.state->id == TZ_STATE_LIMIT &&
	       m->opaque.effect == TZ_IR_PURE;
}

void tz_narrow_state(struct tz_narrowing *n, const struct tz_ir_match *m,
		     bool is_negated)
{
	const struct tz_state *state = m->opaque.state;

	if (n->situation == TZ_SIT_FRAGMENT && !n->options->is_replace) {
		/* the kernel may ask it once for the whole datagram */
		if (only_spares(m))
			tz_narrow_unknown(n, m->opaque.reason);
		else
			tz_narrow_uneven(n);
		return;
	}
	if (n->maybe || n->unsure || m->is_stale || is_translated(n, state)) {
		tz_narrow_unknown(n, m->opaque.reason);
		n->writes = m->opaque.effect == TZ_IR_WRITES;
		return;
	}
	n->has_state = true;
	if (!only_spares(m))
		add_early(n, state, TZ_TEST_UNKNOWN, false);
	if (tz_state_may_hotdrop(state->id))
		add_early(n, state, TZ_TEST_HOTDROP, true);

	struct tz_plan_term *term = tz_new(n->arena, struct tz_plan_term);

	term->kind = TZ_TERM_STATE;
	term->state = state;
	term->state_result = is_negated ? TZ_TEST_FALSE : TZ_TEST_TRUE;
	tz_narrow_add(n, term);
}
