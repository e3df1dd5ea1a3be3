/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a flow graph takes, as regions. Every way to a yes gives one: what its
 * tests say, as far as regions can say it. That is as much as the way takes, or
 * more; so the graph is followed again for all of the region, to see that all
 * of it is taken and none of it ends at a load. Then the region is widened,
 * load by load, as long as that holds. Where it does not hold, all is done
 * again with ways for each part of what is no region, such as "another
 * protocol".
 */
#include "opt/frame_table.h"

/* Larger graphs are no lists of simple comparisons. */
#define NODES_MAX 128
#define STEPS_MAX 12000
#define REGIONS_MAX 64

struct cover {
	struct tz_arena *arena;
	const struct tz_flow *flow;
	tz_frame_regions *regions;
	bool in_parts;
	uint32_t steps;
	bool failed;
	/* The open tests on the way, and what came of them. */
	uint32_t trail[NODES_MAX];
	bool outcomes[NODES_MAX];
	size_t n_trail;
};

static const struct tz_flow_node *node_at(const struct cover *c, uint32_t node)
{
	return &c->flow->nodes.at[node];
}

/* Makes the loads of @n; false after a failure. */
static bool reach(struct cover *c, const struct tz_flow_node *n,
		  struct tz_frame_region *region)
{
	bool is_known = tz_frame_reach(c->flow, n->a, region) &&
			(n->kind != TZ_FLOW_TEST ||
			 tz_frame_reach(c->flow, n->b, region));

	c->failed |=
		!is_known || ++c->steps > STEPS_MAX || n->kind == TZ_FLOW_LET ||
		(n->kind == TZ_FLOW_RETURN && !tz_term_is_const(c->flow, n->a));
	return !c->failed;
}

/*
 * Whether every frame of @region is taken from @node on; *reached: how far the
 * loads go that are made for some of them.
 */
static bool takes_all(struct cover *c, uint32_t node,
		      struct tz_frame_region region,
		      struct tz_frame_region *reached)
{
	const struct tz_flow_node *n = node_at(c, node);
	enum tz_frame_answer answer = TZ_FRAME_YES;

	region.need = region.need_behind = 0;
	if (!reach(c, n, &region))
		return false;
	if (reached->need < region.need)
		reached->need = region.need;
	if (reached->need_behind < region.need_behind)
		reached->need_behind = region.need_behind;
	if (n->kind == TZ_FLOW_RETURN)
		return c->flow->terms.at[n->a].k;
	if (n->kind == TZ_FLOW_TEST)
		answer = tz_frame_decide(c->flow, n, &region);
	if (answer != TZ_FRAME_OPEN)
		return takes_all(c, answer == TZ_FRAME_YES ? n->yes : n->no,
				 region, reached);
	for (int is_yes = 0; is_yes < 2; is_yes++) {
		struct tz_frame_region side = region;

		if (tz_frame_restrict(c->flow, n, is_yes, &side) &&
		    !takes_all(c, is_yes ? n->yes : n->no, side, reached))
			return false;
	}
	return true;
}

/* Whether all of @region is taken, and by no load that it may not have. */
static bool is_taken(struct cover *c, const struct tz_frame_region *region)
{
	struct tz_frame_region reached = { .need = 0 };

	return takes_all(c, c->flow->root, *region, &reached) &&
	       reached.need <= region->need &&
	       reached.need_behind <= region->need_behind;
}

/* A way to a yes: @region is what is known on it. */
static void add(struct cover *c, const struct tz_frame_region *region)
{
	struct tz_frame_region wide = *region;
	size_t n = 0;

	if (!is_taken(c, region)) {
		c->failed = true;
		return;
	}
	for (int i = 0; i < TZ_FRAME_N_LOADS; i++) {
		enum tz_frame_load load = (enum tz_frame_load)i;

		if (tz_frame_is_any(region, load))
			continue;
		wide.at[i] = tz_frame_any(load);
		if (!is_taken(c, &wide))
			wide.at[i] = region->at[i];
	}
	for (size_t i = 0; i < c->regions->n; i++)
		if (tz_frame_holds(&c->regions->at[i], &wide))
			return;
	for (size_t i = 0; i < c->regions->n; i++)
		if (!tz_frame_holds(&wide, &c->regions->at[i]))
			c->regions->at[n++] = c->regions->at[i];
	c->regions->n = n;
	tz_vec_push(c->arena, c->regions, wide);
	c->failed |= c->regions->n > REGIONS_MAX;
}

/* What the way has learnt of an equal test. */
static enum tz_frame_answer recall(const struct cover *c,
				   const struct tz_flow_node *n)
{
	for (size_t i = 0; i < c->n_trail; i++) {
		const struct tz_flow_node *old = node_at(c, c->trail[i]);

		if (old->op == n->op && old->a == n->a && old->b == n->b)
			return c->outcomes[i] ? TZ_FRAME_YES : TZ_FRAME_NO;
	}
	return TZ_FRAME_OPEN;
}

static void follow(struct cover *c, uint32_t node,
		   struct tz_frame_region region);

static void fork_to(struct cover *c, const struct tz_flow_node *n, bool is_yes,
		    const struct tz_frame_region *region)
{
	uint32_t next = is_yes ? n->yes : n->no;
	struct tz_frame_region side = *region;

	if (!c->in_parts) {
		if (tz_frame_restrict(c->flow, n, is_yes, &side))
			follow(c, next, side);
		return;
	}
	for (unsigned int part = 0; !c->failed; part++) {
		side = *region;
		if (!tz_frame_part(c->flow, n, is_yes, part, &side))
			return;
		follow(c, next, side);
	}
}

/* Both ways of an open test. */
static void fork_at(struct cover *c, uint32_t node,
		    const struct tz_frame_region *region)
{
	const struct tz_flow_node *n = node_at(c, node);
	size_t at = c->n_trail++;

	c->trail[at] = node;
	for (int is_yes = 1; is_yes >= 0 && !c->failed; is_yes--) {
		c->outcomes[at] = is_yes;
		fork_to(c, n, is_yes, region);
	}
	c->n_trail = at;
}

static void follow(struct cover *c, uint32_t node,
		   struct tz_frame_region region)
{
	const struct tz_flow_node *n = node_at(c, node);
	enum tz_frame_answer answer = TZ_FRAME_YES;

	if (!reach(c, n, &region))
		return;
	if (n->kind == TZ_FLOW_RETURN) {
		if (c->flow->terms.at[n->a].k)
			add(c, &region);
		return;
	}
	if (n->kind == TZ_FLOW_TEST)
		answer = tz_frame_decide(c->flow, n, &region);
	if (answer == TZ_FRAME_OPEN)
		answer = recall(c, n);
	if (answer == TZ_FRAME_OPEN)
		fork_at(c, node, &region);
	else
		follow(c, answer == TZ_FRAME_YES ? n->yes : n->no, region);
}

bool tz_frame_cover(struct tz_arena *arena, const struct tz_flow *flow,
		    bool is_whole, uint32_t *steps, tz_frame_regions *regions)
{
	for (int in_parts = 0; in_parts < 2; in_parts++) {
		struct cover c = {
			.arena = arena,
			.flow = flow,
			.regions = regions,
			.in_parts = in_parts,
		};

		regions->n = 0;
		if (flow->nodes.n > NODES_MAX || *steps < STEPS_MAX)
			return false;
		follow(&c, flow->root, tz_frame_everything(is_whole));
		*steps -= c.steps < *steps ? c.steps : *steps;
		if (!c.failed)
			return true;
	}
	return false;
}
