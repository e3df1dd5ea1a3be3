/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel may do with one packet of which not all is known: every
 * verdict that some completion of the unknowns leads to, and the rules that
 * give it. Unlike tz_eval_possible it is not about dropping early: effects are
 * no reason to pass, and acceptance has a rule too.
 */
#pragma once

#include "ir/view.h"

enum tz_ending { TZ_ENDS_ACCEPT, TZ_ENDS_DROP, TZ_ENDS_REJECT, TZ_N_ENDINGS };

/* No rule, or more than one (tz_verdicts.deciders). */
#define TZ_DECIDER_NONE UINT32_MAX
#define TZ_DECIDER_MANY (UINT32_MAX - 1)

struct tz_verdicts_options {
	/* What is taken for an unknown match; NULL: nothing. */
	enum tz_truth (*assume)(void *arg, const struct tz_ir_match *match);
	void *arg;
};

struct tz_verdicts {
	bool may[TZ_N_ENDINGS];
	/* tz_ir.counted, or TZ_DECIDER_* */
	uint32_t deciders[TZ_N_ENDINGS];
	bool may_hotdrop; /* one of the drops is (SEMANTICS 2) */
	bool is_given_up; /* too many rules to follow: nothing is known */
	/*
	 * The first rule where the ways part, and the match that is unknown
	 * there; NULL: its target is. No rule: there is one way.
	 */
	const struct tz_ir_rule *parting;
	const struct tz_ir_match *unknown;
	bool is_routed; /* that is behind PREROUTING */
	/* What counts in any case, and what may, in order; ids repeat. */
	TZ_VEC(uint32_t) counted, maybe;
};

/*
 * Follows all ways of a packet through the chains of @way; views as for
 * tz_eval_way. @v is reused from one packet to the next: start with {0}. Its
 * lists grow in @arena.
 */
void tz_verdicts_find(struct tz_verdicts *v, struct tz_arena *arena,
		      const struct tz_way *way, const struct tz_view *pre,
		      const struct tz_view *post,
		      const struct tz_verdicts_options *options);
