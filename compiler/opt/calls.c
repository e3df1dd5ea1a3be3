/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How the plan's chains call each other. iptables allows no loops, so there is
 * an order in which every chain comes after all that call it; forwards along
 * it go levels and what is called at all, backwards what a chain may do to a
 * packet. One walk each: rule files may have any number of chains.
 */
#include "opt/plan.h"

#include <assert.h>

/* A chain in line of a chain in line of ...: clang's recursion is bounded. */
#define INLINE_DEPTH_MAX 8

struct calls {
	struct tz_plan *plan;
	uint32_t *n_callers; /* by index of the chain */
	struct tz_plan_chain **order;
	size_t n;
};

static void count_callers(struct calls *c)
{
	for (size_t i = 0; i < c->plan->chains.n; i++) {
		const struct tz_plan_chain *chain = c->plan->chains.at[i];

		for (size_t j = 0; j < chain->decisions.n; j++)
			if (chain->decisions.at[j].target)
				c->n_callers[chain->decisions.at[j]
						     .target->index]++;
	}
}

/* Kahn's: a chain is placed when all of its callers are. */
static void sort_chains(struct calls *c)
{
	struct tz_plan *plan = c->plan;
	uint32_t *n_open = tz_new_array(plan->arena, uint32_t, plan->chains.n);

	c->order = tz_new_array(plan->arena, struct tz_plan_chain *,
				plan->chains.n);
	for (size_t i = 0; i < plan->chains.n; i++) {
		n_open[i] = c->n_callers[i];
		if (!n_open[i])
			c->order[c->n++] = plan->chains.at[i];
	}
	for (size_t i = 0; i < c->n; i++) {
		const struct tz_plan_chain *chain = c->order[i];

		for (size_t j = 0; j < chain->decisions.n; j++) {
			struct tz_plan_chain *t = chain->decisions.at[j].target;

			if (t && --n_open[t->index] == 0)
				c->order[c->n++] = t;
		}
	}
	assert(c->n == plan->chains.n);
}

/*
 * A short chain with one caller needs no frame of its own: its code stands in
 * its caller's. So does a short base chain's. A chain lies a level below all
 * that call it; what lies too deep is left to the kernel.
 */
static void place_callees(struct tz_plan_chain *chain,
			  const struct calls *calls)
{
	struct tz_plan *plan = calls->plan;

	for (size_t j = 0; j < chain->decisions.n; j++) {
		struct tz_decision *d = &chain->decisions.at[j];
		struct tz_plan_chain *t = d->target;

		if (!t)
			continue;
		t->is_inline = calls->n_callers[t->index] == 1 &&
			       t->decisions.n < TZ_PLAN_TABLE_MIN &&
			       chain->inline_depth < INLINE_DEPTH_MAX;
		t->inline_depth = t->is_inline ? chain->inline_depth + 1 : 0;

		unsigned int level = chain->level + !t->is_inline;

		if (level > tz_plan_levels(plan)) {
			plan->too_deep = d->rule;
			d->target = NULL;
			d->action = TZ_ACT_PASS;
		} else if (t->level < level) {
			t->level = level;
		}
	}
}

static void assign_levels(const struct calls *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct tz_plan_chain *chain = c->order[i];

		if (!c->n_callers[chain->index]) {
			chain->is_inline =
				chain->decisions.n < TZ_PLAN_TABLE_MIN;
			chain->level = !chain->is_inline;
		}
		place_callees(chain, c);
	}
}

/* Whether @chain may end otherwise than in a drop or a return. */
static bool may_let_pass(const struct tz_plan_chain *chain)
{
	for (size_t i = 0; i < chain->decisions.n; i++) {
		const struct tz_decision *d = &chain->decisions.at[i];

		if (d->action <= TZ_ACT_ACCEPT_COUNT ||
		    (d->target && d->target->can_pass))
			return true;
	}
	return false;
}

static bool may_log(const struct tz_plan_chain *chain)
{
	for (size_t i = 0; i < chain->decisions.n; i++) {
		const struct tz_decision *d = &chain->decisions.at[i];

		if (d->rule->is_logged || (d->target && d->target->can_log))
			return true;
	}
	return false;
}

