/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What connection tracking knows of a packet (net/netfilter/xt_conntrack.c,
 * xt_connmark.c, xt_connbytes.c, xt_helper.c), from the states that it may
 * have.
 */
#include <tamiz/abi.h>

#include "ir/test.h"

unsigned int tz_test_ct(const struct tz_view *view, const struct tz_test *test)
{
	const uint64_t *args = test->args;
	uint64_t yes = args[TZ_CT_ARG_YES], may = args[TZ_CT_ARG_MAYBE];
	unsigned int outcomes = 0;
	/* before it has looked at packets all are INVALID (SEMANTICS 8.9) */
	uint64_t states =
		args[TZ_CT_ARG_IS_RAW] ? TZ_CT_INVALID : view->ct_states;

	if (view->doubts & TZ_DOUBT_NAT) {
		yes &= ~args[TZ_CT_ARG_NATTED];
		may |= args[TZ_CT_ARG_NATTED];
	}
	for (uint64_t state = 1; state <= TZ_CT_UNTRACKED; state <<= 1) {
		if (!(states & state))
			continue;
		if (may & state)
			outcomes |= TZ_OUTCOME_TRUE;
		if (!(yes & state))
			outcomes |= TZ_OUTCOME_FALSE;
	}
	return outcomes;
}

bool tz_test_ct_is_sound(const struct tz_test *test)
{
	const uint64_t *args = test->args;

	return test->n_args == TZ_CT_N_ARGS && !test->n_bytes &&
	       args[TZ_CT_ARG_MATCH] < TZ_CT_N_MATCHES &&
	       args[TZ_CT_ARG_MAYBE] <= TZ_CT_ALL &&
	       !(args[TZ_CT_ARG_YES] & ~args[TZ_CT_ARG_MAYBE]) &&
	       args[TZ_CT_ARG_NATTED] <= TZ_CT_ALL &&
	       args[TZ_CT_ARG_IS_RAW] < 2;
}
