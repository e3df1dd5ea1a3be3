/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers what the program keeps for rules: a place for each match of
 * model/state.def that it may ask, in the order of the rules.
 */
#include <stdlib.h>

#include "opt/narrow.h"

static int by_address(const void *a, const void *b)
{
	const struct tz_plan_state *x = a, *y = b;

	return ((uintptr_t)x->state > (uintptr_t)y->state) -
	       ((uintptr_t)x->state < (uintptr_t)y->state);
}

void tz_plan_number_states(struct tz_plan *plan)
{
	for (size_t i = 0; i < plan->ir->counted.n; i++) {
		const struct tz_ir_rule *rule = plan->ir->counted.at[i].rule;
		uint32_t of_rule = 0;

		for (const struct tz_ir_match *m = rule ? rule->matches : NULL;
		     m; m = m->next) {
			struct tz_plan_state s = { m->opaque.state,
						   (uint32_t)plan->states.n,
						   of_rule };

			if (!tz_narrow_keeps(plan->options, m))
				continue;
			of_rule++;
			tz_vec_push(plan->arena, &plan->states, s);
			if (of_rule > plan->states_of_rule)
				plan->states_of_rule = of_rule;
		}
	}
	if (plan->states.n)
		qsort(plan->states.at, plan->states.n, sizeof(*plan->states.at),
		      by_address);
}

const struct tz_plan_state *tz_plan_find_state(const struct tz_plan *plan,
					       const struct tz_state *state)
{
	struct tz_plan_state key = { .state = state };

	return bsearch(&key, plan->states.at, plan->states.n,
		       sizeof(*plan->states.at), by_address);
}
