/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Answers within a function: that of the test which was asked last, and those
 * of all states of a rule, since a state is asked once.
 */
#include "backend/ebpf/emit.h"

static bool is_test(const struct tz_ir_match *leaf, const void *arg)
{
	(void)arg;
	/* states of connections are bits of the l4 word */
	return leaf->kind == TZ_IR_TEST && leaf->test.id != TZ_TEST_CT;
}

static bool has_test(const struct tz_ir_rule *rule)
{
	return tz_ir_any_leaf(rule->matches, is_test, NULL);
}

void tz_ebpf_locals(const struct tz_plan *plan, const struct tz_ir_chain *chain,
		    struct tz_buf *out)
{
	bool has_tests = false;

	for (size_t i = 0; i < chain->rules.n; i++)
		has_tests |= has_test(chain->rules.at[i]);
	if (has_tests)
		tz_buf_puts(out, "\tint asked = TZ_NOT_ASKED, answer = 0;\n");
	for (uint32_t i = 0; i < plan->states_of_rule; i++)
		tz_buf_printf(out, "\tint state%u TZ_UNUSED;\n", i);
}

void tz_ebpf_locals_forget(const struct tz_plan *plan,
			   const struct tz_ir_rule *rule, struct tz_buf *out)
{
	uint32_t n = 0;

	if (has_test(rule))
		tz_buf_puts(out, "\tasked = TZ_NOT_ASKED, answer = 0;\n");
	for (const struct tz_ir_match *m = rule->matches; m; m = m->next)
		if (m->kind == TZ_IR_OPAQUE && m->opaque.state &&
		    tz_plan_find_state(plan, m->opaque.state))
			tz_buf_printf(out, "\tstate%u = TZ_NOT_SPENT;\n", n++);
}
