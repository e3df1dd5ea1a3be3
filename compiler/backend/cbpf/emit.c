/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tries plans, above all where each variable lives, and takes the best program
 * that comes of them.
 */
#include <string.h>

#include "backend/cbpf/best.h"
#include "backend/cbpf/code.h"
#include "flow/walk.h"

struct candidate {
	struct tz_cbpf program; /* no instructions: none yet */
	struct tz_code_plan plan;
	double cost;
};

struct emitter {
	struct tz_arena *arena;
	const struct tz_flow *flow;
	uint32_t live[TZ_FLOW_VARS]; /* variables that are in use with each */
	uint32_t used;               /* variables of the graph */
	struct candidate best;       /* of this graph */
};

/* Which variables have values at the same time. */
static void find_conflicts(struct emitter *e)
{
	uint32_t *live = tz_new_array(e->arena, uint32_t, e->flow->root + 1);

	for (uint32_t i = 0; i <= e->flow->root; i++) {
		const struct tz_flow_node *n = &e->flow->nodes.at[i];

		live[i] = tz_flow_live(e->flow, i, live);
		if (n->kind != TZ_FLOW_LET)
			continue;
		e->used |= 1u << n->var;
		e->live[n->var] |= live[n->yes];
		for (uint32_t v = 0; v < TZ_FLOW_VARS; v++) {
			if (live[n->yes] >> v & 1)
				e->live[v] |= 1u << n->var;
		}
	}
}

/*
 * Gives a scratch place to each variable that has no register in @homes; those
 * that are not in use together share. False when there are too many.
 */
static bool plan_scratch(const struct emitter *e, struct tz_code_plan *plan)
{
	plan->first_temp = 0;
	for (uint32_t v = 0; v < TZ_FLOW_VARS; v++) {
		uint32_t taken = 0, slot = 0;

		if (!(e->used >> v & 1) || plan->home[v] < PLACE_M)
			continue;
		for (uint32_t u = 0; u < v; u++) {
			if (e->live[v] >> u & 1 && plan->home[u] >= PLACE_M)
				taken |= 1u << (plan->home[u] - PLACE_M);
		}
		while (taken >> slot & 1)
			slot++;
		if (slot >= BPF_MEMWORDS)
			return false;
		plan->home[v] = (uint8_t)(PLACE_M + slot);
		if (plan->first_temp <= slot)
			plan->first_temp = (uint8_t)(slot + 1);
	}
	return true;
}

/* Keeps the program that comes of @plan when it is the best of its graph. */
static void try(struct emitter *e, struct tz_code_plan plan)
{
	struct tz_arena *arena;
	struct tz_cbpf program;
	struct tz_code code;
	struct candidate *best = &e->best;
	double cost;

	if (!plan_scratch(e, &plan))
		return;
	arena = tz_arena_new_within(e->arena);
	if (tz_code_select(arena, e->flow, &plan, &code)) {
		tz_code_clean(&code, plan.jumps_skip);
		tz_code_merge(&code, plan.hoists);
		tz_code_layout(&code, &program);
		cost = (double)program.n +
		       TZ_CODE_STEP_COST * tz_cbpf_expected(arena, &program);
		if (!best->program.n || cost < best->cost) {
			best->program.n = program.n;
			best->program.insns = tz_new_array(
				e->arena, struct sock_filter, program.n);
			memcpy(best->program.insns, program.insns,
			       program.n * sizeof(*program.insns));
			best->plan = plan;
			best->cost = cost;
		}
	}
	tz_arena_free(arena);
}

/* Variables into registers, one after the other while that helps. */
static void try_registers(struct emitter *e)
{
	struct tz_code_plan plan = { 0 };

	memset(plan.home, PLACE_M, sizeof(plan.home));
	e->best = (struct candidate){ .plan = plan };
	try(e, plan);
	for (uint32_t v = 0; v < TZ_FLOW_VARS; v++) {
		if (!(e->used >> v & 1))
			continue;
		for (uint8_t place = PLACE_A; place <= PLACE_X; place++) {
			plan = e->best.plan;
			plan.home[v] = place;
			try(e, plan);
		}
	}
	plan = e->best.plan;
	plan.jumps_skip = true;
	try(e, plan);
	plan = e->best.plan;
	plan.hoists = true;
	try(e, plan);
}

static struct candidate try_graph(struct emitter *e, const struct tz_flow *flow)
{
	e->flow = flow;
	e->used = 0;
	memset(e->live, 0, sizeof(e->live));
	find_conflicts(e);
	try_registers(e);
	return e->best;
}

bool tz_cbpf_emit(struct tz_arena *arena, const struct tz_flow *flow,
		  unsigned int max_insns, struct tz_cbpf *program,
		  size_t *needed)
{
	struct emitter e = { .arena = arena };
	struct candidate best = try_graph(&e, flow);

	if (needed)
		*needed = best.program.n;
	if (!best.program.n || best.program.n > max_insns)
		return false;
	*program = best.program;
	return true;
}
