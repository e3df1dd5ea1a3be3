/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers what the program keeps for rules: a place for each match of
 * model/state.def that it may ask, in the order of the rules.
 */
#include <stdlib.h>
#include <string.h>

#include "opt/narrow.h"

static int by_address(const void *a, const void *b)
{
	const struct tz_plan_state *x = a, *y = b;

	return ((uintptr_t)x->state > (uintptr_t)y->state) -
	       ((uintptr_t)x->state < (uintptr_t)y->state);
}

/* A state that has a name. */
struct named {
	enum tz_family family;
	struct tz_plan_state *at;
};

static int by_name(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int names = strcmp(x->at->state->name, y->at->state->name);

	if (x->family != y->family)
		return x->family < y->family ? -1 : 1;
	if (x->at->state->id != y->at->state->id)
		return x->at->state->id < y->at->state->id ? -1 : 1;
	if (names)
		return names;
	return (x->at->number > y->at->number) -
	       (x->at->number < y->at->number);
}

static bool is_same_table(const struct named *a, const struct named *b)
{
	return a->family == b->family && a->at->state->id == b->at->state->id &&
	       !strcmp(a->at->state->name, b->at->state->name);
}

/* The list of a rule remembers as much as it wants. */
static void remember(struct tz_plan *plan, const struct tz_plan_state *s)
{
	struct tz_plan_state_table *table = &plan->state_tables.at[s->table];
	uint32_t stamps;

	if (s->state->id != TZ_STATE_RECENT)
		return;
	stamps = tz_state_recent_stamps(s->state, &plan->options->kernel);
	if (stamps > table->stamps)
		table->stamps = stamps;
}

/* @families: of each state. */
static void share_tables(struct tz_plan *plan, const enum tz_family *families)
{
	struct named *list =
		tz_new_array(plan->arena, struct named, plan->states.n);
	size_t n = 0;

	for (size_t i = 0; i < plan->states.n; i++)
		if (plan->states.at[i].state->name)
			list[n++] = (struct named){ families[i],
						    &plan->states.at[i] };
	if (n)
		qsort(list, n, sizeof(*list), by_name);
	for (size_t i = 0; i < n; i++) {
		if (!i || !is_same_table(&list[i - 1], &list[i])) {
			struct tz_plan_state_table table = {
				.family = list[i].family,
				.first = list[i].at->state,
				.number = list[i].at->number,
			};

			tz_vec_push(plan->arena, &plan->state_tables, table);
		}
		list[i].at->table = (uint32_t)plan->state_tables.n - 1;
		remember(plan, list[i].at);
	}
}

void tz_plan_number_states(struct tz_plan *plan)
{
	TZ_VEC(enum tz_family) families = { 0 };

	for (size_t i = 0; i < plan->ir->counted.n; i++) {
		const struct tz_ir_rule *rule = plan->ir->counted.at[i].rule;
		uint32_t of_rule = 0;

		for (const struct tz_ir_match *m = rule ? rule->matches : NULL;
		     m; m = m->next) {
			struct tz_plan_state s = {
				.state = m->opaque.state,
				.number = (uint32_t)plan->states.n,
				.of_rule = of_rule,
			};

			if (!tz_narrow_keeps(plan->options, m))
				continue;
			of_rule++;
			tz_vec_push(plan->arena, &plan->states, s);
			tz_vec_push(plan->arena, &families,
				    rule->owner->family);
			if (of_rule > plan->states_of_rule)
				plan->states_of_rule = of_rule;
		}
	}
	share_tables(plan, families.at);
	if (plan->states.n)
		qsort(plan->states.at, plan->states.n, sizeof(*plan->states.at),
		      by_address);
}

const struct tz_plan_state *tz_plan_find_state(const struct tz_plan *plan,
					       const struct tz_state *state)
{
	struct tz_plan_state key = { .state = state };

	if (!plan->states.n)
		return NULL;
	return bsearch(&key, plan->states.at, plan->states.n,
		       sizeof(*plan->states.at), by_address);
}