/* Whether a way may end in a drop that tells the sender this or that. */
static bool may_end(const struct tz_plan *plan,
		    const struct tz_plan_chain *chain)
{
	if (!plan->families[tz_family_index(chain->ir->family)].answers)
		return false;
	for (size_t i = 0; i < chain->decisions.n; i++) {
		const struct tz_decision *d = &chain->decisions.at[i];

		if ((d->action >= TZ_ACT_DROP && d->action <= TZ_ACT_ANSWER) ||
		    d->action == TZ_ACT_MAYBE_DROP ||
		    (d->target && d->target->can_end))
			return true;
	}
	return false;
}

static bool may_drop(const struct tz_plan_chain *chain)
{
	if (chain->ir->policy == TZ_IR_DROP)
		return true;
	for (size_t i = 0; i < chain->decisions.n; i++) {
		const struct tz_decision *d = &chain->decisions.at[i];

		if (d->action >= TZ_ACT_DROP && d->action <= TZ_ACT_ANSWER)
			return true;
		/* below a maybe jump a drop is one of two ways */
		if ((d->action == TZ_ACT_JUMP || d->action == TZ_ACT_GOTO) &&
		    d->target->can_drop)
			return true;
	}
	return false;
}

/*
 * A jump to a chain without decisions only counts; one that happens or does
 * not, to a chain that only drops or returns and logs nothing, says nothing.
 */
static bool simplify_jump(const struct tz_plan *plan, struct tz_decision *d)
{
	bool is_empty = d->target && !d->target->decisions.n;

	switch (d->action) {
	case TZ_ACT_JUMP:
		if (!is_empty)
			return true;
		d->action = TZ_ACT_COUNT;
		break;
	case TZ_ACT_GOTO:
		if (!is_empty)
			return true;
		d->action = TZ_ACT_RETURN;
		break;
	case TZ_ACT_MAYBE_GOTO:
		if (!is_empty)
			return true;
		d->action = TZ_ACT_MAYBE_RETURN;
		break;
	case TZ_ACT_MAYBE_JUMP:
		if (d->target->can_pass || d->target->can_log ||
		    d->target->can_end)
			return true;
		if (!plan->states.n)
			return false;
		d->action = TZ_ACT_MAYBE_DROP;
		break;
	default:
		return true;
	}
	d->target = NULL;
	return true;
}

static void simplify_chain(const struct tz_plan *plan,
			   struct tz_plan_chain *chain)
{
	size_t n = 0;

	for (size_t i = 0; i < chain->decisions.n; i++)
		if (simplify_jump(plan, &chain->decisions.at[i]))
			chain->decisions.at[n++] = chain->decisions.at[i];
	chain->decisions.n = n;
}

/* What each chain may do to a packet, callees first. */
static void find_outcomes(const struct calls *c)
{
	for (size_t i = c->n; i-- > 0;) {
		struct tz_plan_chain *chain = c->order[i];

		simplify_chain(c->plan, chain);
		chain->can_drop = may_drop(chain);
		chain->can_pass = may_let_pass(chain);
		chain->can_log = may_log(chain);
		chain->can_end = may_end(c->plan, chain);
	}
}

/* Marks what is still called, directly or not, from a base chain. */
static void mark_called(const struct calls *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct tz_plan_chain *chain = c->order[i];

		chain->is_called |= chain->ir->hook != TZ_HOOK_NONE;
		for (size_t j = 0; j < chain->decisions.n; j++)
			if (chain->is_called && chain->decisions.at[j].target)
				chain->decisions.at[j].target->is_called = true;
	}
}

void tz_calls_settle(struct tz_plan *plan)
{
	struct calls c = {
		.plan = plan,
		.n_callers =
			tz_new_array(plan->arena, uint32_t, plan->chains.n),
	};

	count_callers(&c);
	sort_chains(&c);
	assign_levels(&c);
	find_outcomes(&c);
	mark_called(&c);
}
