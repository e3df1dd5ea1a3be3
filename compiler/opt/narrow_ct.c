/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is known of connections where a program asks the kernel for them before
 * it drops: the answer of a test on states, for packets of one kind, and that
 * what has no connection was translated by nobody but the rules of nat.
 */
#include <string.h>

#include <tamiz/abi.h>

#include "opt/narrow.h"

static bool is_asked_for(const struct tz_narrowing *n)
{
	return n->kind.is_askable &&
	       n->options->ct[tz_family_index(n->family)].walks_nat;
}

bool tz_narrow_is_natted(const struct tz_narrowing *n)
{
	return n->is_after_nat && !is_asked_for(n);
}

bool tz_narrow_may_be_reply(const struct tz_narrowing *n)
{
	return n->options->has_nat[tz_family_index(n->family)] &&
	       !n->kind.is_askable;
}

void tz_narrow_ct(struct tz_narrowing *n, const struct tz_test *test,
		  bool is_negated)
{
	uint64_t yes = test->args[TZ_CT_ARG_YES];
	uint64_t maybe = test->args[TZ_CT_ARG_MAYBE];
	uint64_t states = n->kind.states ? n->kind.states : TZ_CT_ALL;
	bool holds, fails;

	if (test->args[TZ_CT_ARG_IS_RAW])
		states = TZ_CT_INVALID;
	if (tz_narrow_is_natted(n)) {
		yes &= ~test->args[TZ_CT_ARG_NATTED];
		maybe |= test->args[TZ_CT_ARG_NATTED];
	}
	holds = !(states & ~yes);
	fails = !(states & maybe);
	if (!holds && !fails) {
		tz_narrow_unknown(n, tz_test_ct_reason(test));
		return;
	}
	n->knows_state = true;
	n->never |= holds == is_negated;
}

const char *tz_narrow_obstacle(const struct tz_plan_options *options,
			       const struct tz_ir_rule *rule, bool is_after_nat,
			       bool *knows_something)
{
	struct tz_arena *scratch = tz_arena_new();
	struct tz_ct_kinds kinds;
	const char *obstacle = NULL;

	*knows_something = false;
	tz_ct_kinds_find(&kinds, options, rule, is_after_nat, TZ_SIT_WHOLE,
			 true);
	for (size_t i = 0; i < kinds.n && !(obstacle && *knows_something);
	     i++) {
		bool knows;
		const char *why = tz_narrow_obstacle_of(scratch, options, rule,
							is_after_nat,
							&kinds.at[i], &knows);

		*knows_something |= knows || !why;
		if (!obstacle)
			obstacle = why;
	}
	tz_arena_free(scratch);
	return obstacle;
}

/* Whether @leaf asks an entry for more than the packet's state. */
static bool asks_entry(const struct tz_ir_match *leaf, const void *arg)
{
	const uint64_t *args = leaf->test.args;

	(void)arg;
	if (leaf->kind != TZ_IR_TEST || leaf->test.id != TZ_TEST_CT ||
	    args[TZ_CT_ARG_IS_RAW])
		return false;
	return args[TZ_CT_ARG_MATCH] > TZ_CT_OF_CONNTRACK ||
	       args[TZ_CT_ARG_YES] != args[TZ_CT_ARG_MAYBE];
}

static bool asks_state(const struct tz_ir_match *leaf, const void *arg)
{
	(void)arg;
	return leaf->kind == TZ_IR_TEST && leaf->test.id == TZ_TEST_CT &&
	       !leaf->test.args[TZ_CT_ARG_IS_RAW];
}

const char *tz_narrow_tracked(const struct tz_plan_options *options,
			      const struct tz_ir_rule *rule, bool is_after_nat)
{
	struct tz_ct_kinds kinds;
	const char *obstacle = NULL;
	bool knows;

	if (!tz_ir_any_leaf(rule->matches, asks_state, NULL))
		return NULL;
	if (strstr(rule->text, "--ctstatus") ||
	    tz_ir_any_leaf(rule->matches, asks_entry, NULL))
		return "what the connection's entry says is not looked at";
	tz_ct_tracked_find(&kinds, options, rule);

	struct tz_arena *scratch = tz_arena_new();

	for (size_t i = 0; i < kinds.n && !obstacle; i++)
		obstacle = tz_narrow_obstacle_of(scratch, options, rule,
						 is_after_nat, &kinds.at[i],
						 &knows);
	tz_arena_free(scratch);
	return obstacle;
}
