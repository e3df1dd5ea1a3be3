/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Cuts a chain's decisions into segments: a run of TZ_PLAN_TABLE_MIN and more
 * that boxes can say is searched by a table, the rest is compared one by one.
 * (Up to a dozen or two, straight code is faster than any table: CLASSIFIER 5.)
 */
#include "opt/plan.h"

/* Hits of one table after which the search goes on: the bound of its loop. */
#define CONTINUING_MAX 64

struct run {
	tz_box_vec whole, other;
	size_t first, n;
	uint32_t n_continuing;
};

static uint64_t hit_of(const struct tz_decision *d, size_t order)
{
	uint64_t target = d->target ? d->target->index : d->answer;

	return (uint64_t)order << TZ_HIT_ORDER_SHIFT |
	       (uint64_t)d->action << TZ_HIT_ACTION_SHIFT |
	       target << TZ_HIT_TARGET_SHIFT | d->rule->id;
}

/* The boxes of @d for packets that are not whole. */
static bool add_others(struct tz_plan *plan, enum tz_family family,
		       struct run *run, const struct tz_decision *d,
		       uint64_t hit)
{
	unsigned int others = d->situations & TZ_SIT_OTHER;
	unsigned int apart =
		others == (TZ_SIT_STUB | TZ_SIT_FRAGMENT) ? TZ_SIT_STUB : 0;
	struct tz_decision part = *d;
	tz_box_vec boxes = run->other;

	for (int i = 0; i < 2; i++) {
		part.situations = i ? others & ~apart : apart;
		if (part.situations &&
		    !tz_box_decision(plan->arena, family, &part, hit, &boxes))
			return false;
	}
	run->other = boxes;
	return true;
}

/* Adds @d as the next of the run; false when it does not fit. */
static bool extend_run(struct tz_plan *plan, enum tz_family family,
		       struct run *run, const struct tz_decision *d)
{
	struct tz_decision part = *d;
	uint64_t hit = hit_of(d, run->n + 1);
	tz_box_vec whole = run->whole;

	if (d->target && d->target->index > TZ_HIT_TARGET_MAX)
		return false;
	if (run->n >= TZ_ORDER_MAX - 1 || (tz_action_goes_on(d->action) &&
					   run->n_continuing == CONTINUING_MAX))
		return false;
	part.situations = d->situations & TZ_SIT_WHOLE;
	if (part.situations &&
	    !tz_box_decision(plan->arena, family, &part, hit, &whole))
		return false;
	if (!add_others(plan, family, run, d, hit))
		return false;
	run->whole = whole;
	run->n_continuing += tz_action_goes_on(d->action);
	run->n++;
	return true;
}

static void add_segment(struct tz_plan *plan, struct tz_plan_chain *chain,
			struct tz_segment segment)
{
	struct tz_segment *last =
		chain->segments.n ? &chain->segments.at[chain->segments.n - 1]
				  : NULL;

	if (!segment.n)
		return;
	if (last && !last->is_table && !segment.is_table)
		last->n += segment.n;
	else
		tz_vec_push(plan->arena, &chain->segments, segment);
}

/* A table for the run; straight code where it is short, or no tree fits. */
static void close_run(struct tz_plan *plan, struct tz_plan_chain *chain,
		      const struct run *run)
{
	struct tz_segment segment = {
		.first = run->first,
		.n = run->n,
		.n_continuing = run->n_continuing,
		.table = (uint32_t)plan->tables.n,
	};
	struct tz_roots roots;

	segment.is_table = run->n >= TZ_PLAN_TABLE_MIN &&
			   tz_tree_build(plan, chain->ir->family, &run->whole,
					 roots.whole) &&
			   tz_tree_build(plan, chain->ir->family, &run->other,
					 roots.other);
	if (segment.is_table)
		tz_vec_push(plan->arena, &plan->tables, roots);
	add_segment(plan, chain, segment);
}

static void segment_chain(struct tz_plan *plan, struct tz_plan_chain *chain)
{
	size_t n = chain->decisions.n;

	for (size_t i = 0; i < n;) {
		struct run run = { .first = i };

		while (i < n && extend_run(plan, chain->ir->family, &run,
					   &chain->decisions.at[i]))
			i++;
		close_run(plan, chain, &run);
		if (!run.n) {
			add_segment(plan, chain,
				    (struct tz_segment){ .first = i, .n = 1 });
			i++;
		}
	}
}

void tz_plan_segment(struct tz_plan *plan)
{
	if (plan->is_segmented)
		return;
	plan->is_segmented = true;
	for (size_t i = 0; i < plan->chains.n; i++)
		if (plan->chains.at[i]->is_called)
			segment_chain(plan, plan->chains.at[i]);
	tz_plan_number_tests(plan);
}
